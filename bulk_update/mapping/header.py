"""Where the mapping's columns stand in a file's header."""

from __future__ import annotations

from collections.abc import Sequence

from bulk_update.errors import MappingError
from bulk_update.mapping.columns import column_key, find_columns, nearest_name
from bulk_update.mapping.mapping import Mapping
from bulk_update.mapping.quoting import quoted, quoted_list


def positions_of(
    mapping: Mapping, *, header: Sequence[str], mapping_path: str, file_name: str
) -> dict[str, int]:
    """Return the position, from 0, of each column that the mapping mentions.

    Raises MappingError that lists every column that is missing or stands there twice.
    """
    search = find_columns(header, mapping.column_names)
    if search.complete:
        return search.positions
    faults = {name: _missing(name, header, file_name) for name in search.missing}
    faults |= {name: _doubled(name, header, file_name) for name in search.doubled}
    lines = (
        f"{_place(mapping, name, mapping_path)}: {faults[name]}"
        for name in mapping.column_names
        if name in faults
    )
    named = quoted_list(name for name in header if column_key(name))
    raise MappingError("\n".join(lines), hint=f"{file_name} has the columns {named}")


def _place(mapping: Mapping, name: str, mapping_path: str) -> str:
    place = mapping.place_of(name)
    return f"{mapping_path}:{place.line}:{place.column}" if place else mapping_path


def _missing(name: str, header: Sequence[str], file_name: str) -> str:
    near = nearest_name(name, (known for known in header if column_key(known)))
    hint = f" (did you mean {quoted(near)}?)" if near else ""
    return f"{file_name} has no column {quoted(name)}{hint}"


def _doubled(name: str, header: Sequence[str], file_name: str) -> str:
    key = column_key(name)
    numbers = [str(n) for n, other in enumerate(header, start=1) if column_key(other) == key]
    places = " and ".join(numbers)
    return f"{file_name} has the column {quoted(name)} more than once (columns {places})"
