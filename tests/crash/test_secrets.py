"""A canary for a password: whatever goes wrong, nothing that is said or kept repeats it."""

from __future__ import annotations

import html
import json
import logging
import os
import socketserver
import sqlite3
import ssl
import stat
import threading
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import trustme
from command_line import Desk, Ended, start
from scripted_server import NO_CONTENT, Reaction, Received, ScriptedServer, response

CANARY = "Kanárek/zażółć \"<&1>'+%"
PROXY_USER = "proxyrobot"
PROXY_CANARY = "ProxyKanarek~1"
PROXY_TOKEN = b64encode(f"{PROXY_USER}:{PROXY_CANARY}".encode()).decode()

SPELLINGS = [
    CANARY,
    CANARY.upper(),
    CANARY.encode().decode("latin-1"),
    quote(CANARY, safe=""),
    quote(CANARY, safe="").lower(),
    quote(CANARY),
    quote_plus(CANARY),
    html.escape(CANARY),
    html.escape(CANARY).replace("&#x27;", "&#039;"),
    json.dumps(CANARY)[1:-1],
    json.dumps(CANARY, ensure_ascii=False)[1:-1],
    json.dumps(CANARY)[1:-1].replace("/", "\\/"),
    CANARY.encode().hex(),
    CANARY.encode().hex(" "),
    b64encode(CANARY.encode()).decode().rstrip("="),
    urlsafe_b64encode(CANARY.encode()).decode().rstrip("="),
    b64encode(f"robot:{CANARY}".encode()).decode().rstrip("="),
]
PROXY_SPELLINGS = [
    PROXY_CANARY,
    PROXY_CANARY.encode().hex(),
    b64encode(PROXY_CANARY.encode()).decode().rstrip("="),
    b64encode(f"me:{PROXY_CANARY}".encode()).decode().rstrip("="),
    PROXY_USER,
    PROXY_TOKEN[:12],
]


class Room:
    """A desk whose owner has a canary for a password; remembers everything that is said."""

    def __init__(self, folder: Path, base_url: str, log: pytest.LogCaptureFixture) -> None:
        self.desk = Desk(folder, base_url)
        self._log = log
        self._said: list[str] = []
        self.environment = {**self.desk.environment, "BULK_UPDATE_PASSWORD": CANARY}

    def __call__(
        self, command: str, *given: object, environment: Mapping[str, str] | None = None
    ) -> Ended:
        arguments = self.desk.arguments(command, *given)
        ended = start(*arguments, environment={**self.environment, **(environment or {})})
        self._said += [ended.stdout, ended.stderr]
        return ended

    def run(
        self, *more: object, rows: int = 1, environment: Mapping[str, str] | None = None
    ) -> Ended:
        file = self.desk.rows(*(f"id{number}" for number in range(rows)))
        arguments = [file, "-m", self.desk.mapping(), "--yes"]
        patience = ["--patience", "0", "--retries", "0", "--timeout", "2"]
        return self("run", *arguments, *patience, *more, environment=environment)

    def songs(self) -> list[str]:
        """Return the spellings of the canaries that were said, logged or written anywhere."""
        files = (path for path in self.desk.folder.rglob("*") if path.is_file())
        kept = b"\n".join(path.read_bytes() for path in files).decode("utf-8", "replace")
        everything = "\n".join([*self._said, self._log.text, kept]).lower()
        assert everything.strip(), "nothing at all was heard"
        return [
            spelling
            for spelling in (*SPELLINGS, *PROXY_SPELLINGS)
            if spelling.lower() in everything
        ]


def echoing(request: Received, _count: int) -> Reaction:
    """Take the first record; refuse each other one with another spelling of what was sent."""
    number = int(request.identifier.removeprefix("id"))
    if not number:
        return Reaction(NO_CONTENT)
    spelling = SPELLINGS[number - 1]
    body = json.dumps({"request_id": spelling, "errors": [{"message": f"You said {spelling}."}]})
    return Reaction(response(409, body if number % 2 else f"<title>{spelling}</title>{spelling}"))


