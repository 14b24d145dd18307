"""The encoding of a corrected file that is not UTF-8, if its unchanged cells prove it."""

from __future__ import annotations

import json
import locale
from collections.abc import Iterator
from dataclasses import replace

from bulk_update.errors import EncodingError, UnusableError
from bulk_update.job.corrections import Originals
from bulk_update.job.mapped_file import opened
from bulk_update.job.request import LoadedMapping, Request
from bulk_update.job.store import Store

_CANDIDATES = ("cp1250", "cp1252", "iso8859-2", "cp852", "mac-latin2")
"""The encodings in which spreadsheet programs save text, besides UTF-8."""


def with_proven_encoding(request: Request, loaded: LoadedMapping, ledger: Store) -> Request:
    """Return the request with the encoding of its corrected file, if that can be proven.

    An encoding is proven if it reads more non-ASCII cells like their originals than any other
    encoding that reads the file differently. Otherwise the request is returned unchanged, and
    reading the file raises the error.
    """
    if request.source.encoding is not None or not _is_wrong(request, loaded):
        return request
    found = [
        (proof, encoding)
        for encoding in dict.fromkeys((*_CANDIDATES, locale.getencoding().lower()))
        if (proof := _proof(_named(request, encoding), loaded, ledger))
    ]
    most = max((proof for proof, _ in found), default=0)
    best = [_named(request, encoding) for proof, encoding in found if proof == most]
    if not best or any(_differ(best[0], other, loaded) for other in best[1:]):
        return request
    return best[0]


def _named(request: Request, encoding: str) -> Request:
    return replace(request, source=replace(request.source, encoding=encoding))


def _is_wrong(request: Request, loaded: LoadedMapping) -> bool:
    try:
        with opened(request, loaded):
            return False
    except EncodingError:
        return True
    except UnusableError:
        return False


def _proof(request: Request, loaded: LoadedMapping, ledger: Store) -> int:
    """Count the cells and column names with non-ASCII letters that read like their originals."""
    originals, proof, names = Originals(ledger), 0, set[str]()
    try:
        with opened(request, loaded) as (spreadsheet, _):
            for chunk in spreadsheet.chunks() if spreadsheet.names_origins else ():
                known = originals.of(chunk).originals
                names.update(name for original in known.values() for name in original.header)
                for number, row in zip(chunk.frame.index.tolist(), chunk.cells, strict=True):
                    if number in known:
                        kept = set(known[number].cells)
                        proof += sum(cell in kept for cell in json.loads(row) if not cell.isascii())
            header = spreadsheet.header
    except UnusableError:
        return 0
    return proof + sum(name in names for name in header if not name.isascii())


def _differ(one: Request, other: Request, loaded: LoadedMapping) -> bool:
    return any(
        left != right for left, right in zip(_rows(one, loaded), _rows(other, loaded), strict=True)
    )


def _rows(request: Request, loaded: LoadedMapping) -> Iterator[bytes]:
    with opened(request, loaded) as (spreadsheet, _):
        for chunk in spreadsheet.chunks():
            yield from chunk.cells
