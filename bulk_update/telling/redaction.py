"""Removes the secrets of a notification URL from a text about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, unquote_plus

from bulk_update.printable import printable

HIDDEN = "***"
LONGEST = 200
"""The most characters of a text that are kept."""

_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_PARAMETER = re.compile(
    r"(?<=[?&])(bcc|cc|format|from|mode|name|pass|port|smtp|to|user|verify)(?==)", re.IGNORECASE
)
"""Names of parameters, which are words that the reasons of failures consist of."""
_SEPARATORS = re.compile(r"[/?#&=:@,;\s]+")
_ANY_URL = re.compile(r"[a-z][a-z0-9+.-]{0,30}://\S*", re.IGNORECASE)
_LIKE_A_TOKEN = re.compile(r"[A-Za-z0-9_+/=%.~-]{20,}")
"""A token that was derived from the URL, such as Base64 of a user name and password."""
_LONGEST_WORD = 3
"""A part of at most this length is hidden only where it is a whole word."""


def scheme_of(url: str) -> str:
    """Return a URL's scheme in lower case, or an empty text if it has none."""
    found = _SCHEME.match(url)
    return found[1].lower() if found else ""


def redacted(text: str, url: str) -> str:
    """Return a text, shortened and safe to print, without any part of the URL but its scheme.

    The host is hidden, too, because it is a token in the URLs of many services. So is anything that
    looks like another URL or a token.
    """
    text = _ANY_URL.sub(HIDDEN, text)
    for part in sorted({*_parts(url)} - {""}, key=len, reverse=True):
        text = _without(part, text)
    text = printable(_LIKE_A_TOKEN.sub(HIDDEN, text))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _without(part: str, text: str) -> str:
    """Return a text without a part, in upper or lower case."""
    lower, part = text.lower(), part.lower()
    if len(lower) != len(text):  # a rare letter, whose lower case is longer
        return HIDDEN if part in lower else text
    kept, end = [], 0
    while (found := lower.find(part, end)) >= 0:
        after = found + len(part)
        is_word = not (lower[found - 1 : found].isalnum() or lower[after : after + 1].isalnum())
        hidden = HIDDEN if is_word or len(part) > _LONGEST_WORD else text[found:after]
        kept += [text[end:found], hidden]
        end = after
    return "".join((*kept, text[end:]))


def _parts(url: str) -> Iterator[str]:
    """Yield everything in a URL that could be secret, as written and decoded."""
    found = _SCHEME.match(url)
    content = url[found.end() :] if found else url
    for text in (content, unquote(content), unquote_plus(content)):
        yield text.strip()
    content = _PARAMETER.sub("", content)
    for text in (content, unquote(content), unquote_plus(content)):
        yield from _SEPARATORS.split(text)
    for piece in _SEPARATORS.split(content):
        yield unquote(piece)
        yield unquote_plus(piece)
