"""The screen of columns as data: what each column holds, where it can go, and what is wrong."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from bulk_update.cells.numbers import Negative
from bulk_update.cells.typed_cells import CellType
from bulk_update.language import gettext as _
from bulk_update.mapping.schema import STATUS_NAME
from bulk_update.messages import number
from bulk_update.messages.amounts import date_letters
from bulk_update.proposals import ColumnEvidence, Proposal, ProposedMapping, Reading, Target
from bulk_update.web.answers import (
    ColumnAnswer,
    Goal,
    reading_from_json,
    reading_json,
)
from bulk_update.web.column_remarks import ColumnRemark, column_remarks
from bulk_update.web.remark_words import remark_words
from bulk_update.web.ways import offered

DATES = frozenset({CellType.DATE, CellType.DATETIME})
_TEXT = Reading(CellType.TEXT)
_COMMON = (
    _TEXT,
    Reading(CellType.INTEGER),
    Reading(CellType.DECIMAL, decimal="."),
    Reading(CellType.DECIMAL, decimal=","),
    Reading(CellType.BOOLEAN),
    Reading(CellType.DATE, ("%d.%m.%Y",)),
    Reading(CellType.DATETIME, ("%d.%m.%Y %H:%M",)),
    Reading(CellType.DATE),
    Reading(CellType.DATETIME),
)
_SEVERAL_READINGS = frozenset({"several-formats", "three-digits", "mixed-cells", "no-dates"})
"""Remarks after which only a person can say how to read a column."""
_LONGEST_EXAMPLE = 40
_LONGEST_CODE = 500


@dataclass(frozen=True, slots=True)
class Option:
    """An entry of a list to choose from."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column on the screen; `index` is its place among the columns of the survey.

    `is_certain` says that the answer was proposed as certain. `left_out` says why the column cannot
    be used; there is then nothing to choose.
    """

    index: int
    name: str
    examples: tuple[str, ...]
    filled: str
    different: str
    field: str
    goals: tuple[Option, ...]
    readings: tuple[Option, ...]
    remarks: tuple[ColumnRemark, ...]
    is_certain: bool
    left_out: str


def goal_names() -> dict[Goal, str]:
    """Return what people call each goal of a column."""
    return {
        Goal.UNUSED: _("— do not use —"),
        Goal.IDENTIFIER: _("Record identifier"),
        Goal.STATUS_NAME: _("Status"),
        Goal.STATUS_LOOKUP: _("Status"),
        Goal.STATUS_ID: _("Status"),
        Goal.AGENT: _("Agent"),
        Goal.AGENT_LOOKUP: _("Agent"),
        Goal.NEXT_CALL: _("Next call"),
        Goal.FIELD: _("Campaign field"),
        Goal.CAMPAIGN: _("Campaign"),
    }


def answers_to_show(
    proposed: ProposedMapping, answered: Mapping[str, ColumnAnswer]
) -> dict[str, ColumnAnswer]:
    """Return the answer for each column: what was answered, or else what is proposed for certain.

    A column whose proposal is not certain has no goal yet.
    """
    by_column = _proposal_of(proposed)
    left_out = {each.column for each in proposed.left_out}
    found = {}
    for column in proposed.table.columns:
        proposal = by_column.get(column.name)
        answer = answered.get(column.name)
        if column.name in left_out and not _may_be_used(proposed, column.name):
            found[column.name] = ColumnAnswer(Goal.UNUSED)
        elif answer and not (answer.goal is None and proposal and proposal.is_active):
            found[column.name] = answer
        elif column.name in left_out or proposal is None:
            found[column.name] = ColumnAnswer(Goal.UNUSED, column.name, _TEXT)
        else:
            found[column.name] = _proposed_answer(proposal)
    return found


def column_choices(
    proposed: ProposedMapping,
    answers: Mapping[str, ColumnAnswer],
    *,
    controls: Collection[str] = (),
) -> tuple[ColumnChoice, ...]:
    """Return every column with what can be chosen for it.

    `controls` are the ids that the screen of values has, if it can be opened.
    """
    by_column = _proposal_of(proposed)
    left_out = {each.column: remark_words(each.remark) for each in proposed.left_out}
    return tuple(
        _choice(
            index,
            column,
            by_column.get(column.name),
            answers[column.name],
            left_out=left_out.get(column.name, ""),
            is_usable=_may_be_used(proposed, column.name),
            controls=controls,
        )
        for index, column in enumerate(proposed.table.columns)
    )


def reading_code(reading: Reading) -> str:
    """Return a reading as the value of a form."""
    return json.dumps(reading_json(reading), separators=(",", ":"))


def reading_of_code(code: str) -> Reading | None:
    """Return the reading of a form's value, or None if it is none."""
    if len(code) > _LONGEST_CODE:
        return None
    try:
        return reading_from_json(json.loads(code))
    except (ValueError, TypeError):
        return None


