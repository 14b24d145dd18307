from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from strategies import Sheet, chunk_of, sheets, yaml_of

from bulk_update.cells.issue_codes import ISSUE_CODES, IssueCode
from bulk_update.mapping import load_mapping
from bulk_update.records import Cell, CellKind, Chunk, Issue, MappedChunk, TypedCell
from bulk_update.translation import FieldCount, Translator, count_fields

HEADER = ("ID", "Kampania", "Status", "Miasto", "Termin", "Eksport")
CONTENT: dict[str, Any] = {
    "version": 1,
    "campaign": {"column": "Kampania"},
    "identifier": {"column": "ID"},
    "update": {
        "status_id": {"column": "Status", "type": "integer"},
        "record_fields": {
            "miasto": {"column": "Miasto"},
            "termin": {"column": "Termin", "type": "date"},
        },
    },
    "where": {"column": "Eksport", "in": ["tak", "#REF!"]},
}
ERROR = TypedCell(CellKind.ERROR, "#N/A")


def positions_of(header: Sequence[str]) -> dict[str, int]:
    return {name: position for position, name in enumerate(header)}


def translate(
    rows: Sequence[Sequence[Cell]],
    *,
    content: dict[str, Any] = CONTENT,
    header: Sequence[str] = HEADER,
    faulty: frozenset[int] = frozenset(),
    ours: bool = False,
) -> MappedChunk:
    mapping = load_mapping(yaml_of(content), path="m.yaml")
    translator = Translator(mapping, positions=positions_of(header), ours=ours)
    return translator.translate(chunk_of(rows, width=len(header), faulty=faulty))


def row(
    identifier: Cell = "7",
    campaign: Cell = "00001",
    status: Cell = "",
    city: Cell = "",
    day: Cell = "",
    export: Cell = "tak",
) -> tuple[Cell, ...]:
    return identifier, campaign, status, city, day, export


def update(**fields: Any) -> dict[str, Any]:
    content = {key: value for key, value in CONTENT.items() if key != "where"}
    return {**content, "campaign": "00001", "update": fields}


def test_a_chunk_has_one_entry_a_row_in_each_sequence() -> None:
    mapped = translate(
        [
            row(status="3", city="Łódź", day="2026-03-01"),
            row(identifier="", status="x", export="tak"),
            row(identifier="8", export="nie"),
            row(identifier="9", city="--CLEAR--"),
        ],
        faulty=frozenset({5}),
    )
    assert mapped == MappedChunk(
        numbers=[2, 3, 4, 5],
        campaign_ids=["00001", "00001", "00001", "00001"],
        identifiers=["7", None, "8", "9"],
        cells=mapped.cells,
        bodies=[
            '{"status_id":"3","record_fields":{"miasto":"Łódź","termin":"2026-03-01"}}',
            None,
            None,
            None,
        ],
        fields=[b"\xe0", None, None, None],
        outcomes=[None, "invalid", "filtered", "invalid"],
        codes=[None, "no-identifier", None, "ragged-row"],
        messages=[
            None,
            (
                'column "ID": the identifier is blank; column "Status": "x" is not a whole number '
                "(expected digits such as 1234)"
            ),
            None,
            "2 cells, but the header has 3",
        ],
    )


def test_the_cells_travel_as_they_were_read() -> None:
    mapped = translate([row(city="Łódź")])
    assert [json.loads(cells) for cells in mapped.cells] == [["7", "00001", "", "Łódź", "", "tak"]]


