"""Request bodies: compact JSON, all values strings, keys in the mapping's order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from json.encoder import encode_basestring

import numpy as np

from bulk_update.mapping.document import Path
from bulk_update.mapping.schema import RECORD_FIELDS
from bulk_update.translation.mapped_columns import MappedColumn
from bulk_update.translation.row_outcomes import fields_in

_SENT, _LEFT_OUT = "%s", "%.0s"
"""Both consume one value of a row; the second prints nothing."""


def bodies_of(
    fields: Sequence[MappedColumn[str | None]],
    *,
    paths: Sequence[Path],
    masks: Sequence[bytes | None],
) -> list[str | None]:
    """Return the body of each row that has a mask; the mask says which fields the body contains.

    Rows with the same fields share a template, which is filled with their values.
    """
    templates = {
        mask: _template(paths, fields_in(mask, fields=len(paths))) for mask in set(masks) if mask
    }
    values = zip(*map(_values, fields), strict=True)
    return [
        None if mask is None else templates[mask] % texts
        for mask, texts in zip(masks, values, strict=True)
    ]


def _values(field: MappedColumn[str | None]) -> list[str]:
    values = [encode_basestring(text) if isinstance(text, str) else "" for text in field.results]
    rows: list[str] = field.spread(values, np.object_).tolist()
    return rows


def _template(paths: Sequence[Path], is_sent: Sequence[bool]) -> str:
    members = ""
    for is_nested, group in groupby(zip(paths, is_sent, strict=True), key=_is_nested):
        inner = "".join(_member(str(path[-1]), is_sent=sent) for path, sent in group)
        if is_nested and "," in inner:
            members += f",{encode_basestring(RECORD_FIELDS)}:{_object(inner)}"
        else:
            members += inner
    return _object(members)


def _is_nested(field: tuple[Path, bool]) -> bool:
    path, _ = field
    return path[0] == RECORD_FIELDS


def _member(name: str, *, is_sent: bool) -> str:
    key = encode_basestring(name).replace("%", "%%")
    return f",{key}:{_SENT}" if is_sent else _LEFT_OUT


def _object(members: str) -> str:
    """Return the JSON object of `members`, each of which begins with a comma."""
    return f"{{{members.replace(',', '', 1)}}}"
