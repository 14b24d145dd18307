"""A new member of an enumeration cannot be forgotten: each table has it, or says why not."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

import bulk_update
from bulk_update.cells.typed_cells import CellType
from bulk_update.exits import NEEDS_ATTENTION
from bulk_update.mapping import json_schema
from bulk_update.mapping.compiled_rules import CompiledRule, RuleContext
from bulk_update.mapping.rule_schema import CellRule
from bulk_update.readers.workbook.cells import typed_cell
from bulk_update.readers.workbook.number_formats import Shape
from bulk_update.records import CellKind, Issue, Status
from bulk_update.results import RunFile
from bulk_update.sandbox.campaigns import SystemStatus
from bulk_update.sandbox.faults import Answer

UNREADABLE = {CellKind.ERROR, CellKind.NO_VALUE}

LEFT_OUT: dict[str, set[Any]] = {
    "mapping.steps._TYPES": {CellType.TEXT},  # travels as it is
    "cells.typed_cells._REFUSALS": {CellType.TEXT},  # its refusals name a helpful type
    "cells.typed_cells._HELPFUL_TYPES": {CellKind.NUMBER, CellKind.TIME, *UNREADABLE},
    "readers.workbook.cell_values._NUMBERS": {
        Shape.DATE, Shape.DATETIME, Shape.ELAPSED, Shape.TIME,
    },
    "sandbox.campaigns.MANDATORY": {
        SystemStatus.ABANDONED_AFTER_N_TRIES, SystemStatus.CALL, SystemStatus.CALL_PROGRESSIVE,
        SystemStatus.IN_PROGRESS, SystemStatus.NO_CALL, SystemStatus.TO_CALL,
    },  # no field becomes mandatory with them
    "cli.wording._CONTENTS": {RunFile.SUMMARY},  # for programs
    "sandbox.fault_answers._MESSAGES": {Answer.HTML, Answer.LOST, Answer.RESET, Answer.SLOW},
}  # fmt: skip
"""The tables that are not for all members, and those that they leave out."""


def tables() -> Iterator[tuple[str, dict[Enum, object]]]:
    """Yield the package's dicts whose keys are members of one of its enumerations."""
    for module in pkgutil.walk_packages(bulk_update.__path__, prefix="bulk_update."):
        if module.name == "bulk_update.__main__":
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if not isinstance(value, dict) or not value:
                continue
            (kind, *others) = set(map(type, value))
            if not others and issubclass(kind, Enum) and kind.__module__.startswith("bulk_update"):
                yield f"{module.name.removeprefix('bulk_update.')}.{name}", value


TABLES = dict(tables())
PLACES = {id(table): name for name, table in TABLES.items() if name in LEFT_OUT}
"""A table that another module imports is the same table."""


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_every_member_but_for_those_that_it_leaves_out_on_purpose(name: str) -> None:
    table = TABLES[name]
    missing = set(type(next(iter(table)))) - set(table)
    assert missing == LEFT_OUT.get(PLACES.get(id(table), name), set())


def test_every_table_that_leaves_members_out_is_there() -> None:
    assert set(LEFT_OUT) <= set(TABLES)


TEXTS = {
    CellKind.NUMBER: "45292",
    CellKind.STYLED_NUMBER: "45292",
    CellKind.BOOLEAN: "TRUE",
    CellKind.DATE: "2024-03-01",
    CellKind.DATETIME: "2024-03-01 12:30:00",
    CellKind.TIME: "12:30:00",
    CellKind.ERROR: "#N/A",
    CellKind.NO_VALUE: "=A1",
}
SENT = {
    (CellType.TEXT, CellKind.NUMBER): "45292",
    (CellType.INTEGER, CellKind.NUMBER): "45292",
    (CellType.INTEGER, CellKind.STYLED_NUMBER): "45292",
    (CellType.DECIMAL, CellKind.NUMBER): "45292",
    (CellType.DECIMAL, CellKind.STYLED_NUMBER): "45292",
    (CellType.BOOLEAN, CellKind.BOOLEAN): "1",
    (CellType.DATE, CellKind.DATE): "2024-03-01",
    (CellType.DATETIME, CellKind.DATE): "2024-03-01 00:00",
    (CellType.DATETIME, CellKind.DATETIME): "2024-03-01 12:30",
}
REFUSED_AS = {
    CellType.TEXT: "needs-type",
    CellType.INTEGER: "bad-integer",
    CellType.DECIMAL: "bad-number",
    CellType.BOOLEAN: "bad-boolean",
    CellType.DATE: "bad-date",
    CellType.DATETIME: "bad-date",
}
UNREADABLE_AS = {CellKind.ERROR: "error-cell", CellKind.NO_VALUE: "no-value"}


@pytest.mark.parametrize("kind", CellKind)
@pytest.mark.parametrize("cell_type", CellType)
def test_every_kind_of_cell_is_sent_or_refused_under_every_type(
    cell_type: CellType, kind: CellKind
) -> None:
    rule = CellRule.model_validate({"column": "A", "type": str(cell_type)})
    context = RuleContext("--CLEAR--", "Europe/Warsaw", can_clear=True)
    mapped = CompiledRule(rule, context).of_cell(typed_cell(kind, TEXTS[kind]))
    expected = SENT.get((cell_type, kind)) or UNREADABLE_AS.get(kind) or REFUSED_AS[cell_type]
    assert (mapped.code if isinstance(mapped, Issue) else mapped) == expected


def test_the_schema_offers_every_type() -> None:
    schema: Any = json_schema()
    assert set(schema["$defs"]["CellRule"]["properties"]["type"]["enum"]) == set(CellType)


def test_the_value_of_a_number_cell_is_exact() -> None:
    assert typed_cell(CellKind.NUMBER, "0.10").value == Decimal("0.10")


WELL_ENDED = {
    Status.UPDATED, Status.UNCHANGED, Status.FILTERED, Status.NOT_SENT, Status.PLANNED,
}  # fmt: skip


def test_every_outcome_needs_attention_or_does_not() -> None:
    assert WELL_ENDED.isdisjoint(NEEDS_ATTENTION)
    assert WELL_ENDED | set(NEEDS_ATTENTION) == set(Status)
