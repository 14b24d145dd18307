"""How a row's reasons are stored: compact JSON of codes and parameters, without messages."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from bulk_update.records import Issue, Param

VERBATIM = "said"
"""The parameter for a complete message: in older ledgers, and in errors that end a run."""

NO_REASONS = "[]"

_LONGEST_TEXT = 4000
"""Characters of a parameter; a cell may have many more, but no message quotes them."""


def stored(issues: Iterable[Issue]) -> str:
    """Return the reasons of a row as a JSON array."""
    return joined(map(stored_one, issues))


def stored_one(issue: Issue) -> str:
    """Return one element of the array that `stored` returns."""
    return json.dumps(_object(issue), separators=(",", ":"))


def _object(issue: Issue) -> dict[str, object]:
    found: dict[str, object] = {"code": issue.code}
    if issue.variant:
        found["variant"] = issue.variant
    if issue.columns:
        found["columns"] = issue.columns
    if issue.params:
        found["params"] = {name: _written(value) for name, value in issue.params.items()}
    return found


def _written(value: Param) -> object:
    if isinstance(value, Issue):
        return _object(value)
    return value[:_LONGEST_TEXT] if isinstance(value, str) else value


def joined(elements: Iterable[str]) -> str:
    """Return an array of elements from `stored_one`."""
    return f"[{','.join(elements)}]"


def said(code: str, sentence: str) -> Issue:
    """Return a reason with a complete message that was written elsewhere."""
    return Issue(code, {VERBATIM: sentence})


def restored(text: str) -> tuple[Issue, ...]:
    """Return the issues that were passed to `stored`."""
    return tuple(map(_issue, json.loads(text)))


def _issue(found: dict[str, Any]) -> Issue:
    params = {name: _param(value) for name, value in found.get("params", {}).items()}
    columns = tuple(found.get("columns", ()))
    return Issue(found["code"], params, found.get("variant", ""), columns)


def _param(value: Any) -> Param:
    if isinstance(value, dict):
        return _issue(value)
    return tuple(value) if isinstance(value, list) else value
