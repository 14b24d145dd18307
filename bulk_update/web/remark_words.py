"""Remarks about columns in the words of the page, which knows no options and no mapping."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from bulk_update.cells.typed_cells import CellType
from bulk_update.language import gettext as _
from bulk_update.messages.amounts import date_letters
from bulk_update.messages.remarks import Remark, remark_text
from bulk_update.messages.rendering import filled

_FORMAT = "format"


class Place(StrEnum):
    """The control that answers a remark: of the screen of columns, or that of values."""

    GOAL = "goal"
    READING = "reading"
    BLANKS = "blanks"
    PHONES = "remove"
    TIME = "time"
    WORDS = "words"
    ZEROS = "pad"


_PLACES = {
    "blank-words": Place.BLANKS,
    "equal-evidence": Place.GOAL,
    "grouped": Place.READING,
    "known-ids": Place.GOAL,
    "logins": Place.GOAL,
    "negated": Place.READING,
    "next-call": Place.GOAL,
    "no-time": Place.TIME,
    "phone-signs": Place.PHONES,
    "several-formats": Place.READING,
    "three-digits": Place.READING,
    "which-agents": Place.WORDS,
    "which-statuses": Place.WORDS,
    "zeros-to-add": Place.ZEROS,
}


def place_of(remark: Remark) -> Place | None:
    """Return the control that answers a remark; None if it asks for nothing."""
    return _PLACES.get(remark.code)


def remark_words(remark: Remark) -> str:
    """Return a remark as the page says it; blank if it says nothing there."""
    own = _own()
    if _FORMAT in remark.params:
        shown = str(remark.params[_FORMAT])
        named = {**remark.params, _FORMAT: _formats().get(shown, date_letters(shown))}
        remark = replace(remark, params=named)
    return filled(own[remark.code], remark.params) if remark.code in own else remark_text(remark)


def _formats() -> dict[str, str]:
    """Return what people call the notations for which remarks have technical names."""
    return {
        "ISO 8601": date_letters("YYYY-MM-DD"),
        CellType.BOOLEAN: _("yes or no"),
        CellType.DECIMAL: _("number"),
        CellType.INTEGER: _("whole number"),
    }


def _own() -> dict[str, str]:
    return {
        "ascii-only": "",
        "blank-words": _('the next screen asks whether these mean "no value": {texts}'),
        "check-one-row": _("probably; compare a few identifiers with the records in Thulium"),
        "checksum": _("a check value of another program"),
        "doubled": _("several columns have this name; give each one a name of its own in the file"),
        "mixed-cells": _("the cells are of different kinds (dates, times, numbers, text)"),
        "named-campaign": "",
        "no-dates": _("the dates are not all written in the same way"),
        "no-time": _("the cells have no time of day: the next screen asks for one"),
        "other-words": _("rows with another value, such as {text}, will be refused"),
        "phone-signs": _(
            "the next screen asks whether to send phone numbers without spaces and signs: "
            "{examples}"
        ),
        "quotes-read-as-text": _("quotation marks are read as part of the text"),
        "some-do-not-fit": _('{count:cells} cannot be read as "{format:plain}", such as {text}'),
        "status-ids": _("the cells must be the ids that the campaign gives its statuses"),
        "title-lines": "",
        "unclear-header": _("does the right row hold the names of the columns? See Table"),
        "unwritable-name": _("the column's name has invisible characters; change it in the file"),
        "which-agents": _("the next screen asks which agent each value means"),
        "which-statuses": _("the next screen asks which status each value means"),
        "zeros-to-add": _("the next screen asks whether to add zeros, up to {length} digits"),
    }
