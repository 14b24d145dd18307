"""Uploads: a file of any size, kind and name, and an arrival that is cut off."""

from __future__ import annotations

import asyncio
import socket
import stat
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from web_client import ORIGIN, PORT, Browser, browsing, text_of

from bulk_update.settings import Settings
from bulk_update.web.server import running_page

TABLE = b"Nr klienta;Miasto\n00000001;Krakow\n00000002;Lublin\n"
BOUNDARY = "----boundary"
FIVE_GIGABYTES = 5 * 1024**3
LIMIT = 1024**2

NAMES = [
    "../../../../etc/cron.d/x.csv",
    "..\\..\\windows\\x.csv",
    "/etc/passwd",
    "C:\\Users\\anna\\x.csv",
    "..",
    ".",
    "draft.json",
    "mapping.yaml",
    "x.csv/../../draft.json",
    "x\0.csv",
    "x\r\nSet-Cookie: a=b.csv",
    "%2e%2e%2fx.csv",
    "CON.csv",
    "x.csv:stream",
    "~$klienci.csv",
    "zażółć gęślą jaźń.csv",
    "\u202egpj.csv",
    "<img src=x onerror=alert(1)>.csv",
    "$(touch x).csv",
    "a" * 251 + ".csv",
    "ż" * 250 + ".csv",
    "x." + "y" * 200,
]


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with browsing(tmp_path / "state") as opened:
        yield opened


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def leftovers(browser: Browser) -> list[Path]:
    """Return all files of the page, except an empty folder for arrivals."""
    return files_in(browser.service.state_folder)


# --- names


@pytest.mark.parametrize("name", NAMES)
def test_a_files_name_is_never_a_path(browser: Browser, tmp_path: Path, name: str) -> None:
    body = multipart(name.encode(), TABLE)
    response = browser.follow(post(browser, body))
    (draft,) = browser.service.drafts.recent()
    folder = browser.service.drafts.folder(draft.id)
    path = browser.service.drafts.input_path(draft.id)
    assert path.parent == folder
    assert path.stem == "input"
    assert path.read_bytes() == TABLE
    assert {file.parent for file in files_in(tmp_path)} == {folder}
    assert {file.name for file in files_in(folder)} == {"draft.json", path.name}
    assert draft.file_name.isprintable()
    assert "<img" not in response.text


