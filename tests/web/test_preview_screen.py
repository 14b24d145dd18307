"""Screen 5: what would change, record by record; and the mapping to download."""

from __future__ import annotations

from pathlib import Path

import pytest
from web_client import Browser, browsing, drafted, text_of
from web_drafts import answered
from web_forms import at_rest, checked

from bulk_update.job.preview_plan import ROWS_OF_A_PAGE
from bulk_update.mapping import load_mapping
from bulk_update.web.drafts import Draft

GOALS = {"Nr klienta": "identifier", "Status": "status", "Miasto": "record_fields"}
CSV = (
    "Nr klienta;Status;Miasto\n"
    "00100007;Kontakt;Gdynia\n"
    "00100014;Do zadzwonienia;Łódź\n"
    "00100021;;\n"
    "1,23E+09;Kontakt;Sopot\n"
)


def preview(browser: Browser, draft: Draft, query: str = "") -> str:
    return text_of(checked(browser, f"/draft/{draft.id}/preview{query}"))


def table(shown: str) -> str:
    """Return the words from the table's caption to the end of the screen."""
    return shown.partition(" Row Identifier ")[2].partition(" Page ")[0]


def test_each_record_is_shown_before_and_after(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        shown = preview(browser, answered(browser, CSV, GOALS))

    assert "2 records would change. 2 rows are refused." in shown
    assert table(shown) == (
        "Status miasto"
        " 2 00100007 Do zadzwonienia (1) → Kontakt (3) ? → Gdynia"
        " 3 00100014 Do zadzwonienia (1) (same) ? → Łódź"
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?view=changes", ["00100007", "00100014"]),
        ("?view=erasures", []),
        ("?view=status-moves", ["00100007"]),
        ("?view=refused", ["00100021", "1,23E+09"]),
        ("?q=gdynia", []),
        ("?q=Gdynia", ["00100007"]),
        ("?q=100014", ["00100014"]),
        ("?view=refused&q=Sopot", ["1,23E+09"]),
        ("?view=nonsense&page=x", ["00100007", "00100014"]),
        ("?page=999999999", ["00100007", "00100014"]),
        (f"?page={'9' * 5000}", ["00100007", "00100014"]),
        ("?page=0", ["00100007", "00100014"]),
    ],
)
def test_rows_can_be_narrowed_down(tmp_path: Path, query: str, expected: list[str]) -> None:
    with browsing(tmp_path) as browser:
        draft = answered(browser, CSV, GOALS)
        shown = checked(browser, f"/draft/{draft.id}/preview{query}").text

    identifiers = ["00100007", "00100014", "00100021", "1,23E+09"]
    body = shown.partition("<tbody>")[2]
    assert [each for each in identifiers if each in body] == expected


def test_the_number_of_rows_of_each_view_is_shown(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        shown = preview(browser, answered(browser, CSV, GOALS), "?q=nothing")

    assert "To be sent 2 Erasures 0 Status moves 1 Need attention 2" in shown
    assert "No rows." in shown


def test_refused_rows_are_shown_with_every_reason(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        shown = preview(browser, answered(browser, CSV, GOALS), "?view=refused")

    assert "4 00100021" in table(shown)
    assert "5" in table(shown)
    assert "1,23E+09" in table(shown)


def test_rows_are_shown_a_page_at_a_time(tmp_path: Path) -> None:
    rows = "".join(f"{100_000 + 7 * n:08d};m{n}\n" for n in range(1, ROWS_OF_A_PAGE + 31))
    goals = {"Nr klienta": "identifier", "Miasto": "record_fields"}
    with browsing(tmp_path) as browser:
        draft = answered(browser, f"Nr klienta;Miasto\n{rows}", goals)
        first = checked(browser, f"/draft/{draft.id}/preview?q=m")
        last = preview(browser, draft, "?view=changes&q=m&page=2")

    assert "Page 1 of 2 Next" in text_of(first)
    assert f'href="/draft/{draft.id}/preview?view=changes&amp;q=m&amp;page=2"' in first.text
    assert "130 / 130" in last
    assert "Previous Page 2 of 2" in last


def test_what_is_searched_for_is_text(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = answered(browser, CSV, GOALS)
        shown = checked(browser, f'/draft/{draft.id}/preview?q="><script>alert(1)</script>')

    assert "<script>alert" not in shown.text
    assert "No rows." in text_of(shown)


def test_a_draft_without_a_plan_has_no_preview(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = at_rest(browser, drafted(browser, "klienci.csv", CSV.encode(), rehearsal=True))
        response = browser.get(f"/draft/{draft.id}/preview")

    assert response.headers["location"] == f"/draft/{draft.id}/values"


def test_the_mapping_can_be_downloaded(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = answered(browser, CSV, GOALS, name='Zażółć " \u202e gęślą.csv')
        response = browser.get(f"/draft/{draft.id}/mapping.yaml")

    disposition = response.headers["content-disposition"]
    assert disposition == 'attachment; filename="Za-u202e-g-l.yaml"'
    assert response.headers["content-type"] == "application/yaml"
    assert load_mapping(response.content, path="m.yaml").name.startswith("Zażółć")


def test_the_mapping_on_disk_is_for_its_owner_alone(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = answered(browser, CSV, GOALS)
        path = browser.service.drafts.mapping_path(draft.id)
        downloaded = browser.get(f"/draft/{draft.id}/mapping.yaml").content
        assert path.read_bytes() == downloaded
        assert path.stat().st_mode & 0o077 == 0
