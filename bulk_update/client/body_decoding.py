"""Decodes the bytes of a response body: undoes its encodings, and finds its charset.

The request asks for no encoding, but some gateways compress their own pages anyway. The charset
that a response names is often wrong, so that its bytes are examined first.
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from typing import NamedTuple

from bulk_update.client.responses import MAX_BODY_BYTES
from bulk_update.records import NO_PARAMS, Param

_MOST_ENCODINGS = 4
_CHUNK_BYTES = 65_536
_NO_ENCODINGS = frozenset({"", "identity", "chunked"})
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNMARKED_UNICODE = (
    (re.compile(rb"\0\0\0[^\0]"), "utf-32-be"),
    (re.compile(rb"[^\0]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0[^\0]"), "utf-16-be"),
    (re.compile(rb"[^\0]\0"), "utf-16-le"),
)
_CHARSET = re.compile(
    r"charset\s*=\s*[\"']?"
    r"((?:utf|iso|windows|cp|ibm|latin|us-ascii|koi8|mac|gb|big5|euc|shift)[\w.-]{0,20})",
    re.IGNORECASE,
)
_IN_ASCII_BYTES = ("utf-7", "iso-2022")


class Unpacked(NamedTuple):
    """A body decoded as far as possible.

    `fault` says what stopped the decoding, as a variant with parameters.
    """

    data: bytes
    fault: str = ""
    params: Mapping[str, Param] = NO_PARAMS


class Decoded(NamedTuple):
    """The text of a body, and whether all its bytes were decoded faithfully."""

    text: str
    is_sound: bool


def unpack(raw: bytes, encodings: str) -> Unpacked:
    """Undo the Content-Encoding and the Transfer-Encoding, the last one first.

    `encodings` are their names, separated by commas.
    """
    names = [name.strip().lower() for name in encodings.split(",")]
    applied = [name for name in names if name not in _NO_ENCODINGS]
    if len(applied) > _MOST_ENCODINGS:
        return Unpacked(raw, "many-encodings", {"encodings": len(applied)})
    data = raw
    for name in reversed(applied):
        undo = _DECODERS.get(name)
        if undo is None:
            return Unpacked(data, "unknown-encoding", {"encoding": name})
        unpacked = undo(data)
        if unpacked.fault:
            return unpacked
        data = unpacked.data
    return Unpacked(data)


def _gunzipped(data: bytes) -> Unpacked:
    chunks, size = [], 0
    try:
        with gzip.GzipFile(fileobj=BytesIO(data)) as file:
            while size <= MAX_BODY_BYTES and (chunk := file.read1(_CHUNK_BYTES)):
                chunks.append(chunk)
                size += len(chunk)
    except (EOFError, OSError, zlib.error):
        return _broken(b"".join(chunks) or data, "gzip")
    return Unpacked(b"".join(chunks))


def _inflated(data: bytes) -> Unpacked:
    """Undo `deflate`, with or without the zlib header that RFC 9110 requires."""
    for window_bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        inflater = zlib.decompressobj(window_bits)
        with suppress(zlib.error):
            inflated = inflater.decompress(data, MAX_BODY_BYTES + 1)
            if len(inflated) > MAX_BODY_BYTES or (inflater.eof and not inflater.unused_data):
                return Unpacked(inflated)
    return _broken(data, "deflate")


def _broken(data: bytes, encoding: str) -> Unpacked:
    return Unpacked(data, "broken-encoding", {"encoding": encoding})


_DECODERS: Mapping[str, Callable[[bytes], Unpacked]] = {
    "gzip": _gunzipped,
    "x-gzip": _gunzipped,
    "deflate": _inflated,
}


def decode(data: bytes, content_type: str, *, is_cut_off: bool) -> Decoded:
    """Return the text, and whether it was decoded faithfully.

    The first of these that applies decides: a byte order mark; the pattern of NUL bytes; a named
    charset that encodes letters in ASCII bytes; UTF-8, if the bytes are valid; the named charset.
    If none fits, no charset is guessed.
    """
    names = list(_charsets(data, content_type))
    for name in names:
        with suppress(UnicodeError, LookupError):
            text = codecs.getincrementaldecoder(name)().decode(data, final=not is_cut_off)
            return Decoded(text, is_sound="\0" not in text)
    return Decoded(data.decode(names[0], "replace"), is_sound=False)


def _charsets(data: bytes, content_type: str) -> Iterator[str]:
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            yield name
            return
    for pattern, name in _UNMARKED_UNICODE:
        if pattern.match(data):
            yield name
            return
    named = _CHARSET.search(content_type)
    if named and named[1].lower().startswith(_IN_ASCII_BYTES):
        yield named[1]
    yield "utf-8"
    if named:
        yield named[1]
