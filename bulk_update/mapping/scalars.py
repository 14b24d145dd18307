"""Readers of a mapping's values, from the text that its author wrote.

Each raises InvalidValueError, which says what was found and what was expected.
"""

from __future__ import annotations

import codecs
import re
import warnings
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema

from bulk_update.cells.date_bounds import parse_date_bound
from bulk_update.cells.date_formats import parse_date_format
from bulk_update.cells.identifiers import CAMPAIGN_ID, LONGEST_IDENTIFIER
from bulk_update.cells.numbers import GROUPINGS
from bulk_update.columns import column_key, nearest_name
from bulk_update.invalid_value import InvalidValueError
from bulk_update.limits import (
    MOST_RETRIES,
    MOST_WORKERS,
    Limit,
    parse_duration,
    parse_limit,
    parse_positive_duration,
    parse_rate,
    parse_retries,
    parse_workers,
    whole_number,
)
from bulk_update.mapping.document import Unquoted
from bulk_update.mapping.faults import finding, write_instead
from bulk_update.records import Issue, Param

_WHOLE = re.compile("[0-9]{1,18}")
_SWITCHES = {"true": True, "false": False}
_HOST = re.compile(r"[0-9a-z](?:[0-9a-z.-]*[0-9a-z])?(?::[0-9]{1,5})?", re.IGNORECASE)
_TAB_NAMES = frozenset({"\\t", "tab"})
_NO_FILE_ENCODINGS = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"}
)
_DASHES = frozenset("-\u2022\u00b7\u2013\u2014")
_TIME_OF_DAY = re.compile("(?:[01]?[0-9]|2[0-3]):[0-5][0-9]")
_NO_DELIMITER = re.compile(r"[^\t\x20-\x7e]|[0-9A-Za-z \"'\\]")
_LONGEST_NAME = 100
_count = whole_number(least=0)
_positive = whole_number(least=1)
_identifier_length = whole_number(least=1, most=LONGEST_IDENTIFIER)


def one_text(value: object) -> str:
    """Return the value if it is a text, not a list or a section."""
    if isinstance(value, str):
        return str(value)
    raise _invalid("list-for-text" if isinstance(value, list) else "keys-for-text")


def did_you_mean(text: str, known: Iterable[str]) -> Issue:
    """Return the word that a text most likely stands for, or else the known words."""
    words = tuple(known)
    near = nearest_name(text, words)
    return finding("near", near=near) if near else finding("one-of", known=words)


def _invalid(variant: str, /, **params: Param) -> InvalidValueError:
    return InvalidValueError(finding(variant, **params))


def filled_text(value: object) -> str:
    """Read a text that is not blank."""
    text = one_text(value)
    if not text.strip():
        raise _invalid("blank-text")
    return text


def _name(value: object) -> str:
    text = filled_text(value).strip()
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise _invalid("name", text=text, most=_LONGEST_NAME)
    return text


def clear_token(value: object) -> str:
    """Read the clear token, without surrounding white space."""
    return filled_text(value).strip()


def _column(value: object) -> str:
    text = one_text(value)
    if not column_key(text):
        raise _invalid("blank-column")
    return text


def _campaign_id(value: object) -> str:
    text = one_text(value)
    if not CAMPAIGN_ID.fullmatch(text):
        raise _invalid("campaign-id", text=text)
    return text


def _host(value: object) -> str:
    text = one_text(value)
    if not _HOST.fullmatch(text):
        raise _invalid("host", text=text)
    return text.lower()


def _switch(value: object) -> bool:
    text = one_text(value)
    if text.lower() not in _SWITCHES:
        raise _invalid("switch", text=text)
    return _SWITCHES[text.lower()]


def _one_text_as(read: Callable[[str], Any]) -> PlainValidator:
    """Turn a reader of texts into a validator."""
    return PlainValidator(lambda value: read(one_text(value)))


def _row_limit(value: object) -> Limit:
    limit = parse_limit(one_text(value))
    if limit.percent:
        raise _invalid("share-of-rows", text=one_text(value))
    return limit


