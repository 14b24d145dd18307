"""Chunks of rows, translated by a small mapping."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from strategies import Sheet, chunk_of, yaml_of

from bulk_update.mapping import load_mapping
from bulk_update.records import Cell, CellKind, MappedChunk, TypedCell
from bulk_update.translation import References, Translator

TODAY = date(2026, 11, 30)

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
    is_failed_csv: bool = False,
    references: References | None = None,
) -> MappedChunk:
    mapping = load_mapping(yaml_of(content), path="m.yaml")
    translator = Translator(
        mapping,
        positions=positions_of(header),
        is_failed_csv=is_failed_csv,
        today=TODAY,
        references=references,
    )
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


def mapped_of(sheet: Sheet) -> MappedChunk:
    translator = Translator(sheet.mapping, positions=positions_of(sheet.header), today=TODAY)
    return translator.translate(sheet.chunk)
