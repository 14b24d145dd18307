"""Applies the mapping to chunks of rows, column by column."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from bulk_update.mapping import Mapping
from bulk_update.readback import moment_us
from bulk_update.records import Chunk, MappedChunk
from bulk_update.translation.bodies import bodies_of
from bulk_update.translation.change_counter import ChangeCounter
from bulk_update.translation.column_rules import column_rules
from bulk_update.translation.file_counter import FileCounter
from bulk_update.translation.live_checks import References, live_checks
from bulk_update.translation.mapped_columns import MappedColumn
from bulk_update.translation.marks import marked_cells
from bulk_update.translation.notes import FileNotes
from bulk_update.translation.priority import Priority
from bulk_update.translation.row_outcomes import field_masks, row_outcomes


class Translator:
    """Maps chunks of a file's rows to requests.

    A row is `invalid` with all its reasons (a fault of the row itself; or those of `where`,
    campaign, identifier and the fields in the mapping's order), or it is `filtered`, or it has a
    body. `positions` are the positions of the mapped columns from 0, by name. A `failed.csv`
    (`is_failed_csv`) may contain values in this tool's own notation, and marks. `today` is the day
    of the run, on which date bounds may depend. `notes`, `changes` and `counter` grow while chunks
    are translated. Rows are checked against `references`, which a mapping with names of statuses
    needs.
    """

    def __init__(
        self,
        mapping: Mapping,
        *,
        positions: MappingOf[str, int],
        today: date,
        is_failed_csv: bool = False,
        references: References | None = None,
    ) -> None:
        self._rules = column_rules(
            mapping, positions=positions, is_failed_csv=is_failed_csv, today=today
        )
        self.notes = FileNotes(mapping, today=today)
        priority = None
        if mapping.priority is not None:
            priority = Priority(mapping.priority, position=positions[mapping.priority.column])
        self.changes = ChangeCounter(mapping, priority)
        self.counter = FileCounter(mapping)
        self._zone = ZoneInfo(mapping.api_timezone)
        # Without references, the name of a status must not be taken for an id.
        named = [path for path, _ in mapping.update.rules()]
        self._paths = named if references is None else mapping.body_paths
        self._checks = live_checks(mapping, references)

    def translate(self, chunk: Chunk) -> MappedChunk:
        """Map every row of a chunk; each sequence of the result has one entry per row."""
        mapped = self._rules.map_frame(chunk.frame)
        columns = self._checks.checked(chunk, mapped) if self._checks else mapped
        fields = field_masks(columns.fields)
        rows = row_outcomes(chunk, columns, fields)
        self.notes.see(chunk, mapped, rows.outcomes)
        self.changes.see(chunk, columns, rows.masks)
        self.counter.see(mapped, columns.fields, fields, rows)
        bodies = bodies_of(columns.fields, paths=self._paths, masks=rows.masks)
        cells = marked_cells(chunk, columns, outcomes=rows.outcomes)
        return MappedChunk(
            numbers=chunk.frame.index.tolist(),
            campaign_ids=columns.campaigns.valid_results(),
            identifiers=columns.identifiers.valid_results(),
            cells=cells,
            bodies=bodies,
            fields=rows.masks,
            outcomes=rows.outcomes,
            codes=rows.codes,
            reasons=rows.reasons,
            exported_at_us=self._exported_at_us(columns.exported),
        )

    def _exported_at_us(self, exported: MappedColumn[str | None] | None) -> Sequence[int | None]:
        if exported is None:
            return ()
        moments = [
            moment_us(text, self._zone) if isinstance(text, str) else None
            for text in exported.results
        ]
        rows: list[int | None] = exported.spread(moments, np.object_).tolist()
        return rows
