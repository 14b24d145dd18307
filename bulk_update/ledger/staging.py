"""Staging: a file's rows are stored before any of them is planned or sent.

One statement writes thousands of rows. With one statement per row, threads would wait for each
other at every row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain, compress
from operator import not_

from bulk_update.bookkeeping.known_before import KnownBefore
from bulk_update.bookkeeping.row_keys import NUMBER_MASK, row_id_of, row_ids_of
from bulk_update.ledger.corrections import inherit_corrections
from bulk_update.ledger.history import inherit_doubt
from bulk_update.ledger.reversals import inherit_reversals
from bulk_update.ledger.sent_values import HOLDS_VALUES
from bulk_update.records import MappedChunk

_SAID = {"id": "?", "campaign_id": "?", "identifier": "?", "cells": "?"}
_CHANGE = {**_SAID, "body": "CAST(? AS BLOB)", "fields": "?"}
_VERDICT = {"outcome": "?", "code": "?", "reasons": "?"}
"""Columns with their SQL placeholders."""

_ROWS_A_STATEMENT = 4096
"""SQLite binds at most 32,766 values, and a settled row has 7."""

_MOST_WAITING_BYTES = 4_000_000
"""About how many bytes of cells may wait, so that long rows are written early."""

_STAGE = "INSERT INTO row ({columns}) VALUES {rows}"

_COMPARED = f"""
WITH new ({{columns}}) AS (VALUES {{rows}})
INSERT INTO row ({{columns}}, {", ".join(_VERDICT)})
SELECT new.*, {", ".join(["iif(record.run, ?, NULL)"] * len(_VERDICT))}
FROM new LEFT JOIN record ON {HOLDS_VALUES.format(row="new")}
"""


class Stager:
    """Writes a run's rows chunk by chunk; rows that need not be sent become `unchanged`.

    The last rows of a chunk may be written with the next chunk, or by `finish`.
    """

    def __init__(self, connection: sqlite3.Connection, run: int, known: KnownBefore) -> None:
        self._connection = connection
        self._base = row_id_of(run, 0)
        self._changes = _changes(connection, known)
        self._settled = _Inserts(connection, _STAGE, {**_SAID, **_VERDICT})

    def add(self, chunk: MappedChunk) -> None:
        """Write the rows of a chunk, within the caller's transaction."""
        # sqlite3 binds a bytearray directly. For bytes it first looks for an adapter, which
        # doubles the time per value.
        masks: dict[bytes | None, bytearray] = {
            mask: bytearray(mask) for mask in set(chunk.fields) if mask is not None
        }
        said = (
            [self._base | number for number in chunk.numbers],
            chunk.campaign_ids,
            chunk.identifiers,
            list(map(bytearray, chunk.cells)),
        )
        changes = (*said, chunk.bodies, list(map(masks.get, chunk.fields)))
        self._add_export_times(chunk)
        if any(chunk.outcomes):
            settled = (*said, chunk.outcomes, chunk.codes, chunk.reasons)
            self._settled.add(compress(column, chunk.outcomes) for column in settled)
            waits = list(map(not_, chunk.outcomes))
            self._changes.add(compress(column, waits) for column in changes)
        else:
            self._changes.add(changes)
        bytes_a_row = sum(map(len, chunk.cells)) / max(len(chunk.cells), 1)
        if (self._changes.rows + self._settled.rows) * bytes_a_row > _MOST_WAITING_BYTES:
            self.finish()

    def _add_export_times(self, chunk: MappedChunk) -> None:
        self._connection.executemany(
            "INSERT INTO export_time VALUES (?, ?)",
            (
                (self._base | number, moment)
                for number, moment in zip(chunk.numbers, chunk.exported_at_us, strict=False)
                if moment is not None
            ),
        )

    def finish(self) -> None:
        """Write the waiting rows, within the caller's transaction."""
        self._changes.finish()
        self._settled.finish()


def _changes(connection: sqlite3.Connection, known: KnownBefore) -> _Inserts:
    if known.compared_at is not None:
        return _Inserts(connection, _COMPARED, _CHANGE, (*known.verdict, known.compared_at))
    return _Inserts(connection, _STAGE, _CHANGE)


class _Inserts:
    """Rows of one kind, written when they fill a statement; `finish` writes the rest.

    SQLite takes 2 µs per row to prepare a statement, and up to 4 MB to cache it. All statements
    therefore have the same size, or a power of two for the rest. `after` holds the values that
    each statement needs after those of the rows.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        statement: str,
        columns: dict[str, str],
        after: Sequence[object] = (),
    ) -> None:
        self._connection = connection
        self._width = len(columns)
        self._after = after
        self._waiting: list[object] = []
        self._one_row = f"({', '.join(columns.values())})"
        self._statement = statement.replace("{columns}", ", ".join(columns))

    @property
    def rows(self) -> int:
        """How many rows are waiting."""
        return len(self._waiting) // self._width

    def add(self, columns: Iterable[Iterable[object]]) -> None:
        self._waiting += chain.from_iterable(zip(*columns, strict=True))
        while self.rows >= _ROWS_A_STATEMENT:
            self._write(_ROWS_A_STATEMENT)

    def finish(self) -> None:
        while self.rows:
            self._write(1 << self.rows.bit_length() - 1)

    def _write(self, rows: int) -> None:
        size = rows * self._width
        values, self._waiting = self._waiting[:size], self._waiting[size:]
        self._connection.execute(self._inserting(rows), (*values, *self._after))

    def _inserting(self, rows: int) -> str:
        return self._statement.replace("{rows}", ", ".join([self._one_row] * rows))


def stage_again(connection: sqlite3.Connection, run: int, *, parent: int) -> int:
    """Stage the rejected, failed and doubtful rows of a run again; return how many."""
    first, last = row_ids_of(parent)
    staged = connection.execute(
        """
        INSERT INTO row (id, campaign_id, identifier, cells, body, fields)
        SELECT (row.id & ?) | ?, campaign_id, identifier, cells, body, fields
        FROM row JOIN outcome ON outcome.row_id = row.id
        WHERE row.id BETWEEN ? AND ? AND row.outcome IS NULL
          AND outcome.outcome IN ('rejected', 'failed', 'in_doubt')
        """,
        (NUMBER_MASK, row_ids_of(run)[0], first, last),
    )
    inherit_doubt(connection, run, parent=parent)
    inherit_corrections(connection, run, parent=parent)
    inherit_reversals(connection, run, parent=parent)
    connection.execute(
        """
        INSERT INTO export_time
        SELECT row.id, exported_at_us FROM row JOIN export_time
            ON export_time.row_id = (row.id & :mask) | :parent
        WHERE row.id BETWEEN :first AND :last
        """,
        {
            "mask": NUMBER_MASK,
            "parent": first,
            "first": row_ids_of(run)[0],
            "last": row_ids_of(run)[1],
        },
    )
    return staged.rowcount