def goal_of_code(code: str) -> Goal | None:
    """Return the goal of a form's value, or None if it is none."""
    return Goal(code) if code in list(Goal) else None


def _proposal_of(proposed: ProposedMapping) -> dict[str, Proposal]:
    """Return the proposal for each column, an active one before others."""
    ordered = sorted(proposed.proposals, key=lambda each: each.is_active)
    return {each.column.name: each for each in ordered}


def _may_be_used(proposed: ProposedMapping, name: str) -> bool:
    """Return whether a mapping can name a column."""
    return name not in proposed.table.doubled and name.isprintable()


def _proposed_answer(proposal: Proposal) -> ColumnAnswer:
    goal = _goal_of(proposal) if proposal.is_active else None
    field = proposal.key if proposal.target is Target.FIELD else proposal.column.name
    return ColumnAnswer(goal, field, _reading_of(proposal))


def _goal_of(proposal: Proposal) -> Goal:
    match proposal.target:
        case Target.STATUS if proposal.key == STATUS_NAME:
            return Goal.STATUS_NAME
        case Target.STATUS:
            return Goal.STATUS_LOOKUP if proposal.words else Goal.STATUS_ID
        case Target.AGENT:
            return Goal.AGENT_LOOKUP if proposal.words else Goal.AGENT
        case _:
            return Goal(proposal.target.value)


def _reading_of(proposal: Proposal) -> Reading | None:
    """Return how a proposal reads its column; None if several readings are possible."""
    keys = dict(proposal.keys)
    formats = keys.get("formats", ())
    if _SEVERAL_READINGS & {remark.code for remark in proposal.remarks} or len(formats) > 1:
        return None
    reading = Reading(
        CellType(str(keys.get("type", CellType.TEXT))),
        formats if isinstance(formats, tuple) else (formats,),
        str(keys.get("decimal", "")),
        str(keys.get("grouping", "")),
        Negative(str(keys.get("negative", Negative.LEADING))),
    )
    return _written(reading)


def _written(reading: Reading) -> Reading:
    """Return a reading in the one form that lists of readings use."""
    if reading.type is not CellType.DECIMAL:
        return reading
    decimal = reading.decimal or "."
    is_implied = (decimal, reading.grouping) == (",", " ")  # a decimal comma allows spaces
    return replace(reading, decimal=decimal, grouping="" if is_implied else reading.grouping)


def _choice(
    index: int,
    column: ColumnEvidence,
    proposal: Proposal | None,
    answer: ColumnAnswer,
    *,
    left_out: str,
    is_usable: bool,
    controls: Collection[str],
) -> ColumnChoice:
    found = proposal.remarks if proposal else ()
    remarks = column_remarks(found, index, answer, controls=controls)
    suggested = _goal_of(proposal) if proposal and not proposal.is_active else None
    is_certain = bool(
        proposal and proposal.is_active and offered(answer.goal) is offered(_goal_of(proposal))
    )
    return ColumnChoice(
        index,
        column.name,
        tuple(_short(text) for text in column.examples),
        _share(column),
        _different(column),
        answer.field,
        tuple(_goals(offered(answer.goal), offered(suggested))),
        tuple(_readings(column, answer.reading)),
        (ColumnRemark(left_out),) if left_out and is_usable else remarks,
        is_certain,
        "" if is_usable else left_out,
    )


