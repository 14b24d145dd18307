"""The page in a real browser: for everybody, on every screen and on paper, and inert."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from browser import PHONE_WIDTH, Scheme, Visit, Visiting
from test_page import HOSTILE, page, rendered

from bulk_update.records import Status
from bulk_update.report import AttentionRow, OutcomeCount, RankedReason
from bulk_update.report.table_rows import MOST_ROWS

SOME_ROWS = 250
FEW_ROWS = 5
"""Axe looks at every cell, which takes it a while."""

BAD = "".join(HOSTILE[:8])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "report.html"


def written(path: Path, text: str = "text", *, rows: int = SOME_ROWS, **changes: Any) -> Path:
    """Write a page with something in every part of it."""
    outcomes = tuple(OutcomeCount(status, 10 + rows, text) for status in Status)
    reasons = tuple(RankedReason(status, text, rows, 2, text, text) for status in Status)
    attention = (
        AttentionRow(
            2 + index, "00001", f"{1000 - index}", "invalid", "bad-date", text, (text, "", "Łódź")
        )
        for index in range(rows)
    )
    shown = page(
        text, rows=rows,
        **{"outcomes": outcomes, "reasons": reasons, "attention": attention, **changes},
    )  # fmt: skip
    path.write_text(rendered(shown), encoding="utf-8", errors="backslashreplace")
    return path


def identifiers(visit: Visit) -> list[str]:
    """Return the cells of the second column with data."""
    return visit.page.locator("#rows tbody td:nth-child(3)").all_inner_texts()


def test_what_a_page_does_wrong_is_found(visit: Visiting, path: Path) -> None:
    path.write_text(
        '<div style="width:2000px"><img src="http://127.0.0.1:9/a.png"></div>'
        "<button style='outline:none'>go</button><script>console.error('no')</script>",
        encoding="utf-8",
    )
    wrong = visit(path, width=PHONE_WIDTH)
    assert any(each.startswith("image-alt: ") for each in wrong.violations())
    assert any(each.startswith("<div") for each in wrong.too_wide())
    assert wrong.refused == ["http://127.0.0.1:9/a.png"]
    assert "no" in wrong.messages
    with pytest.raises(AssertionError, match="nobody sees it"):
        wrong.stops()


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, PHONE_WIDTH])
def test_everybody_can_use_the_page(
    visit: Visiting, path: Path, scheme: Scheme, *, scripts: bool, width: int
) -> None:
    text = written(path, rows=FEW_ROWS)
    visited = visit(text, scheme=scheme, width=width, scripts=scripts)
    assert visited.violations() == []
    assert visited.too_wide() == []
    assert (visited.refused, visited.messages) == ([], [])
    dark = visited.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (dark == "rgb(255, 255, 255)") is (scheme == "light")


@pytest.mark.parametrize("rows", [0, 1])
def test_everybody_can_use_a_page_with_little_in_it(visit: Visiting, path: Path, rows: int) -> None:
    nothing: dict[str, Any] = dict.fromkeys(("status_moves", "reasons", "commands"), ())
    visited = visit(written(path, rows=rows, requests=None, stopped="", **nothing))
    assert visited.violations() == []


def test_rows_are_searched_and_sorted_and_more_are_shown_with_the_keyboard_alone(
    visit: Visiting, path: Path
) -> None:
    visited = visit(written(path))
    keyboard, count = visited.page.keyboard, visited.page.get_by_role("status")
    assert count.inner_text() == "100 of 250 rows shown"
    more = visited.page.get_by_role("button", name="Show 100 more rows")
    visited.tab_to(more)
    keyboard.press("Enter")
    assert count.inner_text() == "200 of 250 rows shown"
    keyboard.press("Enter")
    assert count.inner_text() == "250 of 250 rows shown"
    assert more.is_hidden()

    heading = visited.page.get_by_role("columnheader", name="Identifier")
    visited.tab_to(heading.get_by_role("button"))
    keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    assert identifiers(visited)[:2] == ["751", "752"]
    keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    assert identifiers(visited)[:2] == ["1000", "999"]

    visited.tab_to(visited.page.get_by_label("Search these rows"))
    keyboard.type("BAD-date 90 łódź")
    visited.page.get_by_text("matching rows shown").wait_for()
    assert count.inner_text() == "15 of 15 matching rows shown"
    rows = visited.page.locator("#rows tbody tr").all_inner_texts()
    assert all("90" in row for row in rows)
    found = list(map(int, identifiers(visited)))
    assert found == sorted(found, reverse=True)
    assert visited.violations() == []


def test_every_stop_of_the_keyboard_can_be_seen_and_the_last_is_left(
    visit: Visiting, path: Path
) -> None:
    stops = visit(written(path)).stops()
    assert [stop for stop in stops if stop.startswith(("button", "input"))] == [
        "input Search these rows",
        *(f"button {name}" for name in
          ("Row", "Campaign", "Identifier", "Outcome", "Code", "What is wrong")),
        "button Show 100 more rows",
    ]  # fmt: skip


def test_without_script_the_first_rows_are_shown_and_no_control(
    visit: Visiting, path: Path
) -> None:
    visited = visit(written(path), scripts=False)
    assert len(identifiers(visited)) == 100
    assert visited.page.locator("noscript p").is_visible()
    assert visited.page.locator("button:visible, input:visible").count() == 0
    assert visited.page.locator("svg[role=img]").count() == 2 + len(Status)


def test_hostile_cells_do_nothing(visit: Visiting, path: Path) -> None:
    visited = visit(written(path, BAD, rows=FEW_ROWS))
    visited.page.get_by_label("Search these rows").fill("<script>")
    visited.page.get_by_text("matching rows shown").wait_for()
    visited.page.get_by_role("button", name="Identifier").click()
    assert visited.page.locator("#rows :is(script, img, a, style)").count() == 0
    assert visited.page.locator("#rows tbody .cells b").count() == 2 * FEW_ROWS
    assert "</script><script>alert(1)</script>" in visited.page.locator("#rows").inner_text()
    assert (visited.refused, visited.messages) == ([], [])
    assert visited.violations() == []


def test_a_script_that_was_added_to_the_page_does_not_run(visit: Visiting, path: Path) -> None:
    text = written(path).read_text(encoding="utf-8")
    added = "<script>document.title = 'run'</script><img src=http://127.0.0.1:9/x></body>"
    path.write_text(text.replace("</body>", added), encoding="utf-8")
    visited = visit(path)
    assert visited.page.title() != "run"
    assert visited.refused == []
    assert [message for message in visited.messages if "Content Security Policy" in message]


def test_on_paper_there_are_no_controls_and_forty_rows_a_page(visit: Visiting, path: Path) -> None:
    pages = []
    for rows in (1, 100):
        visited = visit(written(path, "31.02.2026 is not a valid date", rows=rows), scheme="dark")
        visited.page.emulate_media(media="print")
        assert visited.page.locator(".controls:visible, #more:visible").count() == 0
        assert visited.page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        printed = visited.page.pdf(format="A4")
        pages.append(len(re.findall(rb"/Type\s*/Page\b", printed)))
    assert pages[1] - pages[0] <= 3


def test_fifty_thousand_rows_load_in_less_than_a_second(visit: Visiting, path: Path) -> None:
    """Counted as time of the processor, since the machine may be busy."""
    text = "row 17, column Termin: 31.02.2026 is not a valid date (expected DD.MM.YYYY)"
    assert written(path, text, rows=MOST_ROWS).stat().st_size <= 10_000_000
    visited = visit("about:blank")
    session = visited.page.context.new_cdp_session(visited.page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    visited.page.context.unroute_all()
    visited.page.goto(path.as_uri())
    found = session.send("Performance.getMetrics")["metrics"]
    metrics = {each["name"]: each["value"] for each in found}
    assert visited.page.get_by_role("status").inner_text() == "100 of 50,000 rows shown"
    assert metrics["TaskDuration"] < 1
    assert metrics["Nodes"] < 8000
