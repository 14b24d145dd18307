"""Who is let in: the attacks on a page that listens on loopback."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from web_client import ORIGIN, PORT, Browser, browsing, drafted

from bulk_update.settings import Settings
from bulk_update.web.guard import SECURITY_HEADERS
from bulk_update.web.server import running_page
from bulk_update.web.tickets import TICKET_SECONDS, Tickets

OWN = {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}
"""What a browser adds to a form of the page itself."""

HOSTS = [
    "evil.example",
    f"evil.example:{PORT}",
    f"127.0.0.1.evil.example:{PORT}",
    f"evil.example@127.0.0.1:{PORT}",
    "127.0.0.1",
    "localhost",
    f"127.0.0.1:{PORT + 1}",
    f"[::1]:{PORT}",
    f"0.0.0.0:{PORT}",
    f"127.1:{PORT}",
    "",
]

SITES = {
    "another site": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    "another port": {"Sec-Fetch-Site": "same-site", "Origin": f"http://127.0.0.1:{PORT + 1}"},
    "a page without an origin": {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    "a link on another site": {"Sec-Fetch-Site": "cross-site"},
    "a link on another port": {"Sec-Fetch-Site": "same-site"},
}


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with browsing(tmp_path) as opened:
        yield opened


# --- the name of the host (rebinding)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/", "/static/page.css", "/open?ticket=x"])
def test_a_request_under_another_name_gets_nothing(browser: Browser, host: str, path: str) -> None:
    response = browser.request("GET", path, headers={"Host": host})
    assert response.status_code == 421
    assert "acme" not in response.text


def test_a_request_with_two_names_gets_nothing(browser: Browser) -> None:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [(b"host", f"127.0.0.1:{PORT}".encode()), (b"host", b"evil.example")],
    }
    sent = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    asyncio.run(browser.app(scope, None, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 421


def test_a_rebound_name_does_not_use_a_ticket_up(browser: Browser) -> None:
    link = f"/open?ticket={browser.tickets.issue()}"
    browser.request("GET", link, headers={"Host": f"evil.example:{PORT}"})
    assert browser.request("GET", link, headers={}).status_code == 303


def test_localhost_is_the_page_too(browser: Browser) -> None:
    name = {"Host": f"LocalHost:{PORT}"}
    own = {**name, "Sec-Fetch-Site": "same-origin", "Origin": f"http://localhost:{PORT}"}
    assert browser.request("GET", "/", headers=name).status_code == 200
    form = {"language": "pl"}
    assert browser.request("POST", "/language", headers=own, data=form).status_code == 303


# --- forms of others


@pytest.mark.parametrize("headers", SITES.values(), ids=SITES)
def test_a_form_of_another_site_changes_nothing(browser: Browser, headers: dict[str, str]) -> None:
    draft = drafted(browser, "klienci.csv", b"ID;Miasto\n1;x\n")
    response = browser.request("POST", f"/draft/{draft.id}/delete", headers=headers)
    assert response.status_code == 403
    assert browser.service.drafts.get(draft.id) == draft


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": ORIGIN},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none", "Origin": ORIGIN},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN.replace("127.0.0.1", "localhost")},
        {"Sec-Fetch-Site": "same-origin", "Origin": f"https://127.0.0.1:{PORT}"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1"},
        {"Sec-Fetch-Site": "same-origin", "Origin": f"{ORIGIN}0"},
    ],
    ids=str,
)
def test_a_form_that_does_not_prove_where_it_is_from_is_refused(
    browser: Browser, headers: dict[str, str]
) -> None:
    draft = drafted(browser, "klienci.csv", b"ID;Miasto\n1;x\n")
    response = browser.request("POST", f"/draft/{draft.id}/delete", headers=headers)
    assert response.status_code == 403
    assert browser.service.drafts.get(draft.id) == draft


@pytest.mark.parametrize("headers", SITES.values(), ids=SITES)
def test_another_site_cannot_read_or_embed_a_page(
    browser: Browser, headers: dict[str, str]
) -> None:
    for path in ("/", "/static/page.css"):
        assert browser.request("GET", path, headers=headers).status_code == 403


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "none"}, OWN], ids=str)
def test_a_person_who_types_the_address_or_follows_a_link_sees_the_page(
    browser: Browser, headers: dict[str, str]
) -> None:
    assert browser.request("GET", "/", headers=headers).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"])
def test_only_what_forms_and_links_can_do_is_possible(browser: Browser, method: str) -> None:
    assert browser.request(method, "/", headers=OWN).status_code == 405


# --- tickets and sessions


def test_a_browser_without_a_session_sees_nothing(browser: Browser) -> None:
    draft = drafted(browser, "tajne.csv", b"ID;Miasto\n1;x\n")
    browser.cookies = httpx.Cookies()
    for path in ("/", f"/draft/{draft.id}/sheet", "/no-such-page"):
        response = browser.get(path)
        assert response.status_code == 401
        assert "Press Enter in the terminal" in response.text
        assert "tajne" not in response.text
        assert "acme" not in response.text


@pytest.mark.parametrize(
    "cookies",
    [
        {f"bulk-update-{PORT}": "x"},
        {f"bulk-update-{PORT}": ""},
        {"bulk-update-1": "SESSION"},
        {"bulk-update": "SESSION"},
    ],
    ids=str,
)
def test_another_cookie_is_no_session(browser: Browser, cookies: dict[str, str]) -> None:
    session = browser.cookies[f"bulk-update-{PORT}"]
    browser.cookies = httpx.Cookies(
        {name: value.replace("SESSION", session) for name, value in cookies.items()}
    )
    assert browser.get("/").status_code == 401


def test_a_session_ends_with_the_page(tmp_path: Path) -> None:
    with browsing(tmp_path) as earlier:
        cookies = earlier.cookies
    with browsing(tmp_path) as later:
        later.cookies = cookies
        assert later.get("/").status_code == 401


def test_a_ticket_works_once(browser: Browser) -> None:
    link = f"/open?ticket={browser.tickets.issue()}"
    browser.cookies = httpx.Cookies()
    assert browser.get(link).status_code == 303
    assert browser.get("/").status_code == 200
    browser.cookies = httpx.Cookies()
    replayed = browser.get(link)
    assert replayed.status_code == 403
    assert "set-cookie" not in replayed.headers
    assert browser.get("/").status_code == 401


def test_the_browser_that_was_let_in_may_open_its_link_again(browser: Browser) -> None:
    link = f"/open?ticket={browser.tickets.issue()}"
    assert browser.get(link).headers["location"] == "/"
    assert browser.get(link).headers["location"] == "/"


@pytest.mark.parametrize("query", ["", "?ticket=", "?ticket=x", "?ticket=%00", "?ticket=x&ticket="])
def test_a_made_up_ticket_lets_nobody_in(browser: Browser, query: str) -> None:
    browser.cookies = httpx.Cookies()
    assert browser.get(f"/open{query}").status_code == 403


def test_looking_at_a_link_without_opening_it_does_not_use_it_up(browser: Browser) -> None:
    link = f"/open?ticket={browser.tickets.issue()}"
    browser.cookies = httpx.Cookies()
    assert browser.request("HEAD", link, headers={}).status_code == 405
    assert browser.get(link).status_code == 303


def test_a_ticket_expires() -> None:
    now = [0.0]
    tickets = Tickets(monotonic=lambda: now[0])
    early, late = tickets.issue(), tickets.issue()
    now[0] = TICKET_SECONDS - 1
    assert tickets.redeem(early) is not None
    now[0] = TICKET_SECONDS
    assert tickets.redeem(late) is None


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    cookie = browser.get(f"/open?ticket={browser.tickets.issue()}").headers["set-cookie"]
    name, _, attributes = cookie.partition("=")
    assert name == f"bulk-update-{PORT}"
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(attributes.split("; "))
    assert "Max-Age" not in cookie


def test_two_pages_on_two_ports_do_not_end_each_others_session(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)
    with running_page(settings) as one, running_page(settings) as other, httpx.Client() as client:
        for running in (one, other, one):
            response = client.get(f"http://127.0.0.1:{running.port}/")
            if response.status_code == 401:
                response = client.get(running.link(), follow_redirects=True)
            assert response.status_code == 200
        assert len(client.cookies) == 2


# --- every answer


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/static/page.css", 200),
        ("/open?ticket=x", 303),
        ("/static/no-such-file", 404),
        ("/static/../app.py", 404),
        ("/no-such-page", 404),
        ("/draft/x/sheet", 404),
    ],
)
def test_every_answer_forbids_whatever_the_page_does_not_need(
    browser: Browser, path: str, status: int
) -> None:
    response = browser.get(path)
    assert response.status_code == status
    assert {name: response.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_refusals_have_the_same_headers(browser: Browser) -> None:
    refusals = [
        browser.request("GET", "/", headers={"Host": "evil.example"}),
        browser.request("POST", "/language", headers={}),
        browser.request("PUT", "/", headers=OWN),
        browser.post("/language", {"back": "x" * 3_000_000}),
    ]
    browser.cookies = httpx.Cookies()
    refusals.append(browser.get("/"))
    assert [each.status_code for each in refusals] == [421, 403, 405, 413, 401]
    for response in refusals:
        assert {name: response.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_the_page_has_nothing_inline(browser: Browser) -> None:
    text = browser.get("/").text
    assert "style=" not in text
    assert "<style" not in text
    assert re.search(r"<[^>]* on\w+=", text) is None
    assert text.count("<script") == text.count('<script src="/static/')
