"""What every screen shares: the head, the languages, and pages about failures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from http import HTTPStatus
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from web_client import Browser, browsing, drafted, text_of

from bulk_update.errors import MappingError
from bulk_update.web.app import SCREENS
from bulk_update.web.guard import SECURITY_HEADERS
from bulk_update.web.templates import environment


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with browsing(tmp_path) as opened:
        yield opened


class Outline(HTMLParser):
    """The tags of a page that must be closed, in order."""

    VOID = frozenset({"meta", "link", "input", "br", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.headings = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - HTMLParser's signature
        self.headings += tag == "h1"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


# --- the head


@pytest.mark.parametrize(
    ("base_url", "rehearsal", "said"),
    [
        ("https://acme.thulium.com", False, "acme.thulium.com user api LIVE SYSTEM"),
        ("https://acme.thulium.com", True, "rehearsal on this computer SANDBOX"),
        (None, True, "rehearsal on this computer SANDBOX"),
    ],
)
def test_every_screen_of_a_draft_names_its_system(
    tmp_path: Path, base_url: str | None, *, rehearsal: bool, said: str
) -> None:
    with browsing(tmp_path, base_url=base_url) as browser:
        draft = drafted(browser, "klienci.csv", b"ID;Miasto\n1;x\n", rehearsal=rehearsal)
        for path in ("sheet", "delete"):
            assert said in text_of(browser.get(f"/draft/{draft.id}/{path}"))


def test_without_a_base_url_only_rehearsals_are_offered(tmp_path: Path) -> None:
    with browsing(tmp_path, base_url=None) as browser:
        text = text_of(browser.get("/"))
        assert "rehearsal on this computer SANDBOX" in text
        assert "start bulk-update web with --base-url" in text
        browser.upload("klienci.csv", b"ID;Miasto\n1;x\n", rehearsal=False)
        (draft,) = browser.service.drafts.recent()
        assert draft.rehearsal


@pytest.mark.parametrize(
    ("base_url", "said"),
    [
        ("https://acme.thulium.com", "acme.thulium.com user api LIVE SYSTEM"),
        (None, "rehearsal on this computer SANDBOX"),
    ],
)
def test_start_and_history_name_the_same_system(
    tmp_path: Path, base_url: str | None, said: str
) -> None:
    with browsing(tmp_path, base_url=base_url) as browser:
        for path in ("/", "/history", "/draft/x/sheet", "/no-such-page"):
            assert said in text_of(browser.get(path))


def test_no_secret_is_shown(tmp_path: Path) -> None:
    with browsing(tmp_path, password="correct-horse") as browser:
        for address in ("/", "/history"):
            shown = browser.get(address)
            assert shown.status_code == HTTPStatus.OK
            assert "correct-horse" not in shown.text


@pytest.mark.parametrize("language", ["en", "pl"])
def test_every_screen_is_well_formed_and_has_one_heading(tmp_path: Path, language: str) -> None:
    with browsing(tmp_path, language=language) as browser:
        draft = drafted(browser, "klienci.csv", "ID;Miasto\n1;Łódź\n".encode("cp1250"))
        for path in ("/", f"/draft/{draft.id}/sheet", f"/draft/{draft.id}/delete", "/nothing"):
            text = browser.get(path).text
            outline = Outline()
            outline.feed(text)
            assert (outline.wrong, outline.open, outline.headings) == ([], [], 1)
            assert f'<html lang="{language}">' in text


def test_every_id_that_is_referred_to_exists(browser: Browser) -> None:
    text = browser.upload("klienci.csv", b"").text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    referred = re.findall(r'(?:for|aria-describedby|aria-labelledby)="([^"]+)"', text)
    referred += re.findall(r'href="#([^"]+)"', text)
    assert {each for words in referred for each in words.split()} <= set(ids)


# --- languages


def test_the_language_is_that_of_the_switch(browser: Browser) -> None:
    response = browser.post("/language", {"language": "pl", "back": "/"})
    assert response.headers["location"] == "/"
    assert '<html lang="pl">' in browser.get("/").text
    browser.post("/language", {"language": "en", "back": "/"})
    assert '<html lang="en">' in browser.get("/").text


def test_in_polish_the_page_speaks_polish(tmp_path: Path) -> None:
    with browsing(tmp_path, language="pl") as browser:
        text = text_of(browser.upload("klienci.csv", b""))
    assert "SYSTEM PRODUKCYJNY" in text
    assert "plik jest pusty (0 bajtów) Wyeksportuj go jeszcze raz i wybierz ponownie." in text


@pytest.mark.parametrize("language", ["", "de", "../pl", "pl\r\nX: y"])
def test_another_language_changes_nothing(browser: Browser, language: str) -> None:
    response = browser.post("/language", {"language": language, "back": "/"})
    assert "set-cookie" not in response.headers
    assert '<html lang="en">' in browser.get("/").text


@pytest.mark.parametrize(
    "back",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\/evil",
        "",
        "/\t/evil.example",
    ],
)
def test_the_switch_leads_to_no_other_site(browser: Browser, back: str) -> None:
    response = browser.post("/language", {"language": "pl", "back": back})
    assert response.headers["location"] == "/"


def test_a_value_in_a_translated_text_is_as_harmless_as_any_other() -> None:
    template = environment().from_string(
        '{{ _("user %(name)s", name=name) }} {% trans name=name %}see {{ name }}{% endtrans %}'
        "{% trans count=2 %}one{% pluralize %}{{ count }} rows{% endtrans %}"
    )
    text = template.render(name="<b>\u202eabc")
    assert text == "user &lt;b&gt;\\u202eabc see &lt;b&gt;\\u202eabc2 rows"


# --- failures


async def fail(_: Request) -> Response:
    raise ZeroDivisionError


async def refuse(_: Request) -> Response:
    raise MappingError('no column is named "<b>Miasto</b>"', hint="Choose another column.")


@pytest.fixture
def failing() -> Iterator[None]:
    """Add two screens that fail, one of them unforeseen."""
    routes = [Route("/fail", fail), Route("/refuse", refuse)]
    SCREENS[0].extend(routes)
    yield
    del SCREENS[0][-len(routes) :]


@pytest.mark.usefixtures("failing")
def test_a_mistake_of_the_page_is_said_without_its_details(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        response = browser.get("/fail")
    assert response.status_code == 500
    assert "Nothing was sent twice, and nothing is lost" in text_of(response)
    assert "ZeroDivisionError" not in response.text
    assert response.headers.items() >= {k.lower(): v for k, v in SECURITY_HEADERS.items()}.items()


@pytest.mark.usefixtures("failing")
def test_a_refusal_says_what_to_do(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        response = browser.get("/refuse")
    assert response.status_code == 422
    assert 'no column is named "<b>Miasto</b>" Choose another column.' in text_of(response)


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "/nothing", 404, "There is no such page"),
        ("GET", "/language", 405, "There is no such page"),
        ("POST", "/", 405, "There is no such page"),
        ("POST", "/language", 413, "Too much at once"),
    ],
)
def test_what_the_page_cannot_answer_is_said_so(
    browser: Browser, method: str, path: str, status: int, said: str
) -> None:
    form = {"x": "y" * 3_000_000} if status == 413 else {}
    response = browser.get(path) if method == "GET" else browser.post(path, form)
    assert response.status_code == status
    assert said in text_of(response)


def test_a_form_that_is_torn_changes_nothing(browser: Browser) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    response = browser.post("/language", headers=headers, content=b"--x\r\nbroken")
    assert response.status_code in {303, 400}
    assert "set-cookie" not in response.headers


def test_a_draft_that_does_not_exist_is_said_so(browser: Browser) -> None:
    response = browser.get("/draft/20261201-013000-ab12cd/sheet")
    assert response.status_code == 404
    assert "There is no such draft" in text_of(response)
