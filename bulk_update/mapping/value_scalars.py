"""Readers of the values that say how a cell is read and changed."""

from __future__ import annotations

import re
import warnings
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import PlainValidator, WithJsonSchema

from bulk_update.cells.date_bounds import parse_date_bound
from bulk_update.cells.date_formats import parse_date_format
from bulk_update.cells.identifiers import LONGEST_IDENTIFIER
from bulk_update.cells.numbers import GROUPINGS
from bulk_update.limits import whole_number
from bulk_update.mapping.scalars import POSITIVE, invalid, one_text, one_text_as

_TIME_OF_DAY = re.compile("(?:[01]?[0-9]|2[0-3]):[0-5][0-9]")
_identifier_length = whole_number(least=1, most=LONGEST_IDENTIFIER)


def time_zone(value: object) -> str:
    """Read the name of a time zone, such as Europe/Warsaw."""
    text = one_text(value)
    try:
        return ZoneInfo(text).key
    except (LookupError, ValueError, OSError):  # OSError: a folder of the zone database
        pass
    raise invalid("time-zone", text=text)


def _date_format(value: object) -> str:
    text = one_text(value)
    parse_date_format(text)
    return text


def _regex(value: object) -> str:
    text = one_text(value)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            re.compile(text)
        except (re.error, FutureWarning, RecursionError, OverflowError) as error:
            raise invalid("regex", text=text, error=str(error)) from None
    return text


def _separator(value: object) -> str:
    text = one_text(value)
    if text not in {".", ","}:
        raise invalid("separator", text=text)
    return text


def _grouping(value: object) -> str:
    text = one_text(value)
    if text not in GROUPINGS:
        raise invalid("grouping", text=text, known=tuple(GROUPINGS))
    return text


def _date_bound(value: object) -> str:
    text = one_text(value).strip()
    parse_date_bound(text)
    return text


def _time_of_day(value: object) -> str:
    text = one_text(value).strip()
    if not _TIME_OF_DAY.fullmatch(text):
        raise invalid("time-of-day", text=text)
    return text.zfill(len("09:00"))


def _characters(value: object) -> str:
    text = one_text(value)
    if not text:
        raise invalid("no-characters")
    return text


TimeZone = Annotated[str, PlainValidator(time_zone), WithJsonSchema({"type": "string"})]
Format = Annotated[str, PlainValidator(_date_format), WithJsonSchema({"type": "string"})]
Pattern = Annotated[str, PlainValidator(_regex), WithJsonSchema({"type": "string"})]
Separator = Annotated[str, PlainValidator(_separator), WithJsonSchema({"enum": [".", ","]})]
Grouping = Annotated[str, PlainValidator(_grouping), WithJsonSchema({"enum": list(GROUPINGS)})]
DateBoundText = Annotated[
    str,
    PlainValidator(_date_bound),
    WithJsonSchema({"type": "string"}),
]
TimeOfDay = Annotated[str, PlainValidator(_time_of_day), WithJsonSchema({"type": "string"})]
Characters = Annotated[
    str, PlainValidator(_characters), WithJsonSchema({"type": "string", "minLength": 1})
]
PadLength = Annotated[
    int,
    one_text_as(_identifier_length),
    WithJsonSchema({**POSITIVE, "maximum": LONGEST_IDENTIFIER}),
]
