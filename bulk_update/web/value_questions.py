"""What the values of columns leave open, as questions with the answers given so far."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bulk_update.cells.comparison import as_seen
from bulk_update.cells.typed_cells import CellType
from bulk_update.columns import nearest_name
from bulk_update.mapping.mapping import DEFAULT_CLEARING
from bulk_update.proposals import ColumnEvidence, Proposal
from bulk_update.web.answers import (
    AGENTS,
    LOOKUPS,
    STATUSES,
    ColumnAnswer,
    ColumnValues,
    Goal,
    ValueAnswers,
)
from bulk_update.web.drafts import Draft
from bulk_update.web.examining import Examined
from bulk_update.web.remark_words import Place

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_TRUE = frozenset({"1", "true", "yes", "y", "t", "tak", "prawda"})
_FALSE = frozenset({"0", "false", "no", "n", "nie", "fałsz"})


@dataclass(frozen=True, slots=True)
class Value:
    """A value to send: what a mapping calls it, and what people call it."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Word:
    """A text of a column, the number of its rows, and what was decided about it.

    `answer` is the value to send; for yes and no, it is `yes`, `no` or blank. `near` is the value
    that the text may mean.
    """

    index: int
    text: str
    rows: int
    answer: str
    is_left_out: bool = False
    near: str = ""


@dataclass(frozen=True, slots=True)
class WordQuestion:
    """Which value each text means. `must_answer`: without one, the column cannot be used.

    `values` are those to choose from; without any, the person enters them.
    """

    index: int
    column: str
    goal: Goal
    words: tuple[Word, ...]
    values: tuple[Value, ...]
    must_answer: bool


@dataclass(frozen=True, slots=True)
class ColumnQuestions:
    """The other questions about a column.

    `blanks` are words that may mean no value; `booleans` the words of yes and no. `phone_signs` are
    the characters that can be removed, `phone` is a number that has any of them, and the same
    without, if the examples show one. `pad_to` is the length up to which zeros can be added.
    `lacks_time`: its dates have no time of day. What was answered is in `values`.
    """

    index: int
    column: str
    values: ColumnValues
    blanks: tuple[Word, ...] = ()
    booleans: tuple[Word, ...] = ()
    phone_signs: str = ""
    phone: tuple[str, str] | None = None
    pad_to: str = ""
    lacks_time: bool = False


def word_questions(examined: Examined, draft: Draft) -> tuple[WordQuestion, ...]:
    """Return which texts of statuses and agents need a value, or would be refused."""
    found = (
        _word_question(examined, index, column, draft)
        for index, column in enumerate(examined.table.columns)
    )
    return tuple(question for question in found if question and question.words)


def column_questions(examined: Examined, draft: Draft) -> tuple[ColumnQuestions, ...]:
    """Return the questions about words for nothing, yes and no, signs, zeros and times of day."""
    found = (
        _column_questions(examined, index, column, draft)
        for index, column in enumerate(examined.table.columns)
    )
    return tuple(
        each
        for each in found
        if each.blanks or each.booleans or each.phone_signs or each.pad_to or each.lacks_time
    )


def controls_of(examined: Examined, draft: Draft) -> frozenset[str]:
    """Return the ids that the screen of values gives the questions about columns."""
    words = {f"words-{question.index}" for question in word_questions(examined, draft)}
    others = {
        f"{control}-{each.index}"
        for each in column_questions(examined, draft)
        for control, is_asked in {
            Place.BLANKS: each.blanks,
            Place.PHONES: each.phone_signs,
            Place.ZEROS: each.pad_to,
            Place.TIME: each.lacks_time,
        }.items()
        if is_asked
    }
    return frozenset(words | others)


def are_answered(examined: Examined, draft: Draft) -> bool:
    """Return whether every value that needs an answer has one."""
    return not any(
        question.must_answer and not word.answer and not word.is_left_out
        for question in word_questions(examined, draft)
        for word in question.words
    )


def with_certain_values(
    examined: Examined, answers: Mapping[str, ColumnAnswer], values: ValueAnswers
) -> ValueAnswers:
    """Return the answers with those that are certain: what usual words for yes and no mean."""
    columns = dict(values.columns)
    for name, answer in answers.items():
        column = examined.column(name)
        if column is None or name in columns or not _is_boolean(answer) or not column.texts:
            continue
        words = [text for text, _ in column.values or ()]
        columns[name] = ColumnValues(
            true_words=tuple(text for text in words if text.casefold() in _TRUE),
            false_words=tuple(text for text in words if text.casefold() in _FALSE),
        )
    return replace(values, columns=columns)


def values_to_choose(examined: Examined, goal: Goal) -> tuple[Value, ...]:
    """Return the campaign's statuses or agents, as a mapping calls them; none if not known."""
    reference = examined.only_reference
    if reference is None:
        return ()
    if goal in AGENTS:
        agents = reference.agents or ()
        logins = [each.login for each in agents if each.is_active and each.is_active_in_campaign]
        return tuple(Value(login, login) for login in sorted(logins))
    statuses = reference.statuses or ()
    if goal is Goal.STATUS_NAME:
        unique = (examined.live and examined.live.names) or frozenset()
        return tuple(
            Value(each.name, each.name) for each in statuses if as_seen(each.name) in unique
        )
    return tuple(Value(each.status_id, f"{each.name} ({each.status_id})") for each in statuses)


