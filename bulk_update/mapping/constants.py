"""Checks of a mapping's constants: each value, default and lookup is mapped by its own rule.

A constant that cannot be sent is a fault of the mapping, not of every row. Rules are checked one
by one so that a fault elsewhere in the file does not hide these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from bulk_update.cells.comparison import as_seen
from bulk_update.mapping import scalars
from bulk_update.mapping.compiled_rules import CompiledRule, Mapped, RuleContext
from bulk_update.mapping.document import Path
from bulk_update.mapping.faults import finding
from bulk_update.mapping.mapping import DEFAULT_CLEARING, DEFAULT_TIMEZONE
from bulk_update.mapping.rule_schema import Case, CellRule, blank_words
from bulk_update.mapping.schema import RECORD_FIELDS
from bulk_update.mapping.value_scalars import time_zone
from bulk_update.records import Issue


def constant_faults(content: dict[str, Any]) -> Iterator[tuple[Path, Issue]]:
    """Yield path and finding of each constant that cannot be sent."""
    for path, raw_rule in _raw_rules(content.get("update")):
        try:
            rule = CellRule.model_validate(raw_rule)
        except ValidationError:  # reported with the faults of the schema
            continue
        context = _context(content, rule, can_clear=path[0] == RECORD_FIELDS)
        for inner, issue in _faults(rule, context):
            yield ("update", *path, *inner), issue


def _raw_rules(update: Any) -> Iterator[tuple[Path, Any]]:
    if not isinstance(update, dict):
        return
    for key, value in update.items():
        if key != RECORD_FIELDS:
            yield (key,), value
        elif isinstance(value, dict):
            yield from (((key, name), rule) for name, rule in value.items())


def _context(content: dict[str, Any], rule: CellRule, *, can_clear: bool) -> RuleContext:
    words = content.get("blanks")
    return RuleContext(
        blanks=blank_words(map(str, words) if isinstance(words, list) else (), rule.blanks),
        clear_token=_read(scalars.clear_token, content.get("clear_token")) or DEFAULT_CLEARING,
        api_timezone=_read(time_zone, content.get("api_timezone")) or DEFAULT_TIMEZONE,
        can_clear=can_clear,
    )


def _read(read: Any, value: Any) -> str | None:
    try:
        return str(read(value)) if value is not None else None
    except ValueError:
        return None


def _faults(rule: CellRule, context: RuleContext) -> Iterator[tuple[Path, Issue]]:
    compiled = CompiledRule(rule, context)
    if rule.value is not None:
        mapped = compiled.of_constant(rule.value)
        if mapped is None:
            yield ("value",), finding("blank-value")
        yield from _issue(("value",), mapped)
    if rule.default is not None:
        yield from _token(("default",), rule.default, context)
        yield from _issue(("default",), compiled.of_constant(rule.default))
    for key, value in (rule.lookup or {}).items():
        yield from _key(key, rule, context)
        yield from _token(("lookup", key), value, context)
        yield from _issue(("lookup", key), compiled.of_found(value))
    yield from _keys_alike(rule.lookup or {})


def _keys_alike(lookup: Mapping[str, str]) -> Iterator[tuple[Path, Issue]]:
    """Yield a fault for each key that looks like an earlier one but has another value."""
    first: dict[str, str] = {}
    for key, value in lookup.items():
        other = first.setdefault(as_seen(key), key)
        if lookup[other] != value:
            yield ("lookup", key), finding("alike-keys", text=key, other=other)


def _issue(path: Path, mapped: Mapped) -> Iterator[tuple[Path, Issue]]:
    if isinstance(mapped, Issue):
        yield path, mapped


def _token(path: Path, text: str, context: RuleContext) -> Iterator[tuple[Path, Issue]]:
    if text.strip() == context.clear_token:
        yield path, finding("token-in-rule", text=text)


def _key(key: str, rule: CellRule, context: RuleContext) -> Iterator[tuple[Path, Issue]]:
    """Yield a fault for a key that no cell can match after the steps before the lookup."""
    cell = key.strip() if rule.strip else key
    if not cell.strip() or cell == context.clear_token or cell in context.blanks:
        yield ("lookup", key), finding("unreachable-key", text=key)
        return
    cell = cell.translate(str.maketrans("", "", rule.remove or ""))
    if rule.case:
        cell = cell.upper() if rule.case is Case.UPPER else cell.lower()
    if as_seen(cell) != as_seen(key):
        yield ("lookup", key), finding("changed-key", text=key, cell=cell)
