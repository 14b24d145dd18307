"""Redaction of foreign text for messages: no secrets or control characters, limited length.

A server may echo the request's headers in its error page, and a terminal obeys any control
characters in a text.
"""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from urllib.parse import quote, quote_plus

from bulk_update.printable import printable
from bulk_update.records import Param

MAX_MESSAGE_CHARACTERS = 500
REDACTED = "[secret]"

SHORTEST_SECRET = 4
"""In characters. Removing "a" from every text would ruin the message and reveal the secret."""

_EXAMINED_CHARACTERS = 100_000
_SHORTEST_PIECE = 8
"""In characters of Base64: six encoded bytes."""

_SPACES = re.compile(r"\s+")
_BASE64_RUN = re.compile(rf"[A-Za-z0-9+/_-]{{{_SHORTEST_PIECE},}}")
_STANDARD_ALPHABET = str.maketrans("-_", "+/")
_WRONG_CHARSETS = ("latin-1", "cp1250", "cp1252", "iso-8859-2")


class Redactor:
    """Removes secrets from texts, in every form in which a server may send them back.

    That is the secret itself, percent-encoded, escaped for JSON or HTML, in hexadecimal and in
    Base64 (which HTTP Basic sends), also as part of a longer Base64 text and in pieces. A secret
    shorter than SHORTEST_SECRET characters is not removed by itself, but it is removed as part of
    `user:password` and of the Basic token.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._long_enough = [secret for secret in secrets if len(secret) >= SHORTEST_SECRET]

    @cached_property
    def _spellings(self) -> list[str]:
        """Every form of every secret, longest first, because one may be part of another.

        Most runs get no text that would have to be searched for them.
        """
        found = {spelling for secret in self._long_enough for spelling in _spellings(secret)}
        return sorted(found, key=len, reverse=True)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, self._spellings)), re.IGNORECASE)

    @cached_property
    def _pieces(self) -> frozenset[str]:
        return frozenset(
            token[start : start + _SHORTEST_PIECE].lower()
            for secret in self._long_enough
            for token in _tokens(secret)
            for start in range(len(token) - _SHORTEST_PIECE + 1)
        )

    def message(self, text: str) -> str:
        """Return the text on one line, without secrets and invisible characters, and shortened."""
        if not text:  # nearly every response
            return text
        one_line = _SPACES.sub(" ", self._without_secrets(text)).strip()
        clean = printable(one_line[: MAX_MESSAGE_CHARACTERS + 1])
        if len(clean) <= MAX_MESSAGE_CHARACTERS:
            return clean
        return f"{clean[: MAX_MESSAGE_CHARACTERS - 1]}…"

    def params(self, params: Mapping[str, Param]) -> dict[str, Param]:
        """Return message parameters with every text treated like a message."""
        return {
            name: self.message(value) if isinstance(value, str) else value
            for name, value in params.items()
        }

    def _without_secrets(self, text: str) -> str:
        if not self._long_enough:
            return text[:_EXAMINED_CHARACTERS]
        examined = self._pattern.sub(REDACTED, text[:_EXAMINED_CHARACTERS])
        if len(text) > _EXAMINED_CHARACTERS:  # the cut may split a secret
            examined = examined[: -len(self._spellings[0])]
        return _BASE64_RUN.sub(self._without_pieces, examined)

    def _without_pieces(self, run: re.Match[str]) -> str:
        """Remove pieces of tokens from a run of Base64 characters."""
        text = run[0]
        folded = text.translate(_STANDARD_ALPHABET).lower()
        kept, position, clean_until = [], 0, 0
        while position <= len(folded) - _SHORTEST_PIECE:
            if folded[position : position + _SHORTEST_PIECE] not in self._pieces:
                position += 1
                continue
            kept += [text[clean_until:position], REDACTED]
            while folded[position : position + _SHORTEST_PIECE] in self._pieces:
                position += 1
            position += _SHORTEST_PIECE - 1
            clean_until = position
        return "".join([*kept, text[clean_until:]])


def _spellings(secret: str) -> Iterator[str]:
    # Without the padding, since text that follows would have changed it.
    tokens = [b64encode(secret.encode()).decode("ascii").rstrip("="), *_tokens(secret)]
    forms = [secret, *tokens]
    forms += [token.replace("+", "-").replace("/", "_") for token in tokens]
    for charset in _WRONG_CHARSETS:
        with suppress(UnicodeDecodeError):
            forms.append(secret.encode().decode(charset))
    for form in forms:
        yield form
        yield quote(form, safe="")
        yield quote(quote(form, safe=""), safe="")  # a URL within a URL
        yield quote(form)
        yield quote_plus(form)
        yield html.escape(form)
        yield html.escape(form).replace("&#x27;", "&#039;")  # as PHP writes it
        for as_json in (json.dumps(form), json.dumps(form, ensure_ascii=False)):
            yield as_json[1:-1]
            yield as_json[1:-1].replace("/", "\\/")  # as PHP writes it
    yield secret.encode().hex()
    yield secret.encode().hex(" ")


def _tokens(secret: str) -> Iterator[str]:
    """Yield the Base64 of the secret alone and after one or two other bytes.

    Only the characters that depend on the secret alone: those at the ends depend on its neighbours.
    """
    encoded = secret.encode()
    for bytes_before in range(3):
        token = b64encode(bytes(bytes_before) + encoded).decode("ascii")
        first = -(-bytes_before * 8 // 6)
        last = (bytes_before + len(encoded)) * 8 // 6
        yield token[first:last]