@pytest.mark.parametrize(
    ("fields", "cells", "body"),
    [
        ({"status_id": {"column": "Status"}}, {"status": "3"}, '{"status_id":"3"}'),
        (
            {"record_fields": {"a": {"value": "x"}}, "status_id": {"value": "3"}},
            {},
            '{"record_fields":{"a":"x"},"status_id":"3"}',
        ),
        (
            {
                "agent_login": {"value": "j.doe"},
                "record_fields": {"b": {"column": "Miasto"}, "a": {"value": "x"}},
                "status_id": {"value": "3"},
            },
            {},
            '{"agent_login":"j.doe","record_fields":{"a":"x"},"status_id":"3"}',
        ),
        (
            {"status_id": {"value": "3"}, "record_fields": {"a": {"column": "Miasto"}}},
            {},
            '{"status_id":"3"}',
        ),
        (
            {"record_fields": {'a"b\\': {"column": "Miasto"}}},
            {"city": 'say "hi"\n\\'},
            r'{"record_fields":{"a\"b\\":"say \"hi\"\n\\"}}',
        ),
        (
            {"record_fields": {"a": {"column": "Miasto"}}},
            {"city": "--CLEAR--"},
            '{"record_fields":{"a":""}}',
        ),
        (
            {"record_fields": {"a": {"columns": ["Miasto", "Termin"], "join": ", "}}},
            {"city": "Łódź", "day": "dziś"},
            '{"record_fields":{"a":"Łódź, dziś"}}',
        ),
        (
            {"record_fields": {"a": {"column": "Miasto"}, "b": {"column": "Miasto"}}},
            {"city": "\u202e/é"},
            '{"record_fields":{"a":"\u202e/é","b":"\u202e/é"}}',
        ),
    ],
)
def test_a_body_is_compact_json_in_the_mappings_order(
    fields: dict[str, Any], cells: dict[str, Cell], body: str
) -> None:
    mapped = translate([row(**cells)], content=update(**fields))
    assert mapped.bodies == [body]


REASONS = [
    (row(), "nothing-to-update", "all mapped cells are blank: there is nothing to update"),
    (
        row(identifier="..", campaign="1", status="x", day="y"),
        "bad-campaign",
        (
            'column "Kampania": "1" is not a valid campaign id (expected five characters such as '
            "00001); if it is 00001, format the column as text and enter the zeros again; "
            'column "ID": ".." would address another resource (expected an identifier); '
            'column "Status": "x" is not a whole number (expected digits such as 1234); '
            'column "Termin": "y" is not a valid date (expected YYYY-MM-DD)'
        ),
    ),
    (
        row(identifier=""),
        "no-identifier",
        (
            'column "ID": the identifier is blank; all mapped cells are blank: there is nothing '
            "to update"
        ),
    ),
    (
        row(status="1", export=ERROR),
        "error-cell",
        'column "Eksport": the cell shows "#N/A" (fix its formula or value)',
    ),
    (
        row(status=ERROR, city="x"),
        "error-cell",
        'column "Status": the cell shows "#N/A" (fix its formula or value)',
    ),
    (
        row(status="--CLEAR--", city="x"),
        "cannot-clear",
        'column "Status": "--CLEAR--" clears only record_fields',
    ),
]


@pytest.mark.parametrize(("cells", "code", "message"), REASONS)
def test_a_row_tells_every_reason_in_order(
    cells: tuple[Cell, ...], code: str, message: str
) -> None:
    mapped = translate([cells])
    assert (mapped.outcomes, mapped.codes, mapped.messages) == (["invalid"], [code], [message])
    assert (mapped.bodies, mapped.fields) == ([None], [None])


@pytest.mark.parametrize(
    ("where", "cell", "outcome"),
    [
        ({"in": ["tak"]}, " tak\u00a0", None),
        ({"in": [" tak "]}, "tak", None),
        ({"in": ["tak"]}, "Tak", "filtered"),
        ({"in": ["tak"]}, "", "filtered"),
        ({"in": [""]}, " ", None),
        ({"not_in": ["nie"]}, "nie ", "filtered"),
        ({"not_in": ["nie"]}, "", None),
        ({"in": ["TRUE"]}, TypedCell(CellKind.BOOLEAN, "TRUE", value=True), None),
        ({"in": ["1"]}, TypedCell(CellKind.NUMBER, "1"), None),
        ({"not_in": ["#N/A"]}, ERROR, "filtered"),
        ({"in": ["#N/A"]}, ERROR, None),
        ({"in": ["tak"]}, ERROR, "invalid"),
        ({"not_in": ["nie"]}, ERROR, "invalid"),
        ({"in": ["tak"]}, TypedCell(CellKind.NO_VALUE, "=A1"), "invalid"),
    ],
)
def test_where_compares_the_trimmed_text(
    where: dict[str, Any], cell: Cell, outcome: str | None
) -> None:
    content = {**CONTENT, "where": {"column": "Eksport", **where}}
    assert translate([row(status="1", export=cell)], content=content).outcomes == [outcome]


