"""The evidence for proposals: about each column, the table, and earlier runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bulk_update.messages.remarks import Remark
from bulk_update.proposals.readings import Fit
from bulk_update.proposals.shapes import Shape
from bulk_update.records import CellKind

MOST_LISTED = 40
"""A column with more distinct texts has too many for a mapping to list."""


@dataclass(frozen=True, slots=True)
class ColumnEvidence:
    """The contents of a whole column.

    `values` are its distinct texts with their counts, the most frequent first; None if there are
    more than MOST_LISTED. `fits` are the readings of its text cells, `date_cells` that of a
    workbook's date cells. `examples` are the first distinct texts. `unique` says whether all filled
    cells differ; None if this was not checked. `damaged` counts cells that cannot be identifiers,
    `unreadable` those with an error or without a value. `counts_rows`: the cells number the rows.
    `lost_zeros`: digits of different lengths, some with leading zeros; `padded_length` is the
    length of these, 0 if it varies. `is_like_quantity`: integers that could also be amounts or
    counts. `blank_words` are texts that may mean "no value", with their counts: shapes, kinds and
    fits ignore them. `phone_signs` are the characters of phone numbers besides digits and a plus.
    `misplaced_text` is the first text among the typed cells of a workbook, `has_fractions` whether
    any of its number cells has one.
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
    padded_length: int
    is_like_quantity: bool
    blank_words: tuple[tuple[str, int], ...]
    phone_signs: str
    misplaced_text: str
    has_fractions: bool

    @property
    def filled(self) -> int:
        """The number of cells that are not blank."""
        return self.rows - self.blanks

    @property
    def texts(self) -> int:
        """The number of filled cells that are text, not numbers or dates of a workbook."""
        return self.kinds.get(None, 0)

    @property
    def unreadable(self) -> int:
        """The number of cells that show an error or have no value."""
        return self.kinds.get(CellKind.ERROR, 0) + self.kinds.get(CellKind.NO_VALUE, 0)


@dataclass(frozen=True, slots=True)
class SourceOption:
    """A possible line below `source`, with the evidence for it."""

    key: str
    value: str | int
    remark: Remark | None = None


@dataclass(frozen=True, slots=True)
class SourceEvidence:
    """How to read the file: what is certain, and what a person has to decide.

    `open` describes the decision for each undecided key; `options` are the possible lines. If
    `is_table_certain` is False, no column is certain. If `is_encoding_certain` is False, only
    names and texts in ASCII are certain.
    """

    lines: tuple[SourceOption, ...] = ()
    options: tuple[SourceOption, ...] = ()
    open: Mapping[str, Remark] = field(default_factory=dict)
    notes: tuple[Remark, ...] = ()
    is_table_certain: bool = True
    is_encoding_certain: bool = True


@dataclass(frozen=True, slots=True)
class TableEvidence:
    """A surveyed file. `doubled` names occur twice in its header; `ragged` rows do not fit it."""

    source: SourceEvidence
    columns: tuple[ColumnEvidence, ...]
    doubled: tuple[str, ...] = ()
    rows: int = 0
    ragged: int = 0


@dataclass(frozen=True, slots=True)
class KnownCampaign:
    """What earlier runs show about a campaign.

    `column` holds identifiers of its records: `hits` of `sampled` cells matched; None if the file
    names the campaign itself. `fields` are the record fields that the service has accepted.
    """

    campaign_id: str
    fields: tuple[str, ...]
    column: str | None = None
    hits: int = 0
    sampled: int = 0
