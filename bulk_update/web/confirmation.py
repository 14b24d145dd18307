"""What the confirm screen shows of a plan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bulk_update.job.field_columns import FieldColumns, columns_of_fields
from bulk_update.job.recall_plan import RecalledPlan
from bulk_update.language import gettext as _
from bulk_update.language import ngettext
from bulk_update.mapping.schema import STATUS_ID
from bulk_update.messages import duration, hint_of, number, remedy_unless_said, sentence_of
from bulk_update.plan import Example, Plan, RecordStatus, SentFirst, StatusChange
from bulk_update.readback import comparable
from bulk_update.records import Issue, Status
from bulk_update.web.change_words import reservations, will_change
from bulk_update.web.undo_words import undo_remedy, undo_sentence

_MOST_DIGITS = 18
_NAME = re.compile(r"\w+[_.`]")
"""A name of a field, a key or a file at the beginning of a sentence."""

_GROUPING = str.maketrans("", "", " \u00a0\u202f,.'")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and what to do about it, which may be empty."""

    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """How many records a field is set or erased in, with the first one as an example.

    `is_same` means that the example has the value already.
    """

    name: str
    sets: int
    clears: int
    before: str | None
    after: str
    row: int
    is_same: bool = False


@dataclass(frozen=True, slots=True)
class StatusMove:
    """How many records get a status; `before` is empty if it is not known or there is none."""

    before: str
    after: str
    rows: int


@dataclass(frozen=True, slots=True)
class FirstChoice:
    """A status whose rows can be sent first, and how many rows set it."""

    status_id: str
    status_name: str
    label: str
    rows: int


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A plan as a person confirms it.

    `stops` are the guards that forbid to send it. `left_alone` are the rows of an undo that are not
    restored: changed since, and not known before. `keep_status` are records that have the status
    already that they are sent.
    """

    run_id: str
    job: str
    to_send: int
    will_change: str
    reservations: tuple[str, ...]
    campaigns: tuple[tuple[str, int], ...]
    fields: tuple[FieldChange, ...]
    erased: int
    moves: tuple[StatusMove, ...]
    keep_status: int
    sent_first: SentFirst | None
    takes: str
    notices: tuple[Said, ...]
    stops: tuple[Said, ...]
    is_fresh: bool
    is_undo: bool
    undone_run_id: str
    was_sent: bool
    changed_since: int
    unknown_before: int
    usual: str
    can_be_first: tuple[FirstChoice, ...]

    @property
    def can_be_sent(self) -> bool:
        """Whether no guard forbids it and there is something to send."""
        return not self.stops and self.to_send > 0

    @property
    def is_too_old(self) -> bool:
        """Whether it has to be planned again; what was sent in part can only be continued."""
        return not self.is_fresh and not self.was_sent


def confirmation_of(recalled: RecalledPlan) -> Confirmation:
    """Return what the confirm screen shows of a plan."""
    plan, run = recalled.plan, recalled.run
    is_undo = run.undoes is not None
    columns = columns_of_fields(run) if is_undo else None
    counts = plan.counts
    return Confirmation(
        run_id=run.run_id,
        job=run.job,
        to_send=plan.to_send,
        will_change=will_change(recalled.evidence),
        reservations=reservations(recalled.evidence),
        campaigns=plan.campaigns,
        fields=tuple(_changes(plan)),
        erased=plan.clears,
        moves=tuple(
            StatusMove(_name(each.before), _name(each.status), each.rows)
            for each in plan.statuses or ()
            if not _keeps(each)
        ),
        keep_status=sum(each.rows for each in plan.statuses or () if _keeps(each)),
        sent_first=plan.sent_first,
        takes=_takes(plan.to_send, plan.requests_per_second),
        notices=tuple(_said(issue, columns) for issue in plan.notices),
        stops=tuple(
            _said(issue, columns)
            for issue in (recalled.stopped.reasons if recalled.stopped else ())
        ),
        is_fresh=recalled.is_fresh,
        is_undo=is_undo,
        undone_run_id=next(
            (str(each.params["run"]) for each in plan.notices if each.code == "undo-of"), ""
        ),
        was_sent=recalled.was_sent,
        changed_since=counts[Status.SUPERSEDED] if is_undo else 0,
        unknown_before=counts[Status.INVALID] if is_undo else 0,
        usual=_usual(recalled.earlier_sizes),
        can_be_first=tuple(
            FirstChoice(each.status.status_id, each.status.name, _name(each.status), each.rows)
            for each in recalled.can_be_first
        ),
    )


def number_in(text: str) -> int | None:
    """Return the whole number that a person typed, with or without separators of thousands."""
    digits = text.strip().translate(_GROUPING)
    return (
        int(digits)
        if digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS
        else None
    )


def _changes(plan: Plan) -> Iterator[FieldChange]:
    """Yield the fields that change, those that are erased first."""
    moves = plan.statuses or ()
    statuses = [status for move in moves for status in (move.before, move.status) if status]
    names = {status.status_id: _name(status) for status in statuses}
    for each in sorted(plan.fields, key=lambda each: -each.clears):
        if each.sets or each.clears:
            example = each.example or each.cleared or Example(0, (), "")
            named = names if each.name == STATUS_ID else {}
            is_same = example.before is not None and (
                comparable(each.name, example.before) == comparable(each.name, example.value)
            )
            before = example.before and named.get(example.before, example.before)
            after = named.get(example.value, example.value)
            yield FieldChange(
                each.name, each.sets, each.clears, before, after, example.row, is_same
            )


def _keeps(change: StatusChange) -> bool:
    return change.before is not None and change.before.status_id == change.status.status_id


def _name(status: RecordStatus | None) -> str:
    if status is None or not status.status_id:
        return ""
    return f"{status.name} ({status.status_id})" if status.name else status.status_id


def _takes(to_send: int, rate: float | None) -> str:
    if rate is None:
        return _("As fast as the service answers")
    seconds = duration(max(1.0, to_send / rate))
    return _("Takes about {duration} at {rate} a second").format(duration=seconds, rate=f"{rate:g}")


def _usual(sizes: tuple[int, ...]) -> str:
    """Return how many records the job's earlier runs changed, or nothing if it has none."""
    if not sizes:
        return ""
    return ngettext(
        "The last run of this job had {most} records to send",
        "The last {n} runs of this job had {least} to {most} records to send",
        len(sizes),
    ).format(n=len(sizes), least=number(min(sizes)), most=number(max(sizes)))


def _said(issue: Issue, columns: FieldColumns | None) -> Said:
    """Return an issue in words; `columns` are those of the fields if the plan is an undo."""
    if columns is not None and issue.code.startswith("undo-"):
        own = undo_sentence(issue, columns)
        remedy = "" if not own else undo_remedy(issue)
        return Said(_capital(own or sentence_of(issue)), remedy)
    sentence = sentence_of(issue)
    remedy = hint_of(issue) or remedy_unless_said(
        issue.code, said=sentence, is_undo=columns is not None
    )
    return Said(_capital(sentence), _capital(remedy))


def _capital(text: str) -> str:
    """Return a sentence with a capital, unless it begins with a name, which keeps its spelling."""
    return text if _NAME.match(text) else text[:1].upper() + text[1:]
