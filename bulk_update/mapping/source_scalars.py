"""Readers of the values that say how a file is read."""

from __future__ import annotations

import codecs
import re
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from bulk_update.mapping.document import Unquoted
from bulk_update.mapping.scalars import POSITIVE, WORD, filled_text, invalid, one_text, positive

_WHOLE = re.compile("[0-9]{1,18}")
_TAB_NAMES = frozenset({"\\t", "tab"})
_NO_FILE_ENCODINGS = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"}
)
_NO_DELIMITER = re.compile(r"[^\t\x20-\x7e]|[0-9A-Za-z \"'\\]")


def sheet(value: object) -> str | int:
    """Read the name of a sheet or, for digits without quotes, its number from 1."""
    text = filled_text(value)
    if isinstance(value, Unquoted) and _WHOLE.fullmatch(text):
        return positive(text)
    return text


def encoding(value: object) -> str:
    """Read the name of a text encoding that Python knows."""
    text = one_text(value)
    try:
        known = codecs.lookup(text)
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        known = None
    if known is None or not _is_for_files(known):
        raise invalid("encoding", text=text)
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
        raise invalid("delimiter", text=text)
    return text


def marker(value: object) -> str:
    """Read the name of a marker file, in which `{}` is the name of the file itself."""
    text = filled_text(value)
    if "/" in text or "\\" in text:
        raise invalid("marker-in-folder", text=text)
    if text.strip() == "{}" or "{" in text.replace("{}", ""):
        raise invalid("marker", text=text)
    return text


Sheet = Annotated[
    str | int, PlainValidator(sheet), WithJsonSchema({"anyOf": [{"type": "string"}, POSITIVE]})
]
Encoding = Annotated[str, PlainValidator(encoding), WithJsonSchema({"type": "string"})]
Delimiter = Annotated[str, PlainValidator(delimiter), WithJsonSchema({"type": "string"})]
Marker = Annotated[str, PlainValidator(marker), WithJsonSchema({**WORD, "minLength": 1})]
