"""Readers of a mapping's values, from the text that its author wrote.

Each raises InvalidValueError, which says what was found and what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainValidator, SecretStr, WithJsonSchema

from bulk_update.cells.identifiers import CAMPAIGN_ID
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
from bulk_update.mapping.faults import finding, write_instead
from bulk_update.records import Issue, Param
from bulk_update.window import DailyHours, parse_hours

_SWITCHES = {"true": True, "false": False}
_HOST = re.compile(r"[0-9a-z](?:[0-9a-z.-]*[0-9a-z])?(?::[0-9]{1,5})?", re.IGNORECASE)
_DASHES = frozenset("-\u2022\u00b7\u2013\u2014")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\x00-\x1f\x7f]*")
_LONGEST_NAME = 100
_count = whole_number(least=0)
positive = whole_number(least=1)


def one_text(value: object) -> str:
    """Return the value if it is a text, not a list or a section."""
    if isinstance(value, str):
        return str(value)
    raise invalid("list-for-text" if isinstance(value, list) else "keys-for-text")


def did_you_mean(text: str, known: Iterable[str]) -> Issue:
    """Return the word that a text most likely stands for, or else the known words."""
    words = tuple(known)
    near = nearest_name(text, words)
    return finding("near", near=near) if near else finding("one-of", known=words)


def invalid(variant: str, /, **params: Param) -> InvalidValueError:
    """Return the error for a value, by the variant of its sentence."""
    return InvalidValueError(finding(variant, **params))


def filled_text(value: object) -> str:
    """Read a text that is not blank."""
    text = one_text(value)
    if not text.strip():
        raise invalid("blank-text")
    return text


def _name(value: object) -> str:
    text = filled_text(value).strip()
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise invalid("name", text=text, most=_LONGEST_NAME)
    return text


def clear_token(value: object) -> str:
    """Read the clear token, without surrounding white space."""
    return filled_text(value).strip()


def _column(value: object) -> str:
    text = one_text(value)
    if not column_key(text):
        raise invalid("blank-column")
    return text


def _campaign_id(value: object) -> str:
    text = one_text(value)
    if not CAMPAIGN_ID.fullmatch(text):
        raise invalid("campaign-id", text=text)
    return text


def _host(value: object) -> str:
    text = one_text(value)
    if not _HOST.fullmatch(text):
        raise invalid("host", text=text)
    return text.lower()


def _switch(value: object) -> bool:
    text = one_text(value)
    if text.lower() not in _SWITCHES:
        raise invalid("switch", text=text)
    return _SWITCHES[text.lower()]


def one_text_as(read: Callable[[str], Any]) -> PlainValidator:
    """Turn a reader of texts into a validator."""
    return PlainValidator(lambda value: read(one_text(value)))


def _row_limit(value: object) -> Limit:
    limit = parse_limit(one_text(value))
    if limit.percent:
        raise invalid("share-of-rows", text=one_text(value))
    return limit


def _row_range(value: object) -> tuple[int, int]:
    match value:
        case [one, other]:
            least, most = _count(one_text(one)), _count(one_text(other))
        case list():
            raise invalid("range")
        case _:
            least = most = _count(one_text(value))
    if least > most:
        raise invalid("descending-range", least=least, most=most)
    return least, most


def _list(value: object) -> object:
    if isinstance(value, list) and value:
        return value
    if value == []:
        raise invalid("empty-list")
    raise _list_for(value) if isinstance(value, str) else invalid("list")


def _list_for(text: str) -> InvalidValueError:
    """Return how to write a text as a list."""
    if text[:1] in _DASHES and text[1:]:
        return invalid("hyphen", item=text[1:].partition(f" {text[0]}")[0].strip())
    items = [item.strip() for item in text.split(",")]
    if all(item.isalnum() for item in items):
        return invalid("list-of", items=", ".join(items))
    return invalid("list-with", text=text)


def _urls(value: object) -> object:
    if isinstance(value, list) and value:
        return value
    raise invalid("urls")  # without the text, which may be a secret


def _notify_url(value: object) -> SecretStr:
    text = one_text(value).strip()
    if not _URL.fullmatch(text):
        raise invalid("url")
    return SecretStr(text)


def _keys(value: object) -> object:
    if isinstance(value, dict) and value:
        return value
    if value == {}:
        raise invalid("no-keys")
    if isinstance(value, list):
        raise invalid("keys-for-list")
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
            raise invalid("unknown-word", text=text, meant=did_you_mean(text, words))
        return kind(text)

    return PlainValidator(read)


def words_of(kind: type[StrEnum]) -> WithJsonSchema:
    """Make the JSON Schema of an enumeration's words."""
    return WithJsonSchema({"enum": [member.value for member in kind]})


