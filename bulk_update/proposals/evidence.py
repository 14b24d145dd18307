"""The evidence for proposals: about each column, the table, and earlier runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bulk_update.cells.comparison import as_seen
from bulk_update.messages.remarks import Remark
from bulk_update.proposals.readings import Fit
from bulk_update.proposals.shapes import Shape
from bulk_update.records import CellKind
from bulk_update.reference import Agent, CampaignReference, CampaignStatus

MOST_LISTED = 40
"""A column with more distinct texts has too many for a mapping to list."""


@dataclass(frozen=True, slots=True)
class ColumnEvidence:
    """The contents of a whole column.

    `values` are its distinct texts with their counts, the most frequent first; None if there are
    more than MOST_LISTED. `fits` are the readings of its text cells, `date_cells` that of a
    workbook's date cells. `examples` are the first distinct texts. `unique` says whether all filled
    cells differ; None if this was not checked. `damaged` counts cells that cannot be identifiers,
    `unreadable` those that are damaged, show an error or have no value. `counts_rows`: the cells
    number the rows. `lost_zeros`: digits of different lengths, some with leading zeros;
    `padded_length` is the length of these, 0 if it varies. `is_like_quantity`: integers that could
    also be amounts or counts. `blank_words` are texts that may mean "no value", with their counts:
    shapes, kinds and fits ignore them. Damaged texts count as error cells, which shapes and fits
    ignore. `phone_signs` are the characters of phone numbers besides digits and a plus.
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
        """The number of cells that are damaged, show an error or have no value."""
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
class LiveCampaigns:
    """What the service shows of the campaigns of a file; several campaigns have what all have.

    `names` are the names that one status has, as people see them, and `shown` those to show with
    their ids. `logins` are those of active agents. None: the service does not show them.
    """

    names: frozenset[str] | None
    ids: frozenset[str] | None
    shown: tuple[str, ...]
    logins: frozenset[str] | None


def live_campaigns(references: Sequence[CampaignReference]) -> LiveCampaigns:
    """Return what several campaigns, at least one, have in common."""
    first = references[0].statuses or ()
    return LiveCampaigns(
        names=_common([_names(each.statuses) for each in references]),
        ids=_common([_ids(each.statuses) for each in references]),
        shown=tuple(f"{each.name} ({each.status_id})" for each in first),
        logins=_common([_logins(each.agents) for each in references]),
    )


def _common(sets: Sequence[frozenset[str] | None]) -> frozenset[str] | None:
    known = [each for each in sets if each is not None]
    return frozenset.intersection(*known) if len(known) == len(sets) else None


def _names(statuses: Sequence[CampaignStatus] | None) -> frozenset[str] | None:
    if statuses is None:
        return None
    counted = Counter(as_seen(status.name) for status in statuses)
    return frozenset(name for name, count in counted.items() if count == 1 and name)


def _ids(statuses: Sequence[CampaignStatus] | None) -> frozenset[str] | None:
    return None if statuses is None else frozenset(status.status_id for status in statuses)


def _logins(agents: Sequence[Agent] | None) -> frozenset[str] | None:
    if agents is None:
        return None
    return frozenset(
        agent.login for agent in agents if agent.is_active and agent.is_active_in_campaign
    )


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
