from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from strategies import Sheet, chunk_of, sheets, yaml_of
from translating import (
    CONTENT,
    ERROR,
    HEADER,
    TODAY,
    mapped_of,
    positions_of,
    row,
    translate,
    update,
)
from words import spoken

from bulk_update.mapping import load_mapping
from bulk_update.messages import told
from bulk_update.records import Cell, CellKind, Chunk, MappedChunk, TypedCell
from bulk_update.translation import Translator


def test_each_sequence_of_a_chunk_has_one_entry_per_row() -> None:
    mapped = translate(
        [
            row(status="3", city="Łódź", day="2026-03-01"),
            row(identifier="", status="x", export="tak"),
            row(identifier="8", export="nie"),
            row(identifier="9", city="--CLEAR--"),
        ],
        faulty=frozenset({5}),
    )
    assert replace(mapped, reasons=list(map(told, mapped.reasons))) == MappedChunk(
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
        reasons=[
            "",
            (
                'column "ID": the identifier is blank; column "Status": "x" is not a whole number '
                "(expected digits such as 1234)"
            ),
            "",
            "2 cells, but the header has 3",
        ],
    )


def test_cells_are_passed_on_as_they_were_read() -> None:
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
def test_a_row_lists_every_reason_in_order(
    cells: tuple[Cell, ...], code: str, message: str
) -> None:
    mapped = translate([cells])
    said = list(map(told, mapped.reasons))
    assert (mapped.outcomes, mapped.codes, said) == (["invalid"], [code], [message])
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


def test_a_filtered_row_has_no_reasons() -> None:
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
        reasons=[None],
    )


def test_the_fault_of_a_row_is_its_only_reason_and_comes_before_where() -> None:
    mapped = translate([row(status="x", export="nie")], faulty=frozenset({2}))
    assert mapped.codes == ["ragged-row"]
    assert list(map(told, mapped.reasons)) == ["2 cells, but the header has 3"]
    assert (mapped.campaign_ids, mapped.identifiers) == (["00001"], ["7"])


def test_a_fault_beyond_the_chunk_does_not_matter() -> None:
    chunk = chunk_of([row(status="1")], width=len(HEADER))
    chunk = Chunk(chunk.frame, chunk.cells, {99: spoken("ragged-row", "x")})
    mapping = load_mapping(yaml_of(CONTENT), path="m.yaml")
    translator = Translator(mapping, positions=positions_of(HEADER), today=TODAY)
    assert translator.translate(chunk).outcomes == [None]


def test_a_text_that_utf_8_cannot_hold_does_no_harm_in_a_row_with_a_fault() -> None:
    mapped = translate([row(city="\ud800")], faulty=frozenset({2}))
    assert mapped.outcomes == ["invalid"]


EXPORTED = {
    **CONTENT,
    "update": {"status_id": {"column": "Status"}},
    "not_called_since": {"column": "Termin", "formats": ["%d.%m.%Y %H:%M"]},
}


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("10.01.2020 11:59", datetime(2020, 1, 10, 10, 59, tzinfo=UTC)),
        ("10.07.2020 11:59", datetime(2020, 7, 10, 9, 59, tzinfo=UTC)),
        ("2020-01-10T11:59:00Z", datetime(2020, 1, 10, 11, 59, tzinfo=UTC)),
        (
            TypedCell(CellKind.DATETIME, "2020-01-10 11:59:00", datetime(2020, 1, 10, 11, 59)),  # noqa: DTZ001 - as workbooks have it
            datetime(2020, 1, 10, 10, 59, tzinfo=UTC),
        ),
    ],
)
def test_a_column_can_say_when_a_row_was_exported(cell: Cell, moment: datetime) -> None:
    mapped = translate([row(status="3", day=cell)], content=EXPORTED)
    assert mapped.exported_at_us == [round(moment.timestamp() * 1_000_000)]
    assert mapped.outcomes == [None]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "blank"),
        ("soon", "bad-date"),
        ("29.03.2020 02:30", "no-such-time"),
        ("25.10.2020 02:30", "ambiguous-time"),
        (ERROR, "error-cell"),
        (TypedCell(CellKind.NUMBER, "46397"), "bad-date"),
    ],
)
def test_a_row_whose_time_of_export_is_not_readable_is_invalid(cell: Cell, code: str) -> None:
    mapped = translate([row(status="3", day=cell)], content=EXPORTED)
    assert mapped.codes == [code]
    assert mapped.exported_at_us == [None]
    assert "Termin" in told(mapped.reasons[0])


def test_the_time_of_export_does_not_matter_for_rows_that_where_leaves_out() -> None:
    mapped = translate([row(status="3", day="soon", export="nie")], content=EXPORTED)
    assert mapped.outcomes == ["filtered"]


def test_an_empty_chunk_makes_an_empty_result() -> None:
    mapped = translate([])
    assert mapped == MappedChunk([], [], [], [], [], [], [], [], [])


def test_row_numbers_are_those_of_the_chunk() -> None:
    chunk = chunk_of([row(status="1"), row(status="2")], width=len(HEADER))
    frame = chunk.frame.set_axis(pd.Index([7, 12]), axis=0)
    mapping = load_mapping(yaml_of(CONTENT), path="m.yaml")
    translator = Translator(mapping, positions=positions_of(HEADER), today=TODAY)
    mapped = translator.translate(Chunk(frame, chunk.cells, {12: spoken("ragged-row", "x")}))
    assert (mapped.numbers, mapped.outcomes) == ([7, 12], [None, "invalid"])