def _row_range(value: object) -> tuple[int, int]:
    match value:
        case [one, other]:
            least, most = _count(one_text(one)), _count(one_text(other))
        case list():
            raise _invalid("range")
        case _:
            least = most = _count(one_text(value))
    if least > most:
        raise _invalid("descending-range", least=least, most=most)
    return least, most


def sheet(value: object) -> str | int:
    """Read the name of a sheet or, for digits without quotes, its number from 1."""
    text = filled_text(value)
    if isinstance(value, Unquoted) and _WHOLE.fullmatch(text):
        return _positive(text)
    return text


def encoding(value: object) -> str:
    """Read the name of a text encoding that Python knows."""
    text = one_text(value)
    try:
        known = codecs.lookup(text)
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        known = None
    if known is None or not _is_for_files(known):
        raise _invalid("encoding", text=text)
    return text


def _is_for_files(codec: codecs.CodecInfo) -> bool:
    # rot13 and base64 are codecs, too; the flag that distinguishes them has no public name.
    is_of_texts = getattr(codec, "_is_text_encoding", False)
    return is_of_texts and codec.name.replace("_", "-") not in _NO_FILE_ENCODINGS


def delimiter(value: object) -> str:
    r"""Read a character that can separate cells; `tab` and `\t` are a TAB."""
    text = one_text(value)
    if text.lower() in _TAB_NAMES:
        return "\t"
    if len(text) != 1 or _NO_DELIMITER.match(text):
        raise _invalid("delimiter", text=text)
    return text


def marker(value: object) -> str:
    """Read the name of a marker file, in which `{}` is the name of the file itself."""
    text = filled_text(value)
    if "/" in text or "\\" in text:
        raise _invalid("marker-in-folder", text=text)
    if text.strip() == "{}" or "{" in text.replace("{}", ""):
        raise _invalid("marker", text=text)
    return text


def time_zone(value: object) -> str:
    """Read the name of a time zone, such as Europe/Warsaw."""
    text = one_text(value)
    try:
        return ZoneInfo(text).key
    except (LookupError, ValueError, OSError):  # OSError: a folder of the zone database
        pass
    raise _invalid("time-zone", text=text)


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
            raise _invalid("regex", text=text, error=str(error)) from None
    return text


def _separator(value: object) -> str:
    text = one_text(value)
    if text not in {".", ","}:
        raise _invalid("separator", text=text)
    return text


def _grouping(value: object) -> str:
    text = one_text(value)
    if text not in GROUPINGS:
        raise _invalid("grouping", text=text, known=tuple(GROUPINGS))
    return text


def _date_bound(value: object) -> str:
    text = one_text(value).strip()
    parse_date_bound(text)
    return text


def _time_of_day(value: object) -> str:
    text = one_text(value).strip()
    if not _TIME_OF_DAY.fullmatch(text):
        raise _invalid("time-of-day", text=text)
    return text.zfill(len("09:00"))


def _characters(value: object) -> str:
    text = one_text(value)
    if not text:
        raise _invalid("no-characters")
    return text


def _list(value: object) -> object:
    if isinstance(value, list) and value:
        return value
    if value == []:
        raise _invalid("empty-list")
    raise _list_for(value) if isinstance(value, str) else _invalid("list")


def _list_for(text: str) -> InvalidValueError:
    """Return how to write a text as a list."""
    if text[:1] in _DASHES and text[1:]:
        return _invalid("hyphen", item=text[1:].partition(f" {text[0]}")[0].strip())
    items = [item.strip() for item in text.split(",")]
    if all(item.isalnum() for item in items):
        return _invalid("list-of", items=", ".join(items))
    return _invalid("list-with", text=text)


def _keys(value: object) -> object:
    if isinstance(value, dict) and value:
        return value
    if value == {}:
        raise _invalid("no-keys")
    if isinstance(value, list):
        raise _invalid("keys-for-list")
    raise InvalidValueError(_keys_for(one_text(value)))


def _keys_for(text: str) -> Issue:
    """Return how to write a text as keys."""
    for mark, fault in ((":", finding("glued-colon")), ("=", finding("equals-sign"))):
        key, _, rest = text.partition(mark)
        if key.strip() and rest.strip():
            return write_instead(fault, f"{key.strip()}: {rest.split()[0]}")
    return finding("keys")


