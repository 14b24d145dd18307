"""The order of sending that a mapping asks for, bound to the columns of a run's file."""

from __future__ import annotations

import json

from bulk_update.columns import find_columns
from bulk_update.job.mapped_file import placing_columns
from bulk_update.job.request import LoadedMapping
from bulk_update.ledger import Run
from bulk_update.readers import require_columns
from bulk_update.translation import Priority


def priority_of(loaded: LoadedMapping, run: Run) -> Priority | None:
    """Return which rows of a run are sent first, or None if the mapping does not say.

    Raises MappingError unless the file has the column exactly once. The mapping may have changed
    since the file was read.
    """
    section = loaded.mapping.priority
    if section is None:
        return None
    header = json.loads(run.header)
    search = find_columns(header, [section.column])
    with placing_columns(loaded):
        require_columns(search, header, place=run.input_path)
    return Priority(section, position=search.positions[section.column])