def _goals(chosen: Goal | None, suggested: Goal | None) -> Iterator[Option]:
    if chosen is None:
        yield Option("", _("— choose —"), is_chosen=True)
    for goal, name in goal_names().items():
        if offered(goal) is not goal:
            continue
        is_suggested = goal is suggested and goal is not Goal.FIELD
        label = _("{name} (perhaps)").format(name=name) if is_suggested else name
        yield Option(goal, label, is_chosen=goal is chosen)


def _readings(column: ColumnEvidence, chosen: Reading | None) -> Iterator[Option]:
    fitting = [fit for fit in column.fits if fit.fits_all]
    partly = [fit for fit in column.fits if not fit.fits_all]
    found = [_written(fit.reading) for fit in (*fitting, *partly)]
    if column.date_cells is not None:
        found.insert(0, column.date_cells.reading)
    if chosen is None:
        yield Option("", _("— choose —"), is_chosen=True)
    for reading in dict.fromkeys([*([chosen] if chosen else []), *found, *_COMMON]):
        yield Option(reading_code(reading), reading_name(reading), is_chosen=reading == chosen)


def reading_name(reading: Reading) -> str:
    """Return what people call a reading."""
    decimal = {
        ",": _("number with a decimal comma: 1,5"),
        ".": _("number with a decimal point: 1.5"),
    }
    names = {
        CellType.TEXT: _("text, as it is"),
        CellType.INTEGER: _("whole number"),
        CellType.DECIMAL: decimal.get(reading.decimal, decimal["."]),
        CellType.BOOLEAN: _("yes or no"),
        CellType.DATE: _("date {format}"),
        CellType.DATETIME: _("date and time {format}"),
    }
    return _with_signs(names[reading.type].format(format=_shown(reading)), reading)


def _shown(reading: Reading) -> str:
    """Return the format of dates as people write it; without one, the ISO standard's."""
    with_time = reading.type is CellType.DATETIME
    iso = "YYYY-MM-DD hh:mm" if with_time else "YYYY-MM-DD"
    return date_letters(reading.shown if reading.formats else iso)


def _with_signs(name: str, reading: Reading) -> str:
    parts = [name]
    if reading.grouping:
        parts.append(_('thousands separated by "{sign}"').format(sign=reading.grouping))
    if reading.negative is Negative.TRAILING:
        parts.append(_("a minus sign at the end"))
    if reading.negative is Negative.PARENTHESES:
        parts.append(_("negative in parentheses"))
    return ", ".join(parts)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_EXAMPLE else f"{text[:_LONGEST_EXAMPLE]}…"


def _share(column: ColumnEvidence) -> str:
    """Return how many cells are filled; never 0 % or 100 % if that is not exact."""
    if not column.rows:
        return "-"
    percent = round(100 * column.filled / column.rows)
    if column.filled and column.blanks:
        percent = min(99, max(1, percent))
    return f"{percent} %"


def _different(column: ColumnEvidence) -> str:
    if column.values is not None:
        return number(len(column.values))
    if column.unique:
        return number(column.filled)
    return _("many")


def taken_twice(answers: Mapping[str, ColumnAnswer]) -> set[str]:
    """Return the columns that go to the same place as another one."""
    places = {name: _place(answer) for name, answer in answers.items()}
    counts = Counter(place for place in places.values() if place)
    return {name for name, place in places.items() if place and counts[place] > 1}


def _place(answer: ColumnAnswer) -> tuple[str, str] | None:
    match answer.goal:
        case None | Goal.UNUSED:
            return None
        case Goal.FIELD:
            return ("field", answer.field) if answer.field else None
        case Goal.STATUS_NAME | Goal.STATUS_LOOKUP | Goal.STATUS_ID:
            return ("status", "")
        case Goal.AGENT | Goal.AGENT_LOOKUP:
            return ("agent", "")
        case goal:
            return (goal, "")
