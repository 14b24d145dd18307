"""The known values of a record: JSON shaped like a body, in which null is an unknown value.

The body of a row that ended `updated` is merged into them (RFC 7396, JSON Merge Patch).
"""

from __future__ import annotations

import json
from typing import Any


def unknown(body: str) -> str:
    """Return the merge patch that makes all fields of a body unknown."""
    return _json(_nulls(json.loads(body)))


def merged(known: str, patch: str) -> str:
    """Return known values into which a patch is merged: null removes a value."""
    if known == patch:
        return known
    return _json(_merged(json.loads(known), json.loads(patch)))


def compacted(text: str) -> str:
    """Return JSON without spaces."""
    return _json(json.loads(text))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _nulls(member) for name, member in value.items()}
    return None


def _merged(known: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    result = dict(known) if isinstance(known, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name), value)
    return result
