"""Files as other programs write them and people pass them on, through the whole of `check`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from command_line import Desk

CORPORA = Path(__file__).parent.parent / "corpora"
CASES, WORKBOOKS = CORPORA / "cases", CORPORA / "workbooks"

SENT = "planned"
NO_RECORD = "invalid not-a-record"
RAGGED = "invalid ragged-row"
CP1250 = {"encoding": "cp1250"}
CITY = {"city": {"column": "City"}}


@dataclass(frozen=True)
class Case:
    """A file, how it is to be read, and how its rows end; `said` is part of what is printed."""

    name: str
    ends: list[str] | int
    said: str = ""
    source: dict[str, Any] = field(default_factory=dict)
    folder: Path = CASES


POLISH = [
    Case("utf8_under_cp1250.csv", 2, 'Remove "encoding: cp1250" from the mapping', CP1250),
    Case("utf8_under_cp1250_silent.csv", 2, "the file is UTF-8, not cp1250", CP1250),
    Case("utf8_under_cp1250.csv", [SENT] * 3),
    Case("iso2_under_cp1250.csv", [SENT] * 4, '"K±ty" has a symbol between letters, but reads '
         '"Kąty" in ISO 8859-2', CP1250),
    Case("cp852_under_cp1250.csv", [SENT] * 2, 'reads "Łódź" in cp852', CP1250),
    Case("iso2_under_cp1250.csv", 2, '"K±ty" in cp1250, "Kąty" in ISO 8859-2, "K±ty" in cp1252'),
    Case("repeated_header.csv", [SENT, NO_RECORD, SENT, NO_RECORD, SENT]),
    Case("sqlcmd_dashes.csv", [NO_RECORD, SENT, SENT, RAGGED]),
    Case("surplus_blank_cell.csv", [SENT] * 2, "2 rows with blank cells beyond the last column"),
    Case("short_rows.csv", [SENT] * 19, "3 rows with cells missing at the end"),
    Case("quotes_balanced.csv", 2, 'add "quote: none" under "source:"'),
    Case("quotes_tab.csv", 2, 'add "quote: none" under "source:"'),
    Case("quotes_balanced.csv", [SENT] * 5, source={"quote": "none"}),
    Case("quotes_tab.csv", [SENT] * 2, source={"quote": "none"}),
    Case("cut_off_last_line.csv", [SENT] * 3, "the last row has no line end"),
    Case("cut_off_last_line.csv", 2, "the last line has no line end", {"complete": "true"}),
    Case("no_named_file.dat", 2, 'add "kind: text" under "source:"'),
    Case("no_named_file.20271101", 2, 'add "kind: text" under "source:"'),
    Case("no_named_file.dat", [SENT], source={"kind": "text"}),
    Case("no_named_file.20271101", [SENT], source={"kind": "text"}),
    Case("control_character_elsewhere.csv", [SENT] * 2),
    *(
        Case(f"{name}.xlsx", [SENT], folder=WORKBOOKS)
        for name in ("bad_align", "bad_border", "bad_color", "bad_fill", "bad_view",
                     "empty_namedstyle", "fill_extlst")
    ),
]  # fmt: skip
"""Columns ID and Miasto."""

ENGLISH = [
    Case("control_ok.xlsx", [SENT]),
    Case("style_bloat_64000.xlsx", [SENT]),
    *(
        Case(f"{name}.xlsx", [SENT], folder=WORKBOOKS)
        for name in ("font_family_34", "formula_cached_as_inlineStr", "numfmt_missing",
                     "shared_strings_rel_dangling", "sheet_listed_without_id",
                     "styles_cellstyle_without_name", "styles_color_not_hex",
                     "styles_empty_fill", "styles_unknown_attribute")
    ),
    Case("merged_section_heading.xlsx", [SENT, "invalid merged", SENT], folder=WORKBOOKS),
    Case("full_calc_on_load_text.xlsx", ["invalid no-value"], "asks to be recalculated",
         folder=WORKBOOKS),
    Case("builtin_thai_date_71.xlsx", ["invalid needs-type"], "is a date cell", folder=WORKBOOKS),
    Case("date_era_format.xlsx", ["invalid needs-type"], "is a date cell", folder=WORKBOOKS),
    Case("iso_duration_cell.xlsx", ["invalid needs-type"], "a time span", folder=WORKBOOKS),
    Case("text_last_column_without_name.csv", [SENT] * 2),
    Case("text_unquoted_comma_in_header.csv", 2, "the header has 4 cells, and all rows have 3"),
    Case("text_false_decimal_comma_hint.csv", [RAGGED], "either it has too many cells"),
    Case("text_identifier_with_line_break.csv", ["invalid bad-identifier"], "has a line break"),
    Case("text_c1_control.csv", ["invalid control-character"], "with a wrong encoding"),
]  # fmt: skip
"""Columns ID and City."""


@pytest.mark.parametrize(
    ("case", "fields"),
    [
        *((case, {"miasto": {"column": "Miasto"}}) for case in POLISH),
        *((case, CITY) for case in ENGLISH),
    ],
    ids=lambda value: value.name if isinstance(value, Case) else "",
)
def test_a_file_ends_as_its_owner_would_expect(
    tmp_path: Path, case: Case, fields: dict[str, Any]
) -> None:
    desk = Desk(tmp_path)
    mapping = desk.mapping(
        identifier={"column": "ID"}, update={"record_fields": fields}, source=case.source
    )
    ended = desk("check", case.folder / case.name, "-m", mapping)
    if isinstance(case.ends, int):
        assert ended.exit_code == case.ends
        assert case.said in ended.stderr
        assert not desk.out.exists()
        return
    assert ended.exit_code == int(set(case.ends) != {SENT})
    assert desk.outcomes() == case.ends
    shown = " ".join((ended.stderr + ended.stdout).split())  # the console breaks long lines
    assert case.said in shown + desk.text("results.csv")


def test_every_case_is_tried() -> None:
    tried = {case.name for case in (*POLISH, *ENGLISH)}
    assert {path.name for path in CASES.iterdir()} <= tried
    assert {path.name for path in WORKBOOKS.iterdir()} - tried == {"date_and_time.xlsx"}
