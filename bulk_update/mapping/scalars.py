"""Readers of a mapping's values, from the text that its author wrote.

Each raises ValueError with a message that says what was found and what was expected.
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
from bulk_update.printable import quoted, quoted_list

_WHOLE = re.compile("[0-9]{1,18}")
_SWITCHES = {"true": True, "false": False}
_HOST = re.compile(r"[0-9a-z](?:[0-9a-z.-]*[0-9a-z])?(?::[0-9]{1,5})?", re.IGNORECASE)
_TAB_NAMES = frozenset({"\\t", "tab"})
_NO_FILE_ENCODINGS = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"}
)
_EXPECTED_LIST = "expected a list such as [tak, nie]"
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
    kind = "a list" if isinstance(value, list) else "keys"
    raise ValueError(f"expected one value, found {kind}")


def did_you_mean(text: str, known: Iterable[str]) -> str:
    """Return `did you mean "x"?`, or else the known words."""
    words = list(known)
    near = nearest_name(text, words)
    return f"did you mean {quoted(near)}?" if near else f"expected one of {quoted_list(words)}"


def filled_text(value: object) -> str:
    """Read a text that is not blank."""
    text = one_text(value)
    if not text.strip():
        raise ValueError("the text is blank")
    return text


def _name(value: object) -> str:
    text = filled_text(value).strip()
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise ValueError(
            f"{quoted(text)} is not a valid name (expected at most {_LONGEST_NAME} characters)"
        )
    return text


def clear_token(value: object) -> str:
    """Read the clear token, without surrounding white space."""
    return filled_text(value).strip()


def _column(value: object) -> str:
    text = one_text(value)
    if not column_key(text):
        raise ValueError("the column's name is blank")
    return text


def _campaign_id(value: object) -> str:
    text = one_text(value)
    if not CAMPAIGN_ID.fullmatch(text):
        raise ValueError(
            f"{quoted(text)} is not a valid campaign id (expected five characters such as 00001, "
            "or {column: ...})"
        )
    return text


def _host(value: object) -> str:
    text = one_text(value)
    if not _HOST.fullmatch(text):
        raise ValueError(
            f"{quoted(text)} is not a valid host name (expected one such as acme.thulium.com, "
            "without https:// and without a path)"
        )
    return text.lower()


def _switch(value: object) -> bool:
    text = one_text(value)
    if text.lower() not in _SWITCHES:
        raise ValueError(f"{quoted(text)} is not a valid switch (expected true or false)")
    return _SWITCHES[text.lower()]


def _one_text_as(read: Callable[[str], Any]) -> PlainValidator:
    """Turn a reader of texts into a validator."""
    return PlainValidator(lambda value: read(one_text(value)))


def _row_limit(value: object) -> Limit:
    limit = parse_limit(one_text(value))
    if limit.percent:
        raise ValueError(f"{quoted(one_text(value))} is a share (expected a number of rows)")
    return limit


def _row_range(value: object) -> tuple[int, int]:
    match value:
        case [one, other]:
            least, most = _count(one_text(one)), _count(one_text(other))
        case list():
            raise ValueError("expected one number, or two as [least, most]")
        case _:
            least = most = _count(one_text(value))
    if least > most:
        raise ValueError(f"[{least}, {most}] is not a range (the smaller number comes first)")
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
        raise ValueError(f"{quoted(text)} is not a known encoding (expected one such as cp1250)")
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
        raise ValueError(f"{quoted(text)} is not a valid delimiter (expected one of , ; | or tab)")
    return text


def time_zone(value: object) -> str:
    """Read the name of a time zone, such as Europe/Warsaw."""
    text = one_text(value)
    try:
        return ZoneInfo(text).key
    except (LookupError, ValueError, OSError):  # OSError: a folder of the zone database
        pass
    raise ValueError(
        f"{quoted(text)} is not a known time zone (expected one such as Europe/Warsaw)"
    )


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
            raise ValueError(f"{quoted(text)} is not a valid regular expression: {error}") from None
    return text


def _separator(value: object) -> str:
    text = one_text(value)
    if text not in {".", ","}:
        raise ValueError(f'{quoted(text)} is not a valid decimal separator (expected "." or ",")')
    return text


def _grouping(value: object) -> str:
    text = one_text(value)
    if text not in GROUPINGS:
        known = quoted_list(GROUPINGS)
        raise ValueError(f"{quoted(text)} is not a valid grouping (expected one of {known})")
    return text


def _date_bound(value: object) -> str:
    text = one_text(value).strip()
    parse_date_bound(text)
    return text


def _time_of_day(value: object) -> str:
    text = one_text(value).strip()
    if not _TIME_OF_DAY.fullmatch(text):
        raise ValueError(f"{quoted(text)} is not a valid time of day (expected one such as 09:00)")
    return text.zfill(len("09:00"))


def _characters(value: object) -> str:
    text = one_text(value)
    if not text:
        raise ValueError('no characters are given (expected some such as " -()")')
    return text


def _list(value: object) -> object:
    if isinstance(value, list) and value:
        return value
    if value == []:
        raise ValueError("the list is empty")
    raise ValueError(_list_for(value) if isinstance(value, str) else _EXPECTED_LIST)


def _list_for(text: str) -> str:
    """Return how to write a text as a list."""
    if text[:1] in _DASHES and text[1:]:
        item = text[1:].partition(f" {text[0]}")[0].strip()
        return f"a list item begins with a hyphen and a space: write - {item}"
    items = [item.strip() for item in text.split(",")]
    if all(item.isalnum() for item in items):
        return f"expected a list such as [{', '.join(items)}]"
    return f"expected a list such as [{quoted(text)}]"


def _keys(value: object) -> object:
    if isinstance(value, dict) and value:
        return value
    if value == {}:
        raise ValueError("no keys are given")
    if isinstance(value, list):
        raise ValueError(  # noqa: TRY004 - pydantic expects ValueError for a wrong value
            "expected keys such as {a: 1, b: 2}, without dashes or square brackets"
        )
    raise ValueError(_keys_for(one_text(value)))


def _keys_for(text: str) -> str:
    """Return how to write a text as keys."""
    for mark, what in (
        (":", "a space is missing after the colon"),
        ("=", "a key is followed by a colon, not by ="),
    ):
        key, _, rest = text.partition(mark)
        if key.strip() and rest.strip():
            return f"{what}: write {key.strip()}: {rest.split()[0]}"
    return "expected keys such as {a: 1, b: 2}"


def one_of(kind: type[StrEnum]) -> PlainValidator:
    """Make the validator for an enumeration's words."""

    def read(value: object) -> Any:
        text = one_text(value)
        words = [member.value for member in kind]
        if text not in words:
            raise ValueError(f"{quoted(text)} is unknown: {did_you_mean(text, words)}")
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