def test_only_the_owner_can_read_a_file_that_has_arrived(browser: Browser) -> None:
    browser.upload("klienci.csv", TABLE)
    state = browser.service.state_folder
    modes = {stat.S_IMODE(path.stat().st_mode) for path in files_in(state)}
    assert modes == {0o600}
    folders = [state / "drafts", *(state / "drafts").iterdir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


# --- sizes


async def endless(size: int, arrived: list[int], folder: Path) -> AsyncIterator[bytes]:
    """Yield a form with a file of this size, and note what is on disk meanwhile."""
    head, tail = multipart_ends(b"klienci.csv")
    yield head
    piece = b"00000001;x\n" * 100_000
    for _ in range(size // len(piece) + 1):
        yield piece
        arrived.append(sum(path.stat().st_size for path in files_in(folder)))
    yield tail


def test_five_gigabytes_never_reach_the_disk(browser: Browser) -> None:
    limit_to(browser, LIMIT)
    on_disk: list[int] = []
    body = endless(FIVE_GIGABYTES, on_disk, browser.service.state_folder)
    response = post(browser, body)
    assert response.status_code == 422
    assert "the file is larger than 1 MB" in text_of(response)
    assert max(on_disk) <= LIMIT
    assert on_disk[-1] == 0
    assert leftovers(browser) == []


def test_a_file_that_says_it_is_too_large_is_never_begun(browser: Browser) -> None:
    limit_to(browser, LIMIT)
    on_disk: list[int] = []
    body = endless(LIMIT * 4, on_disk, browser.service.state_folder)
    response = post(browser, body, {"Content-Length": str(LIMIT * 4)})
    assert response.status_code == 422
    assert max(on_disk) == 0


def test_a_file_that_does_not_fit_on_the_disk_is_never_begun(browser: Browser) -> None:
    limit_to(browser, 10**18)
    response = post(browser, multipart(b"klienci.csv", TABLE), {"Content-Length": str(10**17)})
    assert response.status_code == 422
    assert "not enough free space" in text_of(response)
    assert leftovers(browser) == []


def test_a_file_that_cannot_be_stored_is_said_so(browser: Browser) -> None:
    folder = browser.service.drafts.incoming
    folder.rmdir()
    folder.write_bytes(b"")  # a file where the folder should be
    response = browser.upload("klienci.csv", TABLE)
    assert response.status_code == 422
    assert "the file cannot be stored" in text_of(response)


def test_a_client_that_waits_for_permission_is_refused_before_it_sends(tmp_path: Path) -> None:
    with running_page(Settings(state=tmp_path)) as running:
        answer = expecting(running.port, running.link(), size=FIVE_GIGABYTES)
    assert answer.startswith(b"HTTP/1.1 422")
    assert b"100 Continue" not in answer


def test_a_client_that_waits_for_permission_gets_it(tmp_path: Path) -> None:
    with running_page(Settings(state=tmp_path)) as running:
        body = multipart(b"klienci.csv", TABLE)
        answer = expecting(running.port, running.link(), size=len(body), body=body)
    assert answer.startswith(b"HTTP/1.1 100 Continue")
    assert b"HTTP/1.1 303" in answer


# --- what is no table


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("klienci.csv", b"", "the file is empty (0 bytes)"),
        ("klienci.csv", b"\n\n\n", "only blank lines"),
        ("klienci.xlsx", b"%PDF-1.7 ...", "this is a PDF document, despite its name"),
        ("klienci.pdf", b"%PDF-1.7 ...", "a PDF document"),
        ("klienci.csv", b"PK\x03\x04" + b"\0" * 99, "this is a zip archive, not text"),
        ("klienci.xlsx", b"ID;Miasto\n1;x\n", "this is a text file, not a workbook"),
        ("klienci.csv", b"<html><table><tr><td>1", "this is an HTML page, despite its name"),
        (
            "klienci.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + b"\0" * 600
            + "EncryptedPackage".encode("utf-16-le")
            + b"\0" * 600,
            "password",
        ),
        ("klienci.xlsx", b"PK\x03\x04" + b"\0" * 99, "damaged"),
    ],
)
def test_what_is_no_table_is_refused_and_not_kept(
    browser: Browser, name: str, content: bytes, said: str
) -> None:
    response = browser.upload(name, content)
    assert response.status_code == 422
    assert said in text_of(response)
    assert str(browser.service.state_folder) not in response.text
    assert 'href="#file"' in response.text
    assert browser.service.drafts.recent() == ()
    assert leftovers(browser) == []


def test_a_form_without_a_file_is_refused(browser: Browser) -> None:
    chosen_none = browser.post("/upload", {}, files={"file": ("", b"")})
    no_field = browser.post("/upload", {"rehearsal": "yes"}, files={"other": ("x.csv", TABLE)})
    for response in (chosen_none, no_field):
        assert "no file was chosen" in text_of(response)
    assert leftovers(browser) == []


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "", "multipart/x;;"],
)
def test_a_body_that_is_no_upload_is_refused(browser: Browser, content_type: str) -> None:
    response = browser.post("/upload", headers={"Content-Type": content_type}, content=b"file=x")
    assert response.status_code == 422
    assert "did not arrive completely" in text_of(response)


@pytest.mark.parametrize("cut", [1, 20, 60, -3, -30, -len(TABLE)])
def test_a_body_that_ends_too_early_is_refused(browser: Browser, cut: int) -> None:
    response = post(browser, multipart(b"klienci.csv", TABLE)[:cut])
    assert response.status_code == 422
    assert leftovers(browser) == []


def test_a_part_with_too_many_headers_is_refused(browser: Browser) -> None:
    head, tail = multipart_ends(b"klienci.csv")
    many = b"".join(b"X-%d: y\r\n" % number for number in range(50_000))
    response = post(browser, head.replace(b"\r\n\r\n", b"\r\n" + many + b"\r\n") + TABLE + tail)
    assert response.status_code == 422


def test_fields_beside_the_file_have_a_limit(browser: Browser) -> None:
    fields = {f"field {number}": "x" for number in range(100)} | {"rehearsal": "x" * 100_000}
    response = browser.post("/upload", fields, files={"file": ("klienci.csv", TABLE)})
    assert response.status_code == 303
    (draft,) = browser.service.drafts.recent()
    assert not draft.rehearsal