WORD = {"type": ["string", "number", "boolean"]}
POSITIVE = {"type": "integer", "minimum": 1}
_DURATION = {
    "type": ["number", "string"],
    "minimum": 0,
    "pattern": "^[0-9]{1,12}(\\.[0-9]{1,9})?\\s?[smhd]?$",
}
_LIMIT = {"type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]+(\\.[0-9]+)?\\s*%?$"}
_ROWS = {"type": "integer", "minimum": 0}
_TWO_ROWS = {"type": "array", "items": _ROWS, "minItems": 2, "maxItems": 2}

Text = Annotated[str, PlainValidator(one_text), WithJsonSchema(WORD)]
FilledText = Annotated[str, PlainValidator(filled_text), WithJsonSchema({**WORD, "minLength": 1})]
ClearToken = Annotated[str, PlainValidator(clear_token), WithJsonSchema({"type": "string"})]
Name = Annotated[str, PlainValidator(_name), WithJsonSchema({"type": "string", "minLength": 1})]
ColumnName = Annotated[str, PlainValidator(_column), WithJsonSchema({**WORD, "minLength": 1})]
CampaignId = Annotated[
    str,
    PlainValidator(_campaign_id),
    WithJsonSchema({"type": "string", "pattern": f"^{CAMPAIGN_ID.pattern}$"}),
]
Host = Annotated[str, PlainValidator(_host), WithJsonSchema({"type": "string"})]
Switch = Annotated[bool, PlainValidator(_switch), WithJsonSchema({"type": "boolean"})]
Version = Annotated[int, one_text_as(positive), WithJsonSchema({"const": 1})]
Positive = Annotated[int, one_text_as(positive), WithJsonSchema(POSITIVE)]
Workers = Annotated[
    int, one_text_as(parse_workers), WithJsonSchema({**POSITIVE, "maximum": MOST_WORKERS})
]
Retries = Annotated[
    int, one_text_as(parse_retries), WithJsonSchema({**_ROWS, "maximum": MOST_RETRIES})
]
Duration = Annotated[float, one_text_as(parse_duration), WithJsonSchema(_DURATION)]
PositiveDuration = Annotated[float, one_text_as(parse_positive_duration), WithJsonSchema(_DURATION)]
Hours = Annotated[
    DailyHours,
    one_text_as(parse_hours),
    WithJsonSchema({"type": "string", "examples": ["20:00-06:00"]}),
]
Rate = Annotated[
    float | str,
    one_text_as(parse_rate),
    WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"const": "unlimited"}]}),
]
AnyLimit = Annotated[Limit, one_text_as(parse_limit), WithJsonSchema(_LIMIT)]
RowLimit = Annotated[Limit, PlainValidator(_row_limit), WithJsonSchema(_ROWS)]
RowRange = Annotated[
    tuple[int, int],
    PlainValidator(_row_range),
    WithJsonSchema({"anyOf": [_ROWS, _TWO_ROWS]}),
]
NotifyUrl = Annotated[
    SecretStr,
    PlainValidator(_notify_url),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9+.-]*://"}),
]
UrlsGiven = BeforeValidator(_urls)
ListGiven = BeforeValidator(_list)
KeysGiven = BeforeValidator(_keys)