TOKEN = b64encode(f"robot:{CANARY}".encode()).decode()
FAILURES = {
    "401": Reaction(response(401, f"Basic {TOKEN} is unknown")),
    "redirect": Reaction(response(302, headers=f"Location: https://x/?pw={quote(CANARY)}\r\n")),
    "login page": Reaction(response(200, f"<html><form><input type=password value='{CANARY}'>")),
    "garbage": Reaction(f"{TOKEN} {CANARY}\r\n\r\n".encode(), then="close"),
    "bad header": Reaction(f"HTTP/1.1 200 OK\r\n{TOKEN}\r\n\r\n".encode(), then="close"),
    "error 500": Reaction(response(500, f"Traceback: password={CANARY}")),
    "reset": Reaction(None, then="reset"),
}

OPTIONS = [(), ("--verbose",), ("--json",)]


@pytest.fixture
def room(
    tmp_path: Path, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> Iterator[Room]:
    with caplog.at_level(logging.DEBUG):
        yield Room(tmp_path, server.url, caplog)


def test_the_canary_is_heard_in_every_spelling(room: Room) -> None:
    room.desk.file("robot")
    for spelling in SPELLINGS + PROXY_SPELLINGS:
        room.desk.file(spelling, name="song")
        assert spelling in room.songs()


@pytest.mark.parametrize("options", OPTIONS)
def test_an_echoing_server_is_not_repeated(
    room: Room, server: ScriptedServer, options: tuple[str, ...]
) -> None:
    server.script = echoing
    assert room.run(*options, rows=len(SPELLINGS) + 1).exit_code == 1
    (name,) = room.desk.folder.glob("out/results.csv")
    assert name.read_text("utf-8").count("[secret]") >= len(SPELLINGS)
    assert room.songs() == []


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("failure", FAILURES)
def test_no_failure_of_a_server_sings(
    room: Room, server: ScriptedServer, failure: str, options: tuple[str, ...]
) -> None:
    server.script = lambda _request, _count: FAILURES[failure]
    assert room.run(*options).exit_code in {1, 4}
    assert room.songs() == []


@pytest.fixture
def stranger() -> Iterator[str]:
    """Yield the address of a server with a certificate that is not trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    with ScriptedServer(ssl_context=context) as running:
        yield running.url


def test_no_failure_to_reach_a_server_sings(
    room: Room, server: ScriptedServer, stranger: str
) -> None:
    port = server.port
    for base_url, proxy, code in [
        (stranger, "", 4),
        ("http://127.0.0.1:9", "", 4),
        ("https://acme.thulium.test", f"http://me:{PROXY_CANARY}@127.0.0.1:9", 4),
        ("https://acme.thulium.test", f"http://me:{PROXY_CANARY}@127.0.0.1:{port}/path", 2),
        ("https://acme.thulium.test", f"socks5://me:{PROXY_CANARY}@127.0.0.1:9", 2),
        ("https://acme.thulium.test", f"http://me:{PROXY_CANARY}@[", 2),
        (f"https://robot:{quote(CANARY)}@acme.thulium.test", "", 2),
    ]:
        for option, variable in [("--verbose", "BULK_UPDATE_PROXY"), ("--json", "HTTPS_PROXY")]:
            environment = {"BULK_UPDATE_BASE_URL": base_url, variable: proxy}
            assert room.run(option, "--patience", 0, environment=environment).exit_code == code, (
                base_url,
                proxy,
            )
    assert room.songs() == []


@pytest.mark.parametrize(
    ("reason", "options"),
    [
        (PROXY_TOKEN, ()),
        (f"Basic {PROXY_TOKEN}", ("--verbose",)),
        (PROXY_TOKEN[:20], ("--json",)),
        (urlsafe_b64encode(f"{PROXY_USER}:{PROXY_CANARY}".encode()).decode(), ("--verbose",)),
        (quote(f"{PROXY_USER}:{PROXY_CANARY} {PROXY_TOKEN}", safe=""), ("--verbose",)),
    ],
)
def test_a_proxy_that_refuses_its_password_halts_the_run_and_is_not_repeated(
    room: Room, reason: str, options: tuple[str, ...]
) -> None:
    said = f"HTTP/1.1 407 {reason}\r\nX: {reason}\r\nContent-Length: 0\r\n\r\n{reason}"
    with refusing_proxy(said.encode()) as port:
        environment = {
            "BULK_UPDATE_BASE_URL": "https://acme.thulium.test",
            "BULK_UPDATE_PROXY": f"http://{PROXY_USER}:{quote(PROXY_CANARY)}@127.0.0.1:{port}",
        }
        assert room.run(*options, "--patience", "60", environment=environment).exit_code == 4
    assert "halted-407" in (room.desk.folder / "out" / "results.csv").read_text("utf-8")
    assert room.songs() == []


@contextmanager
def refusing_proxy(said: bytes) -> Iterator[int]:
    """Answer whatever comes with the same bytes."""

    class Proxy(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65_536)
            self.request.sendall(said)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Proxy) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running.server_address[1]
        running.shutdown()
        thread.join()


def test_no_mistake_of_usage_sings(room: Room, tmp_path: Path) -> None:
    password_file = tmp_path / "password"
    for more in [
        ("--password", CANARY),
        (f"--password={CANARY}",),
        ("--rate", "fast"),
        ("--base-url", f"https://robot:{CANARY}@acme.thulium.test"),
        ("--proxy", f"http://me:{PROXY_CANARY}@proxy:99999"),
        ("--username", "ro:bot"),
    ]:
        assert room.run(*more).exit_code == 2
        assert room.run(*more, "--json").exit_code == 2
    for content, mode in [(CANARY, 0o644), (f"{CANARY}\n{CANARY}\n", 0o600), ("", 0o600)]:
        password_file.write_text(content, encoding="utf-8")
        password_file.chmod(mode)
        if os.name == "posix" or mode == 0o600:
            assert room.run("--password-file", password_file).exit_code == 2
    password_file.write_bytes(CANARY.encode("cp1250", "replace"))
    assert room.run("--password-file", password_file).exit_code == 2
    password_file.unlink()
    assert room.run(environment={"BULK_UPDATE_PASSWORD": f"{CANARY}\udcff"}).exit_code == 2
    assert room.songs() == []


def test_a_bug_does_not_sing(room: Room) -> None:
    """A ledger that was tampered with makes the client raise an unexpected error."""
    room("check", room.desk.rows("id1"), "-m", room.desk.mapping())
    with sqlite3.connect(room.desk.state / "ledger.sqlite3") as ledger:
        (run_id,) = ledger.execute("SELECT run_id FROM run").fetchone()
        ledger.execute("UPDATE row SET campaign_id = ''")
    ledger.close()
    assert room("apply", run_id, "--verbose").exit_code == 70
    assert room("apply", run_id, "--json").exit_code == 70
    assert room.songs() == []


@pytest.mark.skipif(os.name != "posix", reason="Windows has access lists instead of modes")
def test_ledger_and_results_are_readable_only_by_their_owner(room: Room) -> None:
    before = os.umask(0)
    try:
        room.run()
    finally:
        os.umask(before)
    modes = {
        path.relative_to(room.desk.folder).as_posix(): stat.S_IMODE(path.stat().st_mode)
        for folder in (room.desk.state, room.desk.out)
        for path in (folder, *folder.rglob("*"))
    }
    assert modes == {
        "state": 0o700,
        "state/ledger.sqlite3": 0o600,
        "state/sending.json": 0o600,
        "state/sending.lock": 0o600,
        "out": 0o700,
        "out/report.html": 0o600,
        "out/results.csv": 0o600,
        "out/summary.json": 0o600,
    }


def test_a_deleted_run_leaves_none_of_its_cells_behind(room: Room) -> None:
    """The records' identifiers and bodies stay, for comparing later runs with them."""
    secret = "PESEL 44051401359"
    lines = "".join(f"id{number};3;Gdynia;{secret}\n" for number in range(300))
    file = room.desk.file(f"ID;Status;Miasto;Uwagi\n{lines}")
    assert room("run", file, "-m", room.desk.mapping(), "--yes").exit_code == 0
    with closing(sqlite3.connect(room.desk.state / "ledger.sqlite3")) as onlooker:
        onlooker.execute("SELECT count(*) FROM run").fetchone()  # so that the log is kept
        again = room("run", file, "-m", room.desk.mapping(), "--yes", "--again")
        public = room.desk.file("ID;Status;Miasto;Uwagi\nid1;3;Gdynia;nothing\n", name="later.csv")
        later = room("run", public, "-m", room.desk.mapping(), "--yes")
        assert (again.exit_code, later.exit_code) == (0, 0)
        assert secret.encode() in state_of(room.desk)
        assert start("runs", "--prune", "0s", "--state", str(room.desk.state)).exit_code == 0
        assert secret.encode() not in state_of(room.desk)
        assert b"nothing" in state_of(room.desk)


def state_of(desk: Desk) -> bytes:
    return b"".join(path.read_bytes() for path in desk.state.iterdir())
