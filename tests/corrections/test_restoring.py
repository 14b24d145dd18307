"""What is sent is exactly what a person changed, whatever a spreadsheet program did to the rest."""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bulk_update.corrections import ColumnSurvey, Original, Restorer
from bulk_update.corrections.programs import PROGRAMS
from bulk_update.records import Cell, CellKind, Chunk, Issue, TypedCell

HEADER = ("ID", "A", "B")
Saves = Callable[[str], str]


def chunk_of(rows: Sequence[Sequence[Cell]]) -> Chunk:
    texts = [[c.text if isinstance(c, TypedCell) else c for c in row] for row in rows]
    frame = pd.DataFrame([list(row) for row in rows], index=range(2, len(rows) + 2), dtype=object)
    return Chunk(frame, [json.dumps(row).encode() for row in texts], {})


def original(cells: Sequence[str], *, named: Sequence[str] = ("B",), code: str = "pattern",
             http_status: int | None = None, valid: bool = True) -> Original:  # fmt: skip
    return Original(HEADER, cells, [Issue(code, columns=tuple(named))], valid, http_status)


def restored(
    originals: Sequence[Original], rows: Sequence[Sequence[Cell]]
) -> tuple[list[list[Cell]], dict[int, str], Restorer]:
    """Return the cells of the rows after the way back, and the codes of faults."""
    chunk, known = chunk_of(rows), dict(enumerate(originals, 2))
    survey = ColumnSurvey(HEADER)
    survey.see(chunk, known)
    restorer = Restorer(survey, "ID")
    found = restorer.restored(chunk, known)
    cells = found.frame.to_numpy().tolist()
    texts = [[c.text if isinstance(c, TypedCell) else c for c in row] for row in cells]
    assert [json.loads(row) for row in found.cells] == texts
    return cells, {row: issue.code for row, issue in found.faults.items()}, restorer


# --- programs, written anew for this test: they share nothing with the program under test


def is_number(text: str, decimal: str) -> bool:
    body = text.removeprefix("-").removeprefix("+")
    whole, _, fraction = body.partition(decimal)
    return whole.isdigit() and (not fraction or fraction.isdigit()) and body[-1:] != decimal


def general(text: str, *, decimal: str, shown_decimal: str, longest: int) -> str:
    value = Decimal(text.replace(decimal, "."))
    if value == int(value) and len(str(abs(int(value)))) > longest:
        mantissa, exponent = f"{value:.5E}".split("E")
        mantissa = mantissa.rstrip("0").rstrip(".").replace(".", shown_decimal)
        return f"{mantissa}E{int(exponent):+03d}"
    plain = f"{value.normalize():f}"
    return plain.replace(".", shown_decimal)


def dates(text: str, shown: str, clock: str) -> str | None:
    for form, out in (("%Y-%m-%d", shown), ("%Y-%m-%d %H:%M", f"{shown} {clock}")):
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007
        except ValueError:
            continue
        return moment.strftime(out)
    return None


POLISH_MONTHS = ["sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru"]


def day_and_month(text: str) -> str | None:
    """Return how a Polish Excel shows 12.05 or 5.27."""
    found = re.fullmatch("([0-9]{1,2})[.]([0-9]{1,2})", text)
    if found is None:
        return None
    first, second = int(found[1]), int(found[2])
    if 1 <= second <= 12 and 1 <= first <= calendar.monthrange(2000, second)[1]:
        return f"{first:02d}.{POLISH_MONTHS[second - 1]}"
    if 1 <= first <= 12:
        return f"{POLISH_MONTHS[first - 1]}.{second:02d}"
    return None


def thousands(text: str, *, shown: str) -> str | None:
    """Return how a program that groups with a comma shows 12,345."""
    if not re.fullmatch("-?[0-9]{1,3},[0-9]{3}", text):
        return None
    return f"{int(text.replace(',', '')):,}".replace(",", shown)


def excel_polish(text: str) -> str:
    if text in {"TRUE", "FALSE"}:
        return {"TRUE": "PRAWDA", "FALSE": "FAŁSZ"}[text]
    if found := dates(text, "%d.%m.%Y", "%H:%M"):
        return found
    if found := day_and_month(text):
        return found
    if is_number(text, ","):
        return general(text, decimal=",", shown_decimal=",", longest=11)
    return text


