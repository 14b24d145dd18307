"""Bodies in a compression that nobody asked for: some gateways compress their own pages."""

from __future__ import annotations

import zlib

_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


def decompressed(body: bytes, *, at_most: int) -> bytes:
    """Return up to so many bytes of a compressed body; one that cannot be read, as it is."""
    try:
        return zlib.decompressobj(_GZIP_OR_ZLIB).decompress(body, at_most)
    except zlib.error:
        return body