def test_nothing_more_is_said_about_a_filtered_row() -> None:
    mapped = translate([row(identifier="..", campaign="?", status="x", export="nie")])
    assert mapped == MappedChunk(
        numbers=[2],
        campaign_ids=[None],
        identifiers=[None],
        cells=mapped.cells,
        bodies=[None],
        fields=[None],
        outcomes=["filtered"],
        codes=[None],
        messages=[None],
    )


def test_the_fault_of_a_row_is_its_only_reason_and_comes_before_where() -> None:
    mapped = translate([row(status="x", export="nie")], faulty=frozenset({2}))
    assert mapped.codes == ["ragged-row"]
    assert mapped.messages == ["2 cells, but the header has 3"]
    assert (mapped.campaign_ids, mapped.identifiers) == (["00001"], ["7"])


def test_a_fault_beyond_the_chunk_does_not_matter() -> None:
    chunk = chunk_of([row(status="1")], width=len(HEADER))
    chunk = Chunk(chunk.frame, chunk.cells, {99: Issue("ragged-row", "x")})
    mapping = load_mapping(yaml_of(CONTENT), path="m.yaml")
    translator = Translator(mapping, positions=positions_of(HEADER))
    assert translator.translate(chunk).outcomes == [None]


def test_a_text_that_utf_8_cannot_hold_does_no_harm_in_a_row_with_a_fault() -> None:
    mapped = translate([row(city="\ud800")], faulty=frozenset({2}))
    assert mapped.outcomes == ["invalid"]


def test_an_empty_chunk_makes_an_empty_result() -> None:
    mapped = translate([])
    assert mapped == MappedChunk([], [], [], [], [], [], [], [], [])


def test_row_numbers_are_those_of_the_chunk() -> None:
    chunk = chunk_of([row(status="1"), row(status="2")], width=len(HEADER))
    frame = chunk.frame.set_axis(pd.Index([7, 12]), axis=0)
    mapping = load_mapping(yaml_of(CONTENT), path="m.yaml")
    translator = Translator(mapping, positions=positions_of(HEADER))
    mapped = translator.translate(Chunk(frame, chunk.cells, {12: Issue("ragged-row", "x")}))
    assert (mapped.numbers, mapped.outcomes) == ([7, 12], [None, "invalid"])


def own_cells(mapped: MappedChunk) -> list[list[str]]:
    return [json.loads(cells) for cells in mapped.cells]


DAY = TypedCell(CellKind.DATE, "2026-03-04", date(2026, 3, 4))
FALSE = TypedCell(CellKind.BOOLEAN, "FALSE", value=False)


@pytest.mark.parametrize(
    ("cells", "marked"),
    [
        (row(identifier=DAY, status="1"), [0]),
        (row(identifier=TypedCell(CellKind.NUMBER, "1234567890123456"), status="1"), [0]),
        (row(campaign=FALSE, status="1"), [1]),
        (row(status=DAY), [2]),
        (row(status="1", city=DAY, day=ERROR), [3, 4]),
        (row(status="1", export=ERROR), [5]),
        (row(status="1", city=TypedCell(CellKind.NO_VALUE, "=A1")), [3]),
        (row(status="x", city=TypedCell(CellKind.NUMBER, "5")), []),
        (row(status=TypedCell(CellKind.NUMBER, "1.5")), []),
        (row(identifier="..", city="#N/A"), []),
        (row(status=DAY, export="nie"), []),
    ],
)
def test_what_is_refused_for_its_kind_of_cell_is_marked(
    cells: tuple[Cell, ...], marked: list[int]
) -> None:
    texts = [cell if isinstance(cell, str) else cell.text for cell in cells]
    expected = [f"{text} [!]" if i in marked else text for i, text in enumerate(texts)]
    mapped = translate([row(status="1"), cells])
    assert own_cells(mapped) == [list(row(status="1")), expected]
    assert mapped.outcomes[1] is not None


def test_a_refused_cell_of_a_column_that_is_not_mapped_has_no_mark() -> None:
    content = update(record_fields={"a": {"column": "Miasto"}})
    mapped = translate([row(identifier="..", status=ERROR, city="x")], content=content)
    assert own_cells(mapped) == [["..", "00001", "#N/A", "x", "", "tak"]]


