"""Staging: a file's rows are stored before any of them is planned or sent.

A chunk of rows is written by one COPY, which is faster than any INSERT.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import compress

from bulk_update.bookkeeping import KnownBefore
from bulk_update.bookkeeping.row_keys import NUMBER_MASK, bounds_of, row_id_of
from bulk_update.ledger_postgres.connection import Connection
from bulk_update.ledger_postgres.corrections import inherit_corrections
from bulk_update.ledger_postgres.database import copy_rows
from bulk_update.ledger_postgres.history import inherit_doubt
from bulk_update.ledger_postgres.reversals import inherit_reversals
from bulk_update.ledger_postgres.sent_values import HOLDS_VALUES
from bulk_update.records import MappedChunk

_SAID = {"id": "int8", "campaign_id": "text", "identifier": "text", "cells": "bytea"}
_CHANGE = {**_SAID, "body": "bytea", "fields": "bytea"}
_VERDICT = {"outcome": "text", "code": "text", "reasons": "text"}
_ROW = {**_CHANGE, **_VERDICT}
_EXPORT_TIME = {"row_id": "int8", "exported_at_us": "int8"}
"""Columns with their types."""

_CREATE_NEW = "CREATE TEMP TABLE IF NOT EXISTS new_row (LIKE row) ON COMMIT DELETE ROWS"
"""The rows of a chunk that are compared with what their records hold."""

_COMPARED = f"""
INSERT INTO row ({", ".join(_ROW)})
SELECT {", ".join(f"new_row.{name}" for name in _CHANGE)}, {
    ", ".join(f"CASE WHEN record.run IS NOT NULL THEN %({name})s END" for name in _VERDICT)
}
FROM new_row LEFT JOIN record ON {HOLDS_VALUES.format(row="new_row")}
"""


_STAGE_AGAIN = f"""
INSERT INTO row (id, campaign_id, identifier, cells, body, fields)
SELECT (row.id & {NUMBER_MASK}) | %(base)s::bigint, campaign_id, identifier, cells, body, fields
FROM row JOIN outcome ON outcome.row_id = row.id
WHERE row.id BETWEEN %(first)s AND %(last)s AND row.outcome IS NULL
  AND outcome.outcome IN ('rejected', 'failed', 'in_doubt')
"""

_INHERIT_EXPORT_TIMES = f"""
INSERT INTO export_time
SELECT row.id, exported_at_us
FROM export_time JOIN row ON row.id = (export_time.row_id & {NUMBER_MASK}) | %(base)s::bigint
WHERE export_time.row_id BETWEEN %(first)s AND %(last)s
"""


class Stager:
    """Writes a run's rows chunk by chunk; rows that need not be sent become `unchanged`."""

    def __init__(self, connection: Connection, run: int, known: KnownBefore) -> None:
        self._connection = connection
        self._base = row_id_of(run, 0)
        self._known = known

    def add(self, chunk: MappedChunk) -> None:
        """Write the rows of a chunk, within the caller's transaction."""
        copy_rows(self._connection, "export_time", _EXPORT_TIME, self._export_times(chunk))
        if self._known.compared_at is None:
            copy_rows(self._connection, "row", _ROW, self._rows(chunk))
            return
        waits = [outcome is None for outcome in chunk.outcomes]
        is_settled = [not each for each in waits]
        copy_rows(self._connection, "row", _ROW, compress(self._rows(chunk), is_settled))
        self._connection.execute(_CREATE_NEW)
        copy_rows(self._connection, "new_row", _ROW, compress(self._rows(chunk), waits))
        self._connection.execute("ANALYZE new_row")
        values = dict(zip(_VERDICT, self._known.verdict, strict=True))
        self._connection.execute(_COMPARED, {**values, "compared_at": self._known.compared_at})

    def _rows(self, chunk: MappedChunk) -> Iterator[tuple[object, ...]]:
        """Yield the values of each row; one that was settled when it was read sends nothing."""
        waiting = [outcome is None for outcome in chunk.outcomes]
        return zip(
            [self._base | number for number in chunk.numbers],
            chunk.campaign_ids,
            chunk.identifiers,
            chunk.cells,
            [
                body.encode() if waits and body is not None else None
                for body, waits in zip(chunk.bodies, waiting, strict=True)
            ],
            [mask if waits else None for mask, waits in zip(chunk.fields, waiting, strict=True)],
            chunk.outcomes,
            chunk.codes,
            chunk.reasons,
            strict=True,
        )

    def _export_times(self, chunk: MappedChunk) -> Iterator[tuple[object, ...]]:
        for number, moment in zip(chunk.numbers, chunk.exported_at_us, strict=False):
            if moment is not None:
                yield self._base | number, moment


def stage_again(connection: Connection, run: int, *, parent: int) -> int:
    """Stage the rejected, failed and doubtful rows of a run again; return how many."""
    values = {**bounds_of(parent), "base": row_id_of(run, 0)}
    staged = connection.execute(_STAGE_AGAIN, values).rowcount
    inherit_doubt(connection, run, parent=parent)
    inherit_corrections(connection, run, parent=parent)
    inherit_reversals(connection, run, parent=parent)
    connection.execute(_INHERIT_EXPORT_TIMES, values)
    return staged