def test_an_equal_text_and_workbook_cell_are_not_confused() -> None:
    number = TypedCell(CellKind.NUMBER, "1.5")
    content = update(record_fields={"a": {"column": "Miasto", "type": "decimal", "decimal": ","}})
    mapped = translate([row(city="1.5"), row(city=number)], content=content)
    assert mapped.outcomes == ["invalid", None]


def test_a_failed_file_is_read_in_either_notation() -> None:
    content = update(
        record_fields={"a": {"column": "Termin", "type": "date", "formats": ["%d.%m.%Y"]}}
    )
    mapping = load_mapping(yaml_of(content), path="m.yaml")
    translator = Translator(
        mapping, positions=positions_of(HEADER), today=TODAY, is_failed_csv=True
    )
    rows = [row(day="2026-03-01"), row(day="1.3.2026")]
    mapped = translator.translate(chunk_of(rows, width=len(HEADER)))
    assert mapped.bodies == ['{"record_fields":{"a":"2026-03-01"}}'] * 2


@settings(deadline=None)
@given(sheets())
def test_every_row_has_one_entry_with_either_an_outcome_or_a_complete_request(sheet: Sheet) -> None:
    mapped = mapped_of(sheet)
    assert_every_row_has_exactly_one_entry(mapped, rows=len(sheet.rows))
    assert_a_row_has_either_an_outcome_or_a_body(mapped)
    assert_a_row_that_is_sent_has_a_campaign_and_an_identifier(mapped)
    assert_a_body_is_json_whose_values_are_all_strings(mapped)
    assert_a_row_with_a_fault_is_invalid_for_that_reason_alone(mapped, sheet.faulty)


def assert_every_row_has_exactly_one_entry(mapped: MappedChunk, *, rows: int) -> None:
    assert mapped.numbers == list(range(2, 2 + rows))
    sequences = (
        mapped.campaign_ids,
        mapped.identifiers,
        mapped.cells,
        mapped.bodies,
        mapped.fields,
        mapped.outcomes,
        mapped.codes,
        mapped.reasons,
    )
    assert [len(sequence) for sequence in sequences] == [rows] * 8


def assert_a_row_has_either_an_outcome_or_a_body(mapped: MappedChunk) -> None:
    for body, mask, outcome, code, message in zip(
        mapped.bodies, mapped.fields, mapped.outcomes, mapped.codes, mapped.reasons, strict=True
    ):
        assert outcome in {None, "invalid", "filtered"}
        assert (body is None) == (mask is None) == (outcome is not None)
        assert (code is None) == (message is None) == (outcome != "invalid")


def assert_a_row_that_is_sent_has_a_campaign_and_an_identifier(mapped: MappedChunk) -> None:
    for campaign, identifier, outcome in zip(
        mapped.campaign_ids, mapped.identifiers, mapped.outcomes, strict=True
    ):
        assert outcome is not None or (campaign and identifier)


def assert_a_body_is_json_whose_values_are_all_strings(mapped: MappedChunk) -> None:
    for body in mapped.bodies:
        if body is None:
            continue
        content = json.loads(body)
        assert body == json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        inner = content.pop("record_fields", {})
        values = [*content.values(), *inner.values()]
        assert values
        assert all(isinstance(value, str) for value in values)


def assert_a_row_with_a_fault_is_invalid_for_that_reason_alone(
    mapped: MappedChunk, faulty: frozenset[int]
) -> None:
    for number in faulty:
        assert mapped.outcomes[number - 2] == "invalid"
        assert mapped.codes[number - 2] == "ragged-row"


@settings(deadline=None)
@given(sheets())
def test_a_row_has_the_same_result_alone_and_among_others(sheet: Sheet) -> None:
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
        assert alone.reasons == [together.reasons[index]]
        assert alone.identifiers == [together.identifiers[index]]


def test_cells_stay_objects_whatever_pandas_would_infer() -> None:
    frame = chunk_of([row()], width=len(HEADER)).frame
    assert set(frame.dtypes) == {np.dtype(object)}


def test_the_issue_of_joined_cells_names_all_their_columns() -> None:
    rule = {"columns": ["Miasto", "Termin"], "join": " ", "max_length": 2}
    mapped = translate([row(city="a", day="b")], content=update(record_fields={"a": rule}))
    assert list(map(told, mapped.reasons)) == [
        'columns "Miasto", "Termin": "a b" has 3 characters (expected at most 2)'
    ]


def test_a_rule_may_join_a_single_column() -> None:
    rule = {"columns": ["Miasto"], "join": " "}
    mapped = translate([row(city=" x ")], content=update(record_fields={"a": rule}))
    assert mapped.bodies == ['{"record_fields":{"a":"x"}}']


@pytest.mark.parametrize("position", [0, 1, 2])
def test_percent_signs_and_commas_in_names_and_values_are_sent_as_they_are(position: int) -> None:
    names = ["100%s, %", "b", "c"]
    columns = ["Miasto", "Termin", "Eksport"]
    fields = {name: {"column": column} for name, column in zip(names, columns, strict=True)}
    cells: list[Cell] = ["", "", ""]
    cells[position] = "%s, %%"
    mapped = translate([row("7", "00001", "", *cells)], content=update(record_fields=fields))
    assert mapped.bodies == [f'{{"record_fields":{{"{names[position]}":"%s, %%"}}}}']


@pytest.mark.parametrize(
    "rule", [{"value": "2026-03-04"}, {"column": "Termin", "default": "2026-03-04"}]
)
def test_a_constant_is_in_the_notation_of_its_rule_even_for_failed_files(
    rule: dict[str, Any],
) -> None:
    content = update(record_fields={"a": {**rule, "type": "date", "formats": ["%Y-%d-%m"]}})
    mapped = translate([row()], content=content, is_failed_csv=True)
    assert mapped.bodies == ['{"record_fields":{"a":"2026-04-03"}}']