def test_all_cells_that_a_rule_joins_are_marked_where_they_are_refused() -> None:
    rule = {"columns": ["Miasto", "Termin", "Status"], "join": " "}
    mapped = translate(
        [row(city="x", day=DAY, status=ERROR)], content=update(record_fields={"a": rule})
    )
    assert own_cells(mapped) == [["7", "00001", "#N/A [!]", "x", "2026-03-04 [!]", "tak"]]


UNMENDED = "(enter the value again, without the mark)"


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        (row(identifier="2026-03-04 [!]", status="1"), "ID"),
        (row(campaign="FALSE [!] ", status="1"), "Kampania"),
        (row(status="1 [!]"), "Status"),
        (row(status="1", city="#N/A [!]"), "Miasto"),
        (row(status="1", export="#N/A [!]"), "Eksport"),
    ],
)
def test_a_mark_that_comes_back_makes_its_row_invalid(cells: tuple[Cell, ...], column: str) -> None:
    mapped = translate([cells], ours=True)
    assert (mapped.outcomes, mapped.codes) == (["invalid"], ["no-value"])
    assert mapped.messages[0] is not None
    assert mapped.messages[0].startswith(f'column "{column}": "')
    assert mapped.messages[0].endswith(
        f'still has the mark "[!]" of a cell that could not be read {UNMENDED}'
    )
    assert own_cells(mapped) == [list(cells)]


def test_a_mark_in_a_joined_cell_makes_its_row_invalid() -> None:
    rule = {"columns": ["Miasto", "Termin"], "join": " "}
    content = update(record_fields={"a": rule})
    mapped = translate([row(city="#N/A [!]", day="x")], content=content, ours=True)
    assert mapped.codes == ["no-value"]


def test_a_mark_counts_in_mapped_cells_of_files_of_ours_alone() -> None:
    content = update(record_fields={"a": {"column": "Miasto"}, "b": {"value": "x [!]"}})
    rows = [row(city="Kraków [!]")]
    assert translate(rows, content=content).outcomes == [None]
    assert translate([row(status="#N/A [!]")], content=content, ours=True).outcomes == [None]


def test_an_equal_text_and_workbook_cell_are_not_confused() -> None:
    number = TypedCell(CellKind.NUMBER, "1.5")
    content = update(record_fields={"a": {"column": "Miasto", "type": "decimal", "decimal": ","}})
    mapped = translate([row(city="1.5"), row(city=number)], content=content)
    assert mapped.outcomes == ["invalid", None]


def test_a_file_of_ours_is_read_in_either_notation() -> None:
    content = update(
        record_fields={"a": {"column": "Termin", "type": "date", "formats": ["%d.%m.%Y"]}}
    )
    mapping = load_mapping(yaml_of(content), path="m.yaml")
    translator = Translator(mapping, positions=positions_of(HEADER), ours=True)
    rows = [row(day="2026-03-01"), row(day="1.3.2026")]
    mapped = translator.translate(chunk_of(rows, width=len(HEADER)))
    assert mapped.bodies == ['{"record_fields":{"a":"2026-03-01"}}'] * 2


def test_masks_count_what_is_set_and_what_is_cleared() -> None:
    mapped = translate(
        [
            row(status="1", city="x"),
            row(status="1", city="--CLEAR--"),
            row(city="x", day="--CLEAR--"),
            row(status="?"),
        ]
    )
    masks = [(mask, 10) for mask in mapped.fields if mask is not None]
    names = ("status_id", "record_fields.miasto", "record_fields.termin")
    assert count_fields(masks, names) == (
        FieldCount("status_id", 20, 0),
        FieldCount("record_fields.miasto", 20, 10),
        FieldCount("record_fields.termin", 0, 10),
    )
    assert count_fields([], names) == tuple(FieldCount(name, 0, 0) for name in names)


def test_a_mask_is_large_enough_for_many_fields() -> None:
    fields = {f"f{number}": {"value": "x"} for number in range(20)}
    mapped = translate([row()], content=update(record_fields=fields))
    (mask,) = mapped.fields
    assert mask is not None
    counts = count_fields([(mask, 1)], [f"f{number}" for number in range(20)])
    assert counts == tuple(FieldCount(f"f{number}", 1, 0) for number in range(20))


