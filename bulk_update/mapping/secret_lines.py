"""Masks URLs in the lines of a mapping file, because those of `notify` hold secrets.

The file need not be valid YAML, so the key that a URL belongs to is not always known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]{0,30}:/{1,2}|mailtos?:)(?P<rest>[^\s\"',\]}]+)",
    re.IGNORECASE,
)
_ADDRESS_ALONE = re.compile(r"https?://[a-z0-9.-]+(:[0-9]*)?/?", re.IGNORECASE)
"""The address of a system, which has no secrets."""

_WORDS = re.compile(r"[^\s\"',\[\]{}/:@?&=#;<>|]+")
_SHORTEST_SECRET = 4
_NO_SECRETS = frozenset({"mailto", "mailtos", "http", "https", "json", "jsons", "column", "value"})


def secrets_in(text: str) -> frozenset[str]:
    """Return the words of URLs that no message may repeat."""
    return frozenset(_secrets_in(text))


def _secrets_in(text: str) -> Iterator[str]:
    for url in URL.finditer(text):
        if not _ADDRESS_ALONE.fullmatch(url[0]):
            for word in _WORDS.findall(url["rest"]):
                if len(word) >= _SHORTEST_SECRET and word.lower() not in _NO_SECRETS:
                    yield word


def has_secret(text: str) -> bool:
    """Return whether a text contains a URL that may hold a secret."""
    return any(not _ADDRESS_ALONE.fullmatch(url[0]) for url in URL.finditer(text))


def masked(line: str, secrets: frozenset[str]) -> str:
    """Return a line with asterisks in place of URLs and secrets; every other character stays."""
    line = URL.sub(_asterisks, line)
    for secret in secrets:
        line = line.replace(secret, "*" * len(secret))
    return line


def _asterisks(url: re.Match[str]) -> str:
    if _ADDRESS_ALONE.fullmatch(url[0]):
        return url[0]
    return url["scheme"] + "*" * len(url["rest"])
