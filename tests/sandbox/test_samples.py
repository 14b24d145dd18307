"""The samples and their mappings behave as `samples/README.md` says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

import httpx
import made_clean_up
import pytest
from openpyxl import load_workbook

from bulk_update.errors import InputError, MappingError
from bulk_update.mapping import load_mapping
from bulk_update.readers import open_spreadsheet
from bulk_update.sandbox import Sandbox, SandboxSettings, create_app, parse_faults
from bulk_update.translation import Translator

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
MAPPINGS = sorted((ROOT / "mappings").glob("*.yaml"))
FAULT_FILES = ["agents-at-work.yaml", "faults.yaml"]
SPREADSHEETS = sorted([*SAMPLES.glob("*.csv"), *SAMPLES.glob("*.xlsx")])


@dataclass(frozen=True, slots=True)
class MappedRow:
    number: int
    campaign_id: str | None
    identifier: str | None
    body: str | None
    outcome: str | None


def mapped_rows(sample: str, mapping_name: str) -> list[MappedRow]:
    path, mapping_path = SAMPLES / sample, ROOT / "mappings" / mapping_name
    mapping = load_mapping(mapping_path.read_bytes(), path=mapping_name)
    rows: list[MappedRow] = []
    with open_spreadsheet(
        path, mapping.source_options, mapped_columns=mapping.column_names
    ) as sheet:
        translator = Translator(mapping, positions=sheet.positions, today=date(2026, 11, 30))
        for chunk in sheet.chunks():
            mapped = translator.translate(chunk)
            rows += map(
                MappedRow,
                mapped.numbers,
                mapped.campaign_ids,
                mapped.identifiers,
                mapped.bodies,
                mapped.outcomes,
            )
    return rows


def numbers(rows: Sequence[MappedRow], outcome: str) -> list[int]:
    return [row.number for row in rows if row.outcome == outcome]


def refused_by_sandbox(rows: Sequence[MappedRow]) -> dict[int, str]:
    """Send every sendable row to a sandbox, and return the rejected ones with the reason."""

    async def refusals() -> dict[int, str]:
        transport = httpx.ASGITransport(create_app(Sandbox(SandboxSettings())))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://sandbox", auth=("sandbox", "sandbox")
        ) as client:
            responses = {
                row.number: await client.send(request) for row, request in requests(client)
            }
        return {
            number: response.json()["errors"][0]["message"]
            for number, response in responses.items()
            if response.status_code != 204
        }

    def requests(client: httpx.AsyncClient) -> Iterator[tuple[MappedRow, httpx.Request]]:
        for row in rows:
            if row.outcome is None:
                assert row.identifier is not None
                segment = quote(row.identifier, safe="")
                path = f"/api/outbounds/{row.campaign_id}/records_by_identifier/{segment}"
                headers = {"Content-Type": "application/json"}
                yield row, client.build_request("PUT", path, content=row.body, headers=headers)

    return asyncio.run(refusals())


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: str(path.name))
def test_a_mapping_loads_without_a_warning_and_names_its_schema(path: Path) -> None:
    first_line, _, _ = path.read_text(encoding="utf-8").partition("\n")
    assert first_line == "# yaml-language-server: $schema=mapping.schema.json"
    assert load_mapping(path.read_bytes(), path=path.name).warnings() == ()


def test_the_list_of_samples_names_each_file_and_no_other() -> None:
    listed = re.findall(
        r"^\| `([\w.-]+)`", (SAMPLES / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert sorted(listed) == sorted([path.name for path in SPREADSHEETS] + FAULT_FILES)


@pytest.mark.parametrize(
    ("name", "original"),
    [
        ("crm-export-utf8.csv", SAMPLES / "crm-export-utf8.csv"),
        ("crm-utf8.yaml", ROOT / "mappings" / "crm-utf8.yaml"),
    ],
)
def test_the_packaged_copy_of_a_sample_is_the_same_file(name: str, original: Path) -> None:
    packaged = files("bulk_update.sandbox") / "data" / name
    assert packaged.read_bytes() == original.read_bytes()


def test_the_fault_samples_are_valid_fault_files() -> None:
    plans = [parse_faults((SAMPLES / name).read_bytes(), path=name) for name in FAULT_FILES]
    counts = [(len(plan.faults), len(plan.calls), len(plan.departures)) for plan in plans]
    assert counts == [(2, 3, 2), (7, 0, 0)]


@pytest.mark.parametrize(
    ("sample", "mapping"),
    [
        ("crm-export-utf8.csv", "crm-utf8.yaml"),
        ("crm-export-excel-cp1250.csv", "crm-excel-cp1250.yaml"),
    ],
)
def test_the_crm_export_has_its_documented_mistakes(sample: str, mapping: str) -> None:
    rows = mapped_rows(sample, mapping)
    by_number = {row.number: row for row in rows}
    assert len(rows) == 302
    assert numbers(rows, "invalid") == [47, 105, 168]
    assert numbers(rows, "filtered") == [26, 90, 153, 210, 266]
    assert refused_by_sandbox(rows) == {73: "Record not found.", 132: "Agent not found."}
    assert by_number[62].body == by_number[192].body
    assert by_number[62].identifier == by_number[192].identifier
    assert by_number[82].body != by_number[227].body
    assert by_number[82].identifier == by_number[227].identifier


def test_excels_copy_of_the_crm_export_asks_for_the_same_changes() -> None:
    original = mapped_rows("crm-export-utf8.csv", "crm-utf8.yaml")
    assert mapped_rows("crm-export-excel-cp1250.csv", "crm-excel-cp1250.yaml") == original


def test_the_workbook_has_its_documented_mistakes() -> None:
    rows = mapped_rows("crm-workbook.xlsx", "workbook.yaml")
    assert (len(rows), numbers(rows, "invalid")) == (60, [26])
    assert refused_by_sandbox(rows) == {37: "Record not found."}


def test_the_clean_up_list_has_its_documented_mistakes() -> None:
    rows = mapped_rows("clean-up-list.csv", "clean-up.yaml")
    assert (len(rows), numbers(rows, "invalid")) == (42, [])
    assert refused_by_sandbox(rows) == {33: "Record not found."}
    by_number = {row.number: row for row in rows}
    assert by_number[5].identifier == by_number[14].identifier


@pytest.mark.parametrize(
    ("name", "rows", "invalid"),
    [
        ("blank-cells.csv", 4, [4]),
        ("control-character.csv", 3, [3]),
        ("damaged-identifiers.csv", 5, [3, 4, 5]),
        ("duplicate-rows.csv", 5, []),
        ("error-cells.xlsx", 3, [3]),
        ("formula-like-cells.csv", 3, []),
        ("formulas-without-value.xlsx", 3, [3]),
        ("hidden-rows.xlsx", 3, []),
        ("identifiers-with-signs.csv", 4, [4]),
        ("no-rows.csv", 0, []),
        ("number-identifiers.xlsx", 3, [2]),
        ("ragged-rows.csv", 4, [3, 4]),
        ("total-row.csv", 3, [4]),
        ("values.csv", 5, [3, 4, 5, 6]),
    ],
)
def test_a_hazard_makes_the_expected_rows_invalid(name: str, rows: int, invalid: list[int]) -> None:
    mapping = "hazard-values.yaml" if name == "values.csv" else "hazards.yaml"
    mapped = mapped_rows(f"hazard-{name}", mapping)
    assert (len(mapped), numbers(mapped, "invalid")) == (rows, invalid)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ambiguous-delimiter.csv", "delimiter"),
        ("doubled-column.csv", "Status"),
        ("misnamed-column.csv", "Statsu"),
        ("not-a-workbook.xlsx", "text"),
        ("title-rows.csv", "Eksport z CRM"),
        ("two-matching-sheets.xlsx", "Październik"),
        ("unclosed-quote.csv", "row 3"),
        ("unnamed-encoding.csv", "cp1250"),
    ],
)
def test_an_ambiguous_hazard_file_is_rejected_as_a_whole(name: str, expected: str) -> None:
    with pytest.raises((InputError, MappingError), match=re.escape(expected)):
        mapped_rows(f"hazard-{name}", "hazards.yaml")


def test_the_workbook_of_the_walk_is_what_its_script_makes(tmp_path: Path) -> None:
    def cells(path: Path) -> list[list[tuple[object, ...]]]:
        return [list(sheet.values) for sheet in load_workbook(path).worksheets]

    made_clean_up.make(tmp_path / "made.xlsx")
    assert cells(made_clean_up.PATH) == cells(tmp_path / "made.xlsx")
