"""The rows of a plan for people: what each would change, and why some are not sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass

from bulk_update.job.apply import loaded_mapping_of
from bulk_update.job.inspect import opened_ledger, rows_of
from bulk_update.job.plan_details import names_in_lookup
from bulk_update.job.request import RunOptions
from bulk_update.ledger import FrequentReason, PageRow, PageView, Run
from bulk_update.mapping.schema import RECORD_FIELDS, STATUS_ID
from bulk_update.readback import READABLE, comparable
from bulk_update.reasons import restored
from bulk_update.records import Issue

ROWS_OF_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class FieldChange:
    """The value of a field before (None: not known) and after; `is_ours`: we sent the former."""

    before: str | None
    after: str
    is_ours: bool = False
    is_same: bool = False


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row: its changes by field, and why it is not sent, if it is not."""

    number: int
    campaign_id: str
    identifier: str
    changes: MappingOf[str, FieldChange]
    reasons: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """One page of a view of a plan; `fields` are those of its rows.

    `counts` are the rows of each view, whatever is searched for; `found` those of this view that
    match. `page` counts from 1.
    """

    run: Run
    view: PageView
    search: str
    page: int
    counts: MappingOf[PageView, int]
    found: int
    fields: tuple[str, ...]
    rows: tuple[PreviewRow, ...]

    @property
    def first(self) -> int:
        """The place of the first row among those found, from 1; 0 if there is none."""
        return (self.page - 1) * ROWS_OF_A_PAGE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """The place of the last row among those found."""
        return max(0, self.first + len(self.rows) - 1)

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.found // ROWS_OF_A_PAGE))


def preview_plan(
    run_id: str, options: RunOptions, *, view: PageView, search: str = "", page: int = 1
) -> PreviewPage:
    """Return a page of a plan's rows, or its last page if it has fewer.

    Raises UsageError if there is no such run.
    """
    with opened_ledger(options) as store:
        run = store.runs.find(run_id)
        counts = {each: store.pages.count(run.id, each) for each in PageView}
        found = store.pages.count(run.id, view, search=search) if search else counts[view]
        shown = max(1, min(page, -(-found // ROWS_OF_A_PAGE)))
        rows = store.pages.page(
            run.id, view, search=search, skip=(shown - 1) * ROWS_OF_A_PAGE, most=ROWS_OF_A_PAGE
        )
    names = _status_names(run)
    previewed = tuple(_row(row, names) for row in rows)
    fields = dict.fromkeys(field for row in previewed for field in row.changes)
    return PreviewPage(run, view, search, shown, counts, found, tuple(fields), previewed)


def frequent_reasons(run_id: str, options: RunOptions, *, most: int) -> list[FrequentReason]:
    """Return the `most` most frequent reasons why rows of a plan are not sent, by outcome.

    Raises UsageError if there is no such run.
    """
    with opened_ledger(options) as store:
        return rows_of(store, store.runs.find(run_id)).frequent_reasons(most=most)


def _status_names(run: Run) -> MappingOf[str, MappingOf[str, str]]:
    """Return the names of statuses by campaign and id; `""` is any campaign."""
    in_lookup = {} if run.undoes else names_in_lookup(loaded_mapping_of(run).mapping)
    return {"": in_lookup, **json.loads(run.status_names)}


def _row(row: PageRow, names: MappingOf[str, MappingOf[str, str]]) -> PreviewRow:
    campaign = row.campaign_id or ""
    named = {**names[""], **names.get(campaign, {})}
    body = json.loads(row.body) if row.body else {}
    return PreviewRow(
        row.number,
        campaign,
        row.identifier or "",
        {name: _change(row, path, after, named) for name, path, after in _values(body)},
        restored(row.reasons),
    )


def _values(body: MappingOf[str, object]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield each field of a body: its name, its path, and its value."""
    for key, value in body.items():
        if key == RECORD_FIELDS and isinstance(value, dict):
            yield from ((name, (key, name), str(each)) for name, each in value.items())
        else:
            yield key, (key,), str(value)


def _change(
    row: PageRow, path: tuple[str, ...], after: str, names: MappingOf[str, str]
) -> FieldChange:
    before, is_ours = _before(row, path)
    is_same = before is not None and comparable(path[0], before) == comparable(path[0], after)
    if path == (STATUS_ID,):
        before, after = before and _named(before, names), _named(after, names)
    return FieldChange(before, after, is_ours, is_same)


def _before(row: PageRow, path: tuple[str, ...]) -> tuple[str | None, bool]:
    """Return the present value of a field as far as it is known, and whether we sent it."""
    if row.before is not None and path[0] in READABLE:
        return getattr(row.before, path[0]) or "", False
    known: object = json.loads(row.known) if row.known else {}
    for name in path:
        known = known.get(name) if isinstance(known, dict) else None
    return (None, False) if known is None else (str(known), True)


def _named(status_id: str, names: MappingOf[str, str]) -> str:
    name = names.get(status_id, "")
    return f"{name} ({status_id})" if name else status_id
