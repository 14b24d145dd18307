"""The identifier of a cell, according to a rule or to none."""

from __future__ import annotations

from typing import Any

from bulk_update.mapping.identifier_rules import CompiledIdentifier
from bulk_update.mapping.rule_schema import IdentifierRule, blank_words
from bulk_update.records import Cell, Issue


def identifier_of(keys: dict[str, Any], cell: Cell) -> str | Issue:
    """Return what a rule with these keys makes of a cell."""
    texts = {key: value if isinstance(value, list) else str(value) for key, value in keys.items()}
    rule = IdentifierRule.model_validate({"column": "ID", **texts})
    return CompiledIdentifier(rule, blanks=blank_words(rule.blanks)).of_cell(cell)


def read_identifier(cell: Cell) -> str | Issue:
    """Return what a rule without keys makes of a cell."""
    return identifier_of({}, cell)
