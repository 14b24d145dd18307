"""What is wrong with the answers about columns, before a mapping can be made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bulk_update.cells.identifiers import CAMPAIGN_ID
from bulk_update.language import gettext as _
from bulk_update.proposals import ColumnEvidence, TableEvidence
from bulk_update.web.answers import LOOKUPS, ColumnAnswer, Goal
from bulk_update.web.column_choices import DATES, goal_names, taken_twice
from bulk_update.web.column_remarks import READ
from bulk_update.web.pages import Problem

CAMPAIGN_FIELD = "campaign"
_FIRST_COLUMN = "goal-0"
_BESIDES_FIELDS = frozenset({Goal.UNUSED, Goal.CAMPAIGN, Goal.IDENTIFIER})


@dataclass(frozen=True, slots=True)
class OpenAnswer:
    """A question without an answer: what it is about, and the id of the field that answers it.

    If it `depends` on a choice that was not made, it does not have to be answered yet.
    """

    name: str
    field: str
    depends: bool = False


def open_answers(
    table: TableEvidence, answers: Mapping[str, ColumnAnswer], campaign: str | None
) -> tuple[OpenAnswer, ...]:
    """Return what is not answered yet, in the order of the screen."""
    return tuple(_open_answers(table, answers, campaign))


def campaign_field(table: TableEvidence, answers: Mapping[str, ColumnAnswer]) -> str:
    """Return the id of the field that says which campaign it is."""
    for index, column in enumerate(table.columns):
        if answers[column.name].goal is Goal.CAMPAIGN:
            return f"goal-{index}"
    return CAMPAIGN_FIELD


def _open_answers(
    table: TableEvidence, answers: Mapping[str, ColumnAnswer], campaign: str | None
) -> Iterator[OpenAnswer]:
    if not campaign and campaign_field(table, answers) == CAMPAIGN_FIELD:
        yield OpenAnswer(_("Campaign"), CAMPAIGN_FIELD)
    for index, column in enumerate(table.columns):
        answer = answers[column.name]
        if answer.goal is None:
            yield OpenAnswer(column.name, f"goal-{index}")
        if answer.goal is not Goal.UNUSED and answer.reading is None:
            name = _("{column}: how its cells are read").format(column=column.name)
            yield OpenAnswer(name, f"reading-{index}", depends=answer.goal not in READ)


def column_problems(
    table: TableEvidence, answers: Mapping[str, ColumnAnswer], campaign: str | None
) -> tuple[Problem, ...]:
    """Return everything that has to be corrected, in the order of the screen."""
    return tuple(_problems(table, answers, campaign))


def _problems(
    table: TableEvidence, answers: Mapping[str, ColumnAnswer], campaign: str | None
) -> Iterator[Problem]:
    if table.source.open:
        yield Problem(
            _("How to read the file is not decided yet."),
            _("Answer the questions about the table."),
        )
    goals = {answer.goal for answer in answers.values()}
    yield from _campaign_problems(goals, campaign)
    twice = taken_twice(answers)
    for index, column in enumerate(table.columns):
        yield from _of_column(
            index, column, answers[column.name], is_taken_twice=column.name in twice
        )
    if None in goals:
        return  # one of the columns that are not decided may be what is missing
    if Goal.IDENTIFIER not in goals:
        yield Problem(
            _("No column is the record identifier."),
            _("Choose the column that holds each record's identifier."),
            _FIRST_COLUMN,
        )
    if goals <= _BESIDES_FIELDS:
        yield Problem(
            _("Nothing would change: no column goes to anything but the identifier."),
            field=_FIRST_COLUMN,
        )


def _campaign_problems(goals: set[Goal | None], campaign: str | None) -> Iterator[Problem]:
    if Goal.CAMPAIGN in goals:
        return
    if not campaign:
        yield Problem(
            _("The campaign is missing."),
            _("Enter its id: five characters such as 00001."),
            CAMPAIGN_FIELD,
        )
    elif not CAMPAIGN_ID.fullmatch(campaign):
        yield Problem(
            _('"{text}" is not a campaign\'s id.').format(text=campaign),
            _("An id has five characters, such as 00001."),
            CAMPAIGN_FIELD,
        )


def _of_column(
    index: int, column: ColumnEvidence, answer: ColumnAnswer, *, is_taken_twice: bool
) -> Iterator[Problem]:
    goal, name = f"goal-{index}", {"column": column.name}
    if answer.goal is None:
        yield Problem(_("{column}: not decided.").format(**name), field=goal)
        return
    if is_taken_twice:
        place = answer.field if answer.goal is Goal.FIELD else goal_names()[answer.goal]
        yield Problem(
            _("{column}: another column goes to {place}, too.").format(**name, place=place),
            field=f"field-{index}" if answer.goal is Goal.FIELD else goal,
        )
    if answer.goal in LOOKUPS and column.values is None:
        yield Problem(
            _("{column}: there are too many different values to choose for each.").format(**name),
            field=goal,
        )
    if answer.goal is Goal.FIELD:
        yield from _field_problems(index, column, answer)
    if answer.goal in READ:
        yield from _reading_problems(index, column, answer)


def _field_problems(index: int, column: ColumnEvidence, answer: ColumnAnswer) -> Iterator[Problem]:
    field = f"field-{index}"
    if not answer.field:
        yield Problem(
            _("{column}: the name of the campaign's field is missing.").format(column=column.name),
            field=field,
        )
    elif not answer.field.isprintable():
        yield Problem(
            _("{column}: the field's name contains invisible characters.").format(
                column=column.name
            ),
            field=field,
        )


def _reading_problems(
    index: int, column: ColumnEvidence, answer: ColumnAnswer
) -> Iterator[Problem]:
    reading, field = answer.reading, f"reading-{index}"
    if reading is None:
        yield Problem(
            _("{column}: choose how its cells are read.").format(column=column.name), field=field
        )
    elif answer.goal is Goal.NEXT_CALL and reading.type not in DATES:
        yield Problem(
            _("{column}: choose how its dates are written.").format(column=column.name), field=field
        )