def excel_english(text: str) -> str:
    if found := thousands(text, shown=","):
        return found
    if text in {"true", "false"}:
        return text.upper()
    if found := dates(text, "%-m/%-d/%Y", "%-H:%M"):
        return found
    if is_number(text, "."):
        return general(text, decimal=".", shown_decimal=".", longest=11)
    return text


def excel_narrow(text: str) -> str:
    if is_number(text, ","):
        return general(text, decimal=",", shown_decimal=",", longest=10)
    return excel_polish(text)


def calc_polish(text: str) -> str:
    if found := dates(text, "%Y-%m-%d", "%H:%M:%S"):
        return found
    if text in {"TRUE", "FALSE"}:
        return text
    if is_number(text, ","):
        return general(text, decimal=",", shown_decimal=",", longest=15)
    return text


def sheets_mixed(text: str) -> str:
    if found := thousands(text, shown="\u00a0"):
        return found
    if is_number(text, "."):
        return general(text, decimal=".", shown_decimal=",", longest=15)
    if found := dates(text, "%d.%m.%Y", "%H:%M:%S"):
        return found
    return text


SAVERS: list[Saves] = [excel_polish, excel_english, excel_narrow, calc_polish, sheets_mixed, str]

KINDS = (
    st.from_regex(r"\A0{0,3}[1-9][0-9]{0,6}\Z"),
    st.from_regex(r"\A48[0-9]{9}\Z"),
    st.from_regex(r"\A[0-9]{12,15}\Z"),
    st.from_regex(r"\A-?[0-9]{1,5}[.][0-9]{1,3}\Z"),
    st.from_regex(r"\A-?[0-9]{1,5},[0-9]{1,3}\Z"),
    st.dates().map(str).filter(lambda text: text > "1950"),
    st.from_regex(r"\A2027-0[1-9]-[12][0-9] [01][0-9]:[0-5][0-9]\Z"),
    st.sampled_from(["TRUE", "FALSE", "true", "12.05", "3.11"]),
    st.sampled_from(["Łódź", "80-001", "600-100-200", "=x", "", "a'b", "0"]),
)
EDITS = st.sampled_from(["nowe", "777777", "1,11", "2031-01-01", "x'y", "", "0048", "48999888777"])


@given(st.data())
def test_a_persons_changes_are_kept_and_a_programs_are_undone(data: st.DataObject) -> None:
    saves = data.draw(st.sampled_from(SAVERS))
    kind = data.draw(st.sampled_from(KINDS))
    columns = st.tuples(st.just("7"), kind | data.draw(st.sampled_from(KINDS)), kind)
    texts = data.draw(st.lists(columns, min_size=1, max_size=8))
    rows, expected = [], []
    for cells in texts:
        shown = list(map(saves, cells))
        row, want = list(shown), [*cells[:2], shown[2]]
        for position in (1, 2):
            if data.draw(st.booleans()):
                edit = data.draw(EDITS)
                assume(edit != cells[position])
                assume(not any(p.may_show(cells[position], edit) for p in PROGRAMS))
                row[position] = want[position] = edit
        rows.append(row)
        expected.append(want)
    found, faults, _ = restored(list(map(original, texts)), rows)
    assert (found, faults) == (expected, {})


def test_one_cell_that_kept_its_form_proves_that_the_column_was_left_alone() -> None:
    originals = [original(("7", text, "")) for text in ("0012", "0013", "0014")]
    shown = [("7", "12", ""), ("7", "0013", ""), ("7", "14", "")]
    found, _, restorer = restored(originals, shown)
    assert [row[1] for row in found] == ["12", "0013", "14"]
    assert restorer.counts == {}


def column_restored(texts: Sequence[str], shown: Sequence[str]) -> list[Cell]:
    """Return the cells of column A after the way back."""
    found, _, _ = restored(
        [original(("7", text, "")) for text in texts], [("7", text, "") for text in shown]
    )
    return [row[1] for row in found]


def test_a_program_that_leaves_dates_alone_still_changes_numbers() -> None:
    texts = ["5.11", "0,50", "0012"]
    assert column_restored(texts, ["5.11", "0,5", "12"]) == texts