def test_every_code_has_a_meaning() -> None:
    assert set(ISSUE_CODES) == set(IssueCode)
    assert all(code == code.lower() and " " not in code for code in ISSUE_CODES)


def mapped_of(sheet: Sheet) -> MappedChunk:
    translator = Translator(sheet.mapping, positions=positions_of(sheet.header))
    return translator.translate(sheet.chunk)


@settings(deadline=None)
@given(sheets())
def test_every_row_has_exactly_one_entry(sheet: Sheet) -> None:
    mapped = mapped_of(sheet)
    rows = len(sheet.rows)
    assert mapped.numbers == list(range(2, 2 + rows))
    sequences = (
        mapped.campaign_ids,
        mapped.identifiers,
        mapped.cells,
        mapped.bodies,
        mapped.fields,
        mapped.outcomes,
        mapped.codes,
        mapped.messages,
    )
    assert [len(sequence) for sequence in sequences] == [rows] * 8


@settings(deadline=None)
@given(sheets())
def test_a_row_has_either_an_outcome_or_a_body(sheet: Sheet) -> None:
    mapped = mapped_of(sheet)
    for body, mask, outcome, code, message in zip(
        mapped.bodies, mapped.fields, mapped.outcomes, mapped.codes, mapped.messages, strict=True
    ):
        assert outcome in {None, "invalid", "filtered"}
        assert (body is None) == (mask is None) == (outcome is not None)
        assert (code is None) == (message is None) == (outcome != "invalid")


@settings(deadline=None)
@given(sheets())
def test_a_row_that_is_sent_has_a_campaign_and_an_identifier(sheet: Sheet) -> None:
    mapped = mapped_of(sheet)
    for campaign, identifier, outcome in zip(
        mapped.campaign_ids, mapped.identifiers, mapped.outcomes, strict=True
    ):
        assert outcome is not None or (campaign and identifier)


@settings(deadline=None)
@given(sheets())
def test_a_body_is_json_whose_values_are_all_strings(sheet: Sheet) -> None:
    for body in mapped_of(sheet).bodies:
        if body is None:
            continue
        content = json.loads(body)
        assert body == json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        inner = content.pop("record_fields", {})
        values = [*content.values(), *inner.values()]
        assert values
        assert all(isinstance(value, str) for value in values)


@settings(deadline=None)
@given(sheets())
def test_a_mask_tells_what_its_body_sets_and_clears(sheet: Sheet) -> None:
    mapped = mapped_of(sheet)
    names = sheet.mapping.field_names
    for body, mask in zip(mapped.bodies, mapped.fields, strict=True):
        if body is None or mask is None:
            continue
        content = json.loads(body)
        inner = content.pop("record_fields", {})
        flat = content | {f"record_fields.{name}": value for name, value in inner.items()}
        assert count_fields([(mask, 1)], names) == tuple(
            FieldCount(name, int(bool(flat.get(name))), int(flat.get(name) == "")) for name in names
        )


@settings(deadline=None)
@given(sheets())
def test_a_row_becomes_the_same_alone_and_among_others(sheet: Sheet) -> None:
    together = mapped_of(sheet)
    for index, cells in enumerate(sheet.rows):
        number = 2 + index
        alone = mapped_of(
            Sheet(
                sheet.yaml,
                sheet.mapping,
                sheet.header,
                (cells,),
                frozenset({2} if number in sheet.faulty else ()),
            )
        )
        assert alone.bodies == [together.bodies[index]]
        assert alone.messages == [together.messages[index]]
        assert alone.identifiers == [together.identifiers[index]]


@settings(deadline=None)
@given(sheets())
def test_a_row_with_a_fault_is_invalid_for_that_reason_alone(sheet: Sheet) -> None:
    mapped = mapped_of(sheet)
    for number in sheet.faulty:
        assert mapped.outcomes[number - 2] == "invalid"
        assert mapped.codes[number - 2] == "ragged-row"


def test_cells_stay_objects_whatever_pandas_would_infer() -> None:
    frame = chunk_of([row()], width=len(HEADER)).frame
    assert set(frame.dtypes) == {np.dtype(object)}
