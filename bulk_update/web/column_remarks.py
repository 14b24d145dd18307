"""What the screen of columns says about a column, each question linked with its answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from bulk_update.language import gettext as _
from bulk_update.messages.remarks import Remark
from bulk_update.web.answers import ColumnAnswer, Goal
from bulk_update.web.remark_words import Place, place_of, remark_words

READ = frozenset({Goal.FIELD, Goal.NEXT_CALL})
"""Columns that go there have a choice of how they are read."""


@dataclass(frozen=True, slots=True)
class ColumnRemark:
    """A remark, and where it is answered.

    `link` is relative to the screen of columns, and `control` is what that place is called; both
    are empty if nothing is asked, or if the place cannot be opened yet.
    """

    text: str
    link: str = ""
    control: str = ""


def column_remarks(
    remarks: Iterable[Remark], index: int, answer: ColumnAnswer, *, controls: Collection[str]
) -> tuple[ColumnRemark, ...]:
    """Return the remarks on a column; `controls` are the ids that the screen of values has."""
    return tuple(_said(remarks, index, answer, controls))


def _said(
    remarks: Iterable[Remark], index: int, answer: ColumnAnswer, controls: Collection[str]
) -> Iterator[ColumnRemark]:
    for remark in remarks:
        if text := remark_words(remark):
            yield ColumnRemark(text, *_answer_to(place_of(remark), index, answer, controls))


def _answer_to(
    place: Place | None, index: int, answer: ColumnAnswer, controls: Collection[str]
) -> tuple[str, str]:
    """Return the link to a control and its name; a reading is chosen only after a goal."""
    match place:
        case None:
            return "", ""
        case Place.READING if answer.goal in READ:
            return f"#reading-{index}", _("Read as")
        case Place.GOAL | Place.READING:
            return f"#goal-{index}", _("Goes to")
        case _:
            control = f"{place}-{index}"
            return (f"values#{control}", _("Values")) if control in controls else ("", "")