def complete_lookup(
    question: WordQuestion, chosen: Mapping[str, str], *, others: Iterable[str] = ()
) -> dict[str, str]:
    """Return the lookup of a column: what was chosen, and every known value as itself.

    Where only some texts need a value, the lookup has to let the others through; `others` are
    texts of the column that have no question. It is empty if nothing was chosen.
    """
    lookup = {text: value for text, value in chosen.items() if value}
    if question.must_answer or not lookup:
        return lookup
    known = {as_seen(text) for text in lookup}
    for text in (*others, *(value.code for value in question.values)):
        if as_seen(text) not in known:
            known.add(as_seen(text))
            lookup[text] = text
    return lookup


def _word_question(
    examined: Examined, index: int, column: ColumnEvidence, draft: Draft
) -> WordQuestion | None:
    goal = _goal(draft, column.name)
    if goal is None or goal not in STATUSES | AGENTS or column.values is None:
        return None
    values = values_to_choose(examined, goal)
    must_answer = goal in LOOKUPS
    if not must_answer and not values:
        return None
    answers = draft.values.of(column.name)
    known = {as_seen(value.code) for value in values}
    blank = {as_seen(text) for text, _ in column.blank_words}
    words = tuple(
        _word(place, text, rows, answers, values)
        for place, (text, rows) in enumerate(column.values)
        if _can_be_looked_up(text)
        and as_seen(text) not in blank
        and (must_answer or as_seen(text) not in known)
    )
    return WordQuestion(index, column.name, goal, words, values, must_answer)


def _can_be_looked_up(text: str) -> bool:
    """Return whether a lookup can contain a text; rows with any other are refused or cleared."""
    return text != DEFAULT_CLEARING and not _CONTROL.search(text)


def _word(
    place: int, text: str, rows: int, answers: ColumnValues, values: tuple[Value, ...]
) -> Word:
    by_text = {as_seen(known): value for known, value in answers.lookup.items()}
    left_out = as_seen(text) in set(map(as_seen, answers.left_out))
    times = Counter(as_seen(_plain(value)) for value in values)
    name_of = {
        as_seen(_plain(value)): value.code for value in values if times[as_seen(_plain(value))] == 1
    }
    answer = by_text.get(as_seen(text), "")
    if not answer and not left_out:
        answer = name_of.get(as_seen(text), "")
    near = "" if answer else nearest_name(text, map(_plain, values)) or ""
    return Word(place, text, rows, answer, left_out, near)


def _plain(value: Value) -> str:
    """Return the name of a value without its id."""
    return value.name.removesuffix(f" ({value.code})")


def _column_questions(
    examined: Examined, index: int, column: ColumnEvidence, draft: Draft
) -> ColumnQuestions:
    answer = draft.columns.get(column.name, ColumnAnswer())
    values = draft.values.of(column.name)
    if answer.goal in {None, Goal.UNUSED, Goal.CAMPAIGN}:
        return ColumnQuestions(index, column.name, values)
    keys = dict(pair for each in _proposals(examined, column.name) for pair in each.keys)
    asks_truth = _is_boolean(answer) and column.texts > 0
    sends_text = answer.goal is Goal.FIELD and not _is_typed(answer)
    signs = str(keys.get("remove", "")) if sends_text else ""
    return ColumnQuestions(
        index,
        column.name,
        values,
        blanks=tuple(_blank_words(column, values)),
        booleans=tuple(_boolean_words(column, values)) if asks_truth else (),
        phone_signs=signs,
        phone=_phone(column, signs),
        pad_to=str(column.padded_length or "") if answer.goal is Goal.IDENTIFIER else "",
        lacks_time=answer.goal is Goal.NEXT_CALL and _lacks_time(column, answer),
    )


def _phone(column: ColumnEvidence, signs: str) -> tuple[str, str] | None:
    without = str.maketrans("", "", signs)
    pairs = ((text, text.translate(without)) for text in column.examples)
    return next((pair for pair in pairs if len(set(pair)) > 1), None)


def _blank_words(column: ColumnEvidence, values: ColumnValues) -> Iterator[Word]:
    chosen = set(values.blanks)
    for index, (text, rows) in enumerate(column.blank_words):
        yield Word(index, text, rows, "yes" if text in chosen else "")


def _boolean_words(column: ColumnEvidence, values: ColumnValues) -> Iterator[Word]:
    blank = {text for text, _ in column.blank_words}
    for index, (text, rows) in enumerate(column.values or ()):
        if text not in blank:
            is_false = "no" if text in values.false_words else ""
            yield Word(index, text, rows, "yes" if text in values.true_words else is_false)


def _lacks_time(column: ColumnEvidence, answer: ColumnAnswer) -> bool:
    if column.date_cells is not None and column.date_cells.timed:
        return False
    formats = answer.reading.formats if answer.reading else ()
    fits = [fit for fit in column.fits if fit.reading.formats == formats]
    if column.texts and not fits:
        return not any("%H" in each for each in formats)
    return not any(fit.timed for fit in fits)


def _is_boolean(answer: ColumnAnswer) -> bool:
    return answer.goal is Goal.FIELD and bool(
        answer.reading and answer.reading.type is CellType.BOOLEAN
    )


def _is_typed(answer: ColumnAnswer) -> bool:
    return answer.reading is not None and answer.reading.type is not CellType.TEXT


def _goal(draft: Draft, column: str) -> Goal | None:
    return draft.columns.get(column, ColumnAnswer()).goal


def _proposals(examined: Examined, column: str) -> Iterator[Proposal]:
    return (each for each in examined.proposed.proposals if each.column.name == column)
