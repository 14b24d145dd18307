"""Screens 1 and 2: a person sees the table, and decides only what the file leaves open."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from openpyxl import Workbook
from web_client import Browser, browsing, drafted, text_of

from bulk_update.job.propose_mapping import survey_table
from bulk_update.web.drafts import Draft
from bulk_update.web.source_answers import SourceAnswers

PLAIN = b"Nr klienta;Miasto\n00000001;Krakow\n00000002;Lublin\n"
HOSTILE = [
    "<script>alert(1)</script>",
    "</table></main><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "{% raw %}",
    "%(name)s %s %d",
    "javascript:alert(1)",
    "\u202eabc\u2066",
    "a\u200bb\ufeff",
    "\x1b[31mred",
    "&lt;script&gt;",
    "x" * 5000,
    "\u0301" * 500,
    "=cmd|' /C calc'!A0",
]
POLISH = "Nr klienta;Miasto\n0001;Łódź\n0002;Żółć\n".encode("cp1250")


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with browsing(tmp_path) as opened:
        yield opened


def workbook(**sheets: list[list[str]]) -> bytes:
    """Return the bytes of a workbook with these sheets."""
    made, content = Workbook(write_only=True), io.BytesIO()
    for name, rows in sheets.items():
        made.create_sheet(name)
        for row in rows:
            made[name].append(row)
    made.save(content)
    return content.getvalue()


def uploaded(browser: Browser, name: str, content: bytes) -> tuple[Draft, str]:
    """Upload a file; return its draft, and the screen that comes next."""
    response = browser.upload(name, content, rehearsal=False, follow=False)
    assert response.status_code == 303
    draft, *_ = browser.service.drafts.recent()
    return draft, response.headers["location"].rpartition("/")[2]


def answer(browser: Browser, draft: Draft, **fields: str) -> str:
    """Answer screen 2; return the screen that comes next."""
    revision = browser.service.drafts.get(draft.id).revision
    response = browser.post(f"/draft/{draft.id}/sheet", {"revision": revision, **fields})
    assert response.status_code == 303, text_of(response)
    return str(response.headers["location"]).rpartition("/")[2]


def source_of(browser: Browser, draft: Draft) -> SourceAnswers:
    return browser.service.drafts.get(draft.id).source


# --- what is asked


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("klienci.csv", PLAIN),
        ("klienci.csv", "Nr klienta;Miasto\n1;Łódź\n".encode()),
        ("klienci.xlsx", workbook(Dane=[["ID", "Miasto"], ["1", "Lublin"]])),
    ],
    ids=["text", "UTF-8", "a workbook"],
)
def test_a_file_that_leaves_nothing_open_leads_to_the_columns(
    browser: Browser, name: str, content: bytes
) -> None:
    assert uploaded(browser, name, content)[1] == "columns"


def test_readings_of_an_encoding_are_shown_side_by_side(browser: Browser) -> None:
    content = "ID;Miasto\n1;Łą\n2;żó\n".encode("iso8859_2")
    draft, screen = uploaded(browser, "klienci.csv", content)
    assert screen == "sheet"
    page = browser.get(f"/draft/{draft.id}/sheet").text
    shown = re.findall(r'name="encoding" value="(\w+)" required>\s*<span>\s*<strong>([^<]+)', page)
    assert shown == [
        ("cp1250", "Windows-1250"),
        ("iso8859_2", "ISO 8859-2"),
        ("cp1252", "Windows-1252"),
    ]
    assert "Łą · żó" in page
    assert "Ł± · żó" in page
    assert "£± · ¿ó" in page


def test_readings_that_nobody_can_tell_apart_are_one(browser: Browser) -> None:
    draft, screen = uploaded(browser, "klienci.csv", "ID;Miasto\n1;Ło\n2;żó\n".encode("iso8859_2"))
    assert screen == "sheet"
    page = browser.get(f"/draft/{draft.id}/sheet").text
    shown = re.findall(r'name="encoding" value="(\w+)" required>\s*<span>\s*<strong>([^<]+)', page)
    assert shown == [("cp1250", "Windows-1250 / ISO 8859-2"), ("cp1252", "Windows-1252")]
    assert "Ło · żó" in page
    assert "£o · ¿ó" in page


def test_a_file_that_all_encodings_read_alike_needs_no_choice(browser: Browser) -> None:
    draft, screen = uploaded(browser, "klienci.csv", "ID;Miasto\n1;Kraków\n".encode("cp1252"))
    assert screen == "columns"
    page = browser.get(f"/draft/{draft.id}/sheet")
    assert 'name="encoding"' not in page.text
    assert "reads the same as Windows-1250 / ISO 8859-2 / Windows-1252" in text_of(page)


def test_a_draft_without_a_first_screen_needs_no_choice_either(browser: Browser) -> None:
    content = "ID;Miasto\n1;Kraków\n".encode("cp1252")
    draft = drafted(browser, "klienci.csv", content)
    assert answer(browser, draft, header_row="1") == "columns"
    assert source_of(browser, draft).encoding == "cp1250"


def test_no_encoding_is_chosen_beforehand(browser: Browser) -> None:
    draft, _ = uploaded(browser, "klienci.csv", POLISH)
    assert "checked" not in browser.get(f"/draft/{draft.id}/sheet").text.partition("</fieldset>")[0]
    assert answer(browser, draft) == "sheet?check=1"
    asked = browser.get(f"/draft/{draft.id}/sheet?check=1")
    assert asked.status_code == 422
    assert "Choose the spelling that is right." in text_of(asked)
    assert '<a href="#encoding">' in asked.text
    assert 'id="encoding"' in asked.text
    assert answer(browser, draft, encoding="cp1250") == "columns"
    page = browser.get(f"/draft/{draft.id}/sheet").text
    assert 'value="cp1250" required checked' in page
    assert 'value="cp1252" required>' in page


def test_an_encoding_that_does_not_fit_is_refused(browser: Browser) -> None:
    draft, _ = uploaded(browser, "klienci.csv", POLISH)
    for encoding in ("utf-8", "ascii", "no-such", "../x", "rot13"):
        fields = {"revision": "1", "encoding": encoding}
        response = browser.post(f"/draft/{draft.id}/sheet", fields)
        assert response.status_code == 422
        assert str(browser.service.state_folder) not in response.text
    assert source_of(browser, draft) == SourceAnswers()


def test_a_sheet_is_chosen_by_its_columns(browser: Browser) -> None:
    content = workbook(
        Rekordy=[["ID", "Miasto", "Status"], ["1", "Lublin", "x"]],
        Dane=[["Kod", "Nazwa"], ["1", "a"]],
    )
    draft, screen = uploaded(browser, "klienci.xlsx", content)
    assert screen == "sheet"
    text = text_of(browser.get(f"/draft/{draft.id}/sheet"))
    assert "Rekordy ID · Miasto · Status" in text
    assert "Dane Kod · Nazwa" in text
    fields = {"shown_sheet": "Rekordy", "sheet": "Dane", "header_row": "1", "look": "yes"}
    assert answer(browser, draft, **fields) == "sheet"
    assert source_of(browser, draft) == SourceAnswers(sheet="Dane")
    page = browser.get(f"/draft/{draft.id}/sheet").text
    assert "<td>Nazwa</td>" in page
    assert 'value="Rekordy" required>' in page


def test_the_header_row_is_the_one_that_the_person_names(browser: Browser) -> None:
    content = b"Raport;\nNr;Miasto\n123;456\n0001;Lublin\n"
    draft, _ = uploaded(browser, "klienci.csv", content)
    assert answer(browser, draft, header_row="3") == "columns"
    source = source_of(browser, draft)
    assert source.header_row == 3
    path = browser.service.drafts.input_path(draft.id)
    table = survey_table(path, source.named, date(2026, 12, 1), header_row=source.header_row)
    assert [column.name for column in table.columns] == ["123", "456"]
    assert "header_row" not in table.source.open


@pytest.mark.parametrize("row", ["", "0", "-1", "99", "x", "٣", "1e3", "9" * 5000])
def test_a_row_that_cannot_be_the_header_is_found_anew(browser: Browser, row: str) -> None:
    draft, _ = uploaded(browser, "klienci.csv", PLAIN)
    assert answer(browser, draft, header_row=row) == "columns"
    page = browser.get(f"/draft/{draft.id}/sheet").text
    assert re.search(r'value="1" checked', page)


def test_quotation_marks_can_be_part_of_the_text(browser: Browser) -> None:
    content = b'ID;Nazwa\n1;"ALFA" i "BETA\n2;x\n'
    draft, screen = uploaded(browser, "klienci.csv", content)
    assert screen == "sheet"
    assert "What do the quotation marks mean?" in text_of(browser.get(f"/draft/{draft.id}/sheet"))
    assert answer(browser, draft, asked_about_quotes="yes") == "sheet?check=1"
    asked = browser.get(f"/draft/{draft.id}/sheet?check=1").text
    assert '<a href="#quote">Say that the quotation marks are part of the text' in asked
    assert '<fieldset id="quote">' in asked
    fields = {"asked_about_quotes": "yes", "quotes_are_text": "yes"}
    assert answer(browser, draft, **fields) == "columns"
    assert '"ALFA" i "BETA' in unescape(browser.get(f"/draft/{draft.id}/sheet").text)


def test_delimiters_are_asked_about_only_if_several_fit(browser: Browser) -> None:
    draft, screen = uploaded(browser, "klienci.csv", b"ID;A,B\n1;2,3\n4;5,6\n")
    assert screen == "sheet"
    text = text_of(browser.get(f"/draft/{draft.id}/sheet"))
    assert "comma" in text
    assert "semicolon" in text
    assert answer(browser, draft, shown_delimiter=";", delimiter=",", header_row="1") == "columns"
    assert source_of(browser, draft) == SourceAnswers(delimiter=",")


def test_sheets_with_invisible_names_can_be_chosen(browser: Browser) -> None:
    names = ["Re\u00adkordy", "a\u200bb", "\u202eabc", "<b>", 'x"y']
    content = workbook(
        Dane=[["ID", "Miasto", "Status"], ["1", "Lublin", "x"]],
        **{name: [["Kod", "Nazwa"], ["1", "a"]] for name in names},
    )
    draft, _ = uploaded(browser, "klienci.xlsx", content)
    page = browser.get(f"/draft/{draft.id}/sheet").text
    values = map(unescape, re.findall(r'name="sheet" value="([^"]*)"', page))
    assert list(values) == ["Dane", *names]
    shown = "Dane"
    for name in names:
        answer(browser, draft, shown_sheet=shown, sheet=name)
        assert source_of(browser, draft).sheet == name
        shown = name


def test_a_tab_can_be_chosen_as_the_delimiter(browser: Browser) -> None:
    draft, _ = uploaded(browser, "klienci.csv", b"ID;A\tB\n1;2\t3\n4;5\t6\n")
    page = browser.get(f"/draft/{draft.id}/sheet").text
    assert re.findall(r'name="delimiter" value="([^"]*)"', page) == [";", "\t"]
    assert answer(browser, draft, delimiter="\t") == "columns"


# --- tabs, and the way back


def test_another_tab_is_not_overwritten(browser: Browser) -> None:
    draft, _ = uploaded(browser, "klienci.csv", POLISH)
    answer(browser, draft, encoding="cp1250")
    response = browser.post(
        f"/draft/{draft.id}/sheet", {"revision": draft.revision, "encoding": "cp1252"}
    )
    assert response.status_code == 409
    assert "changed meanwhile" in text_of(response)
    assert source_of(browser, draft).encoding == "cp1250"


def test_going_back_and_on_changes_nothing(browser: Browser) -> None:
    draft, _ = uploaded(browser, "klienci.csv", POLISH)
    answer(browser, draft, encoding="cp1250", header_row="1")
    before = browser.service.drafts.get(draft.id)
    browser.get(f"/draft/{draft.id}/sheet")
    answer(browser, draft, encoding="cp1250", header_row="1")
    assert browser.service.drafts.get(draft.id) == before


def test_a_file_that_is_gone_is_said_so(browser: Browser) -> None:
    draft, _ = uploaded(browser, "klienci.csv", PLAIN)
    browser.service.drafts.input_path(draft.id).unlink()
    response = browser.get(f"/draft/{draft.id}/sheet")
    assert response.status_code == 422
    assert "klienci.csv: there is no such file" in text_of(response)


def test_a_draft_is_deleted_after_a_question(browser: Browser) -> None:
    draft, _ = uploaded(browser, "klienci.csv", PLAIN)
    asked = browser.get(f"/draft/{draft.id}/delete")
    assert "Delete this draft?" in text_of(asked)
    assert browser.service.drafts.recent() == (draft,)
    assert browser.post(f"/draft/{draft.id}/delete").headers["location"] == "/"
    assert browser.service.drafts.recent() == ()
    assert browser.post(f"/draft/{draft.id}/delete").status_code == 404


# --- hostile cells


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_cell_is_text(browser: Browser, text: str) -> None:
    cell = text.replace('"', '""')
    content = f'ID;"{cell}"\n1;"{cell}"\n'.encode("utf-8", "replace")
    draft = drafted(browser, f"{text}.csv", content)
    for path in (f"/draft/{draft.id}/sheet", f"/draft/{draft.id}/delete", "/"):
        page = browser.get(path).text
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "7 * 7" in page or "7 * 7" not in text
        assert not set(page) & set("\u202e\u2066\u200b\ufeff\0\x1b")