@pytest.mark.parametrize("month", ["1.0", "5.27", "2027.5", "0001.1"])
def test_a_month_of_a_year_that_kept_its_form_proves_nothing(month: str) -> None:
    assert column_restored([month, "12.05"], [month, "12.maj"]) == [month, "12.05"]


def test_a_program_that_reads_only_iso_dates_leaves_other_dates_alone() -> None:
    texts = ["01.1", "2027-01-10 08:00"]
    assert column_restored(texts, ["01.1", "2027-01-10 08:00:00"]) == texts


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        (
            ["29.01.2027", "2027-01-29", "01.02", "1/2", "5-6"],
            ["01/29/2027", "2027-01-29", "02/01/2026", "1/2", "5-6"],
        ),
        (["1/29/2027", "2027-01-29", "12.05", "5-6"], ["29.01.2027", "2027-01-29", "12.05", "5-6"]),
    ],
    ids=["polish", "american"],
)
def test_libreoffice_reads_only_its_countrys_sign_and_keeps_iso_dates(
    texts: Sequence[str], shown: Sequence[str]
) -> None:
    assert column_restored(texts, shown) == texts


def test_cells_that_a_program_leaves_alone_prove_nothing() -> None:
    originals = [original(("7", text, "")) for text in ("0012", "Łódź", "12", "80-001")]
    found, _, restorer = restored(
        originals, [("7", text, "") for text in ("12", "Łódź", "12", "80-001")]
    )
    assert [row[1] for row in found] == ["0012", "Łódź", "12", "80-001"]
    (count,) = restorer.counts.values()
    assert (count.column, count.cells, count.row) == ("A", 1, 2)
    assert (count.shown, count.original) == ("12", "0012")


def test_another_column_proves_nothing() -> None:
    originals = [original(("7", "0012", "0013"), named=())] * 2
    found, _, _ = restored(originals, [("7", "12", "0013")] * 2)
    assert found == [["7", "0012", "0013"]] * 2


def test_a_cell_that_a_reason_names_is_never_restored() -> None:
    found, _, _ = restored([original(("7", "0012", "0013"))], [("7", "12", "13")])
    assert found == [["7", "0012", "13"]]


def test_cells_of_a_workbook_become_the_text_that_they_were() -> None:
    number = TypedCell(CellKind.NUMBER, "12", Decimal(12))
    truth = TypedCell(CellKind.BOOLEAN, "TRUE", value=True)
    found, _, _ = restored([original(("7", "0012", "TRUE"), named=())], [("7", number, truth)])
    assert found == [["7", "0012", "TRUE"]]
    found, _, _ = restored([original(("7", "0013", "x"), named=())], [("7", number, truth)])
    assert found == [["7", number, truth]]


def test_columns_that_were_moved_or_added_are_found_by_their_names() -> None:
    moved = Original(("B", "ID", "C"), ("0012", "7", "0013"), [], has_identifier=True)
    found, _, _ = restored([moved], [("7", "13", "12")])
    assert found == [["7", "13", "0012"]]


@pytest.mark.parametrize(
    ("row", "shown", "fault"),
    [
        (original(("007", "", "")), "007", None),
        (original(("007", "", "")), "7", None),
        (original(("007", "", "")), " 007 ", None),
        (original(("007", "", "")), "008", "changed-identifier"),
        (original(("007", "", "")), "", "changed-identifier"),
        (original(("007", "", ""), named=("ID",)), "008", None),
        (original(("", "", ""), valid=False), "008", None),
        (original(("007", "", ""), http_status=404), "008", None),
        (original(("007", "", ""), named=(), code="conflict"), "008", None),
        (original(("007", ""), named=(), code="ragged-row"), "008", None),
    ],
)
def test_a_valid_identifier_stays_unless_the_row_was_refused_for_it(
    row: Original, shown: str, fault: str | None
) -> None:
    _, faults, _ = restored([row], [(shown, "", "")])
    assert faults == ({2: fault} if fault else {})


def test_a_refused_identifier_does_not_become_the_one_to_keep() -> None:
    issue = Issue("changed-identifier", {"text": "008", "original": "007"}, columns=("ID",))
    refused = Original(HEADER, ("008", "", ""), [issue], has_identifier=True)
    for shown, expected in (("008", {2: "changed-identifier"}), ("007", {})):
        _, faults, _ = restored([refused], [(shown, "", "")])
        assert faults == expected
