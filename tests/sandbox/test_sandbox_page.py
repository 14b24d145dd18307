"""The page at `/`, which shows the requests and changes so far."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from bulk_update.sandbox import CAMPAIGNS, Change, Received, Sandbox, SandboxSettings
from bulk_update.sandbox.page import render_page

ARRIVED = datetime(2027, 1, 11, 8, 15, 30, 250_000, tzinfo=UTC)


class _Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(f"{tag} {attrs}")

    def handle_data(self, data: str) -> None:
        self.text += data


def sandbox_with(text: str, *, fault: str | None = None) -> Sandbox:
    sandbox = Sandbox(SandboxSettings(records=[(text, text)]))
    record = sandbox.records.get(text, text)
    assert record is not None
    change = Change(text, text, text, text, {text: text})
    sandbox.records.apply(record, change)
    body = text.encode(errors="replace")
    sandbox.received.add(Received("PUT", text, body, None if fault else 204, fault, ARRIVED))
    return sandbox


def test_an_empty_sandbox_says_so() -> None:
    page = _Elements(render_page(Sandbox(SandboxSettings())))
    assert "No requests yet." in page.text
    assert "Changed or called records (0 of 2000)" in page.text
    assert "Odnowienia umów" in page.text


def test_the_page_shows_requests_counts_and_changes() -> None:
    page = _Elements(render_page(sandbox_with("Łódź"))).text
    for shown in ("204: 1", "08:15:30.250", "PUT Łódź", "Łódź: Łódź", "(1 of 1)", "Kampania Łódź"):
        assert shown in page


def test_the_page_shows_which_values_are_not_checked() -> None:
    settings = SandboxSettings(accept_any_field=True, accept_any_status=True, accept_any_agent=True)
    page = render_page(Sandbox(settings))
    assert page.count("<td>any</td><td>any</td><td>any</td>") == len(CAMPAIGNS)
    assert "Oddzwonić" not in page
    assert "<td>any</td>" not in render_page(Sandbox(SandboxSettings()))


def test_the_page_shows_the_fault_of_a_request() -> None:
    assert "lost: 1" in _Elements(render_page(sandbox_with("x", fault="lost"))).text
    sandbox = sandbox_with("x")
    sandbox.received.add(Received("PUT", "x", b"", 503, "503", ARRIVED))
    sandbox.received.add(Received("PUT", "x", b"", 204, "slow", ARRIVED))
    page = _Elements(render_page(sandbox)).text
    assert "503 (fault)" in page
    assert "204 (slow)" in page


def test_the_page_shows_last_calls_and_who_left() -> None:
    sandbox = sandbox_with("x")
    record = sandbox.records.get("x", "x")
    assert record is not None
    sandbox.records.call(record, Change(), call_date="2027-01-11 10:15:00")
    page = _Elements(render_page(sandbox)).text
    assert "2027-01-11 10:15:00" in page
    assert "m.zielinski (left)" in page
    assert "j.kowalska (left)" not in page


def test_long_texts_are_truncated_on_the_page() -> None:
    page = render_page(sandbox_with("x" * 1_000_000))
    assert len(page) < 20_000
    assert "…" in page


def test_only_the_last_fifty_requests_are_shown_newest_first() -> None:
    sandbox = Sandbox(SandboxSettings())
    for number in range(60):
        sandbox.received.add(Received("PUT", f"/n{number}.", b"", 204, None, ARRIVED))
    page = render_page(sandbox)
    assert "/n10." in page
    assert "/n9." not in page
    assert page.index("/n59.") < page.index("/n58.")


@given(st.text(st.characters(codec="utf-8")) | st.just("<script>alert('\"&amp;')</script>"))
def test_everything_that_was_sent_is_escaped_on_the_page(text: str) -> None:
    fault = text or "x"
    harmless = render_page(sandbox_with("x", fault="x"))
    page = render_page(sandbox_with(text, fault=fault))
    assert _Elements(page).tags == _Elements(harmless).tags
