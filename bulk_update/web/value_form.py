"""Reads the answers of the screen of values from its form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from starlette.datastructures import FormData
from starlette.requests import Request

from bulk_update.language import gettext as _
from bulk_update.mapping import Duplicates
from bulk_update.web.answers import ColumnValues, ValueAnswers
from bulk_update.web.drafts import Draft
from bulk_update.web.examining import Examined
from bulk_update.web.pages import Problem
from bulk_update.web.value_questions import (
    ColumnQuestions,
    WordQuestion,
    column_questions,
    complete_lookup,
    word_questions,
)

_TIME = re.compile("(?:[01]?[0-9]|2[0-3]):[0-5][0-9]")
MOST_FIELDS = 50_000
"""More than the forms of a thousand columns have; their size has a limit, too."""

_MOST_DIGITS = 9


def value_answers(form: FormData, examined: Examined, draft: Draft) -> ValueAnswers:
    """Return what the form says; what it does not ask about stays as it was."""
    columns = dict(draft.values.columns)
    for question in word_questions(examined, draft):
        before = columns.get(question.column, ColumnValues())
        columns[question.column] = _with_words(form, examined, question, before)
    for questions in column_questions(examined, draft):
        before = columns.get(questions.column, ColumnValues())
        columns[questions.column] = _with_answers(form, questions, before)
    duplicates = form_text(form, "duplicates")
    return replace(
        draft.values,
        columns=columns,
        duplicates=(
            Duplicates(duplicates) if duplicates in list(Duplicates) else draft.values.duplicates
        ),
    )


def value_problems(examined: Examined, draft: Draft) -> tuple[Problem, ...]:
    """Return what has to be answered before a mapping can be made."""
    return tuple(_problems(examined, draft))


async def large_form(request: Request) -> FormData:
    """Return the form of a screen that asks about every column or value of a file."""
    return await request.form(max_files=0, max_fields=MOST_FIELDS)


def form_text(form: FormData, name: str) -> str:
    """Return the text of a form's field; blank if it has none."""
    found = form.get(name, "")
    return found if isinstance(found, str) else ""


def revision_in(form: FormData) -> int:
    """Return the revision of the draft that a form was shown for; 0 if it has none."""
    text = form_text(form, "revision")
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else 0


def _problems(examined: Examined, draft: Draft) -> Iterator[Problem]:
    for question in word_questions(examined, draft):
        for word in question.words:
            if question.must_answer and not word.answer and not word.is_left_out:
                yield Problem(
                    _('{column}: "{text}" has no value yet.').format(
                        column=question.column, text=word.text
                    ),
                    _("Choose one, or leave these rows out."),
                    f"lookup-{question.index}-{word.index}",
                )
    for each in column_questions(examined, draft):
        if each.lacks_time and each.values.time and not _TIME.fullmatch(each.values.time):
            yield Problem(
                _('{column}: "{text}" is not a time of day, such as 09:00.').format(
                    column=each.column, text=each.values.time
                ),
                field=f"time-{each.index}",
            )


def _with_words(
    form: FormData, examined: Examined, question: WordQuestion, before: ColumnValues
) -> ColumnValues:
    """Return the answers with what was chosen for each text; left-out texts need no value."""
    left_out = tuple(
        word.text for word in question.words if f"leave-{question.index}-{word.index}" in form
    )
    chosen = {
        word.text: form_text(form, f"lookup-{question.index}-{word.index}").strip()
        for word in question.words
        if word.text not in left_out
    }
    column = examined.column(question.column)
    asked = {word.text for word in question.words}
    texts = (column.values or ()) if column else ()
    blank = {text for text, _ in column.blank_words} if column else set()
    others = [text for text, _ in texts if text not in asked | blank]
    return replace(
        before, lookup=complete_lookup(question, chosen, others=others), left_out=left_out
    )


def _with_answers(form: FormData, asked: ColumnQuestions, before: ColumnValues) -> ColumnValues:
    index = asked.index
    after = replace(
        before,
        blanks=tuple(each.text for each in asked.blanks if f"blank-{index}-{each.index}" in form),
        removed=asked.phone_signs if f"remove-{index}" in form else "",
        padded=asked.pad_to if f"pad-{index}" in form else "",
        time=form_text(form, f"time-{index}").strip() if asked.lacks_time else "",
    )
    if not asked.booleans:
        return after
    truths = {each.text: form_text(form, f"word-{index}-{each.index}") for each in asked.booleans}
    return replace(
        after,
        true_words=tuple(text for text, truth in truths.items() if truth == "yes"),
        false_words=tuple(text for text, truth in truths.items() if truth == "no"),
    )
