"""Text from elsewhere, made fit for a message: without secrets, control characters and length.

A server may echo the request's headers in its error page, and a terminal obeys whatever control
characters a text brings along.
"""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from bulk_update.printable import printable

MAX_MESSAGE_CHARACTERS = 500
REDACTED = "[secret]"

_SPACES = re.compile(r"\s+")


class Redactor:
    """Takes secrets out of texts, in every encoding in which a server may send them back."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {spelling for secret in secrets if secret for spelling in _spellings(secret)}
        # Longest first: a spelling may be a part of another one.
        ordered = sorted(spellings, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, ordered)), re.IGNORECASE)
        self._has_secrets = bool(ordered)

    def message(self, text: str) -> str:
        """Return the text on one line, without secrets, unseen characters and excess length."""
        if not text:  # nearly every answer
            return text
        one_line = _SPACES.sub(" ", self._without_secrets(text)).strip()
        clean = printable(one_line[: MAX_MESSAGE_CHARACTERS + 1])
        if len(clean) <= MAX_MESSAGE_CHARACTERS:
            return clean
        return f"{clean[: MAX_MESSAGE_CHARACTERS - 1]}…"

    def _without_secrets(self, text: str) -> str:
        return self._secrets.sub(REDACTED, text) if self._has_secrets else text


def _spellings(secret: str) -> Iterator[str]:
    yield secret
    yield secret.encode().decode("latin-1")  # a server that takes UTF-8 for Latin-1
    yield quote(secret, safe="")
    yield quote(secret)
    yield quote_plus(secret)
    yield html.escape(secret)
    yield html.escape(secret).replace("&#x27;", "&#039;")  # as PHP writes it
    for as_json in (json.dumps(secret), json.dumps(secret, ensure_ascii=False)):
        yield as_json[1:-1]
        yield as_json[1:-1].replace("/", "\\/")  # as PHP writes it
    yield secret.encode().hex()
    yield secret.encode().hex(" ")
    for encode in (b64encode, urlsafe_b64encode):
        # Without the padding: what follows it in a longer text may have changed it.
        yield encode(secret.encode()).decode("ascii").rstrip("=")