# --- arrivals that overlap or are cut off


def test_a_browser_that_leaves_leaves_nothing_behind(browser: Browser) -> None:
    body = multipart(b"klienci.csv", TABLE * 1000)
    arrived: list[dict[str, object]] = [
        {"type": "http.request", "body": body[:5000], "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, object]:
        return arrived.pop(0)

    async def send(_: object) -> None:
        pass

    cookie = f"bulk-update-{PORT}={browser.cookies[f'bulk-update-{PORT}']}"
    headers = {**upload_headers(), "Host": urlsplit(ORIGIN).netloc, "Cookie": cookie}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/upload",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(browser.app(scope, receive, send))  # type: ignore[arg-type]
    assert arrived == []
    assert leftovers(browser) == []


def test_two_files_that_arrive_at_once_do_not_mix(browser: Browser) -> None:
    contents = {f"{letter}.csv": f"ID;Miasto\n1;{letter * 9}\n".encode() for letter in "abc"}

    async def pieces(name: str) -> AsyncIterator[bytes]:
        body = multipart(name.encode(), contents[name])
        for start in range(0, len(body), 10):
            yield body[start : start + 10]
            await asyncio.sleep(0)

    async def upload_all() -> None:
        transport = httpx.ASGITransport(browser.app)
        async with httpx.AsyncClient(
            transport=transport, base_url=ORIGIN, cookies=browser.cookies
        ) as client:
            sent = (
                client.post("/upload", content=pieces(name), headers=upload_headers())
                for name in contents
            )
            await asyncio.gather(*sent)

    asyncio.run(upload_all())
    drafts = browser.service.drafts
    assert {
        draft.file_name: drafts.input_path(draft.id).read_bytes() for draft in drafts.recent()
    } == contents


def test_the_same_file_again_leads_back_to_what_was_begun(browser: Browser) -> None:
    browser.upload("klienci.csv", TABLE)
    (first,) = browser.service.drafts.recent()
    again = browser.upload("kopia.csv", TABLE)
    assert "You have chosen this very file before" in text_of(again)
    assert f'href="/draft/{first.id}/columns"' in again.text
    for_the_live_system = browser.upload("klienci.csv", TABLE, rehearsal=False, follow=False)
    assert for_the_live_system.headers["location"].endswith("/columns")


def limit_to(browser: Browser, max_bytes: int) -> None:
    """Replace the browser's page by one with another limit for uploads."""
    browser.serve(replace(browser.service, max_upload_bytes=max_bytes))


def upload_headers() -> dict[str, str]:
    content_type = f"multipart/form-data; boundary={BOUNDARY}"
    return {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN, "Content-Type": content_type}


def multipart_ends(name: bytes) -> tuple[bytes, bytes]:
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="'.encode()
        + name
        + b'"\r\nContent-Type: text/csv\r\n\r\n'
    )
    return head, f"\r\n--{BOUNDARY}--\r\n".encode()


def multipart(name: bytes, content: bytes) -> bytes:
    head, tail = multipart_ends(name.replace(b"\r", b"%0D").replace(b"\n", b"%0A"))
    return head + content + tail


def post(
    browser: Browser,
    body: bytes | AsyncIterator[bytes],
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    return browser.post("/upload", headers={**upload_headers(), **(headers or {})}, content=body)


def expecting(port: int, link: str, *, size: int, body: bytes = b"") -> bytes:
    """Send an upload with `Expect: 100-continue`; return everything that is answered."""
    with httpx.Client() as client:
        client.get(link)
        (name, session) = next(iter(client.cookies.items()))
    headers = {
        **upload_headers(),
        "Origin": f"http://127.0.0.1:{port}",
        "Host": f"127.0.0.1:{port}",
        "Cookie": f"{name}={session}",
        "Content-Length": str(size),
        "Expect": "100-continue",
        "Connection": "close",
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(f"POST /upload HTTP/1.1\r\n{lines}\r\n".encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
            if answer == b"HTTP/1.1 100 Continue\r\n\r\n":
                connection.sendall(body)
        return answer
