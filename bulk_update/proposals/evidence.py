"""What is known before anything is proposed: of each column, of the table, and of earlier runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bulk_update.messages.remarks import Remark
from bulk_update.proposals.readings import Fit
from bulk_update.proposals.shapes import Shape
from bulk_update.records import CellKind

MOST_LISTED = 40
"""A column with more different texts holds no words that a mapping could list."""


@dataclass(frozen=True, slots=True)
class ColumnEvidence:
    """What a whole column holds.

    `values` are its different texts with how often each occurs, the most frequent first; None
    where there are more than MOST_LISTED. `fits` are readings of its text cells, `date_cells` that
    of a workbook's date cells. `examples` are the first different texts. `unique` tells
    whether all filled cells differ; None where that was not looked at. `damaged` are cells that
    cannot be identifiers, `unreadable` those with an error or without a value. `counts_rows`: the
    cells number the rows. `lost_zeros`: digits of different lengths, some with zeros in front.
    `is_like_quantity`: whole numbers that may as well be sums or counts.
    """

    name: str
    rows: int
    blanks: int
    values: tuple[tuple[str, int], ...] | None
    examples: tuple[str, ...]
    kinds: Mapping[CellKind | None, int]
    shapes: frozenset[Shape]
    fits: tuple[Fit, ...]
    date_cells: Fit | None
    unique: bool | None
    sample: tuple[str, ...]
    damaged: int
    damaged_example: str
    counts_rows: bool
    lost_zeros: bool
    is_like_quantity: bool

    @property
    def filled(self) -> int:
        """How many cells are not blank."""
        return self.rows - self.blanks

    @property
    def texts(self) -> int:
        """How many filled cells are text, not numbers or dates of a workbook."""
        return self.kinds.get(None, 0)

    @property
    def unreadable(self) -> int:
        """How many cells show an error or have no value."""
        return self.kinds.get(CellKind.ERROR, 0) + self.kinds.get(CellKind.NO_VALUE, 0)


@dataclass(frozen=True, slots=True)
class SourceOption:
    """A line that may belong below `source`, and what speaks for it."""

    key: str
    value: str | int
    remark: Remark | None = None


@dataclass(frozen=True, slots=True)
class SourceEvidence:
    """How the file is read: what is certain, and what a person has to decide.

    `open` holds, for each undecided key, what is to be decided; `options` are the lines that may
    be right. While the table itself is undecided (`is_table_certain` is False), no column is.
    `is_encoding_certain` False: only names and texts in ASCII are certain.
    """

    lines: tuple[SourceOption, ...] = ()
    options: tuple[SourceOption, ...] = ()
    open: Mapping[str, Remark] = field(default_factory=dict)
    notes: tuple[Remark, ...] = ()
    is_table_certain: bool = True
    is_encoding_certain: bool = True


@dataclass(frozen=True, slots=True)
class TableEvidence:
    """A surveyed file: `doubled` names occur twice in its header, `ragged` rows fit no header."""

    source: SourceEvidence
    columns: tuple[ColumnEvidence, ...]
    doubled: tuple[str, ...] = ()
    rows: int = 0
    ragged: int = 0


@dataclass(frozen=True, slots=True)
class KnownCampaign:
    """What earlier runs tell of a campaign.

    `column` holds identifiers of its records: `hits` of a sample of `sampled`; no column where the
    file names the campaign itself. `fields` are the record fields that the service has accepted.
    """

    campaign_id: str
    fields: tuple[str, ...]
    column: str | None = None
    hits: int = 0
    sampled: int = 0