def one_of(kind: type[StrEnum]) -> PlainValidator:
    """Make the validator for an enumeration's words."""

    def read(value: object) -> Any:
        text = one_text(value)
        words = [member.value for member in kind]
        if text not in words:
            raise _invalid("unknown-word", text=text, meant=did_you_mean(text, words))
        return kind(text)

    return PlainValidator(read)


def words_of(kind: type[StrEnum]) -> WithJsonSchema:
    """Make the JSON Schema of an enumeration's words."""
    return WithJsonSchema({"enum": [member.value for member in kind]})


_WORD = {"type": ["string", "number", "boolean"]}
_POSITIVE = {"type": "integer", "minimum": 1}
_DURATION = {
    "type": ["number", "string"],
    "minimum": 0,
    "pattern": "^[0-9]{1,12}(\\.[0-9]{1,9})?\\s?[smhd]?$",
}
_LIMIT = {"type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]+(\\.[0-9]+)?\\s*%?$"}
_ROWS = {"type": "integer", "minimum": 0}
_TWO_ROWS = {"type": "array", "items": _ROWS, "minItems": 2, "maxItems": 2}

Text = Annotated[str, PlainValidator(one_text), WithJsonSchema(_WORD)]
FilledText = Annotated[str, PlainValidator(filled_text), WithJsonSchema({**_WORD, "minLength": 1})]
ClearToken = Annotated[str, PlainValidator(clear_token), WithJsonSchema({"type": "string"})]
Name = Annotated[str, PlainValidator(_name), WithJsonSchema({"type": "string", "minLength": 1})]
ColumnName = Annotated[str, PlainValidator(_column), WithJsonSchema({**_WORD, "minLength": 1})]
CampaignId = Annotated[
    str,
    PlainValidator(_campaign_id),
    WithJsonSchema({"type": "string", "pattern": f"^{CAMPAIGN_ID.pattern}$"}),
]
Host = Annotated[str, PlainValidator(_host), WithJsonSchema({"type": "string"})]
Switch = Annotated[bool, PlainValidator(_switch), WithJsonSchema({"type": "boolean"})]
Version = Annotated[int, _one_text_as(_positive), WithJsonSchema({"const": 1})]
Positive = Annotated[int, _one_text_as(_positive), WithJsonSchema(_POSITIVE)]
Workers = Annotated[
    int, _one_text_as(parse_workers), WithJsonSchema({**_POSITIVE, "maximum": MOST_WORKERS})
]
Retries = Annotated[
    int, _one_text_as(parse_retries), WithJsonSchema({**_ROWS, "maximum": MOST_RETRIES})
]
Duration = Annotated[float, _one_text_as(parse_duration), WithJsonSchema(_DURATION)]
PositiveDuration = Annotated[
    float, _one_text_as(parse_positive_duration), WithJsonSchema(_DURATION)
]
Rate = Annotated[
    float | str,
    _one_text_as(parse_rate),
    WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"const": "unlimited"}]}),
]
AnyLimit = Annotated[Limit, _one_text_as(parse_limit), WithJsonSchema(_LIMIT)]
RowLimit = Annotated[Limit, PlainValidator(_row_limit), WithJsonSchema(_ROWS)]
RowRange = Annotated[
    tuple[int, int],
    PlainValidator(_row_range),
    WithJsonSchema({"anyOf": [_ROWS, _TWO_ROWS]}),
]
Sheet = Annotated[
    str | int, PlainValidator(sheet), WithJsonSchema({"anyOf": [{"type": "string"}, _POSITIVE]})
]
Encoding = Annotated[str, PlainValidator(encoding), WithJsonSchema({"type": "string"})]
Delimiter = Annotated[str, PlainValidator(delimiter), WithJsonSchema({"type": "string"})]
Marker = Annotated[str, PlainValidator(marker), WithJsonSchema({**_WORD, "minLength": 1})]
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
    _one_text_as(_identifier_length),
    WithJsonSchema({**_POSITIVE, "maximum": LONGEST_IDENTIFIER}),
]
ListGiven = BeforeValidator(_list)
KeysGiven = BeforeValidator(_keys)
