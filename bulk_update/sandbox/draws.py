"""Random choices that are the same every time."""

from __future__ import annotations

import hashlib

RecordKey = tuple[str, str]
"""Campaign and identifier."""


def draw(seed: int, name: str, key: RecordKey) -> float:
    """Return a number from 0 to below 1 that depends on nothing but the arguments.

    It is derived from the record's key, not from a generator, so the order of requests has no
    influence.
    """
    text = f"{seed}:{name}:{key[0]}:{key[1]}"
    digest = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
