"""`requests.jsonl`: exactly what would be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import IO

from bulk_update.results.row_blocks import Block

_REQUEST = b'{"row": %d, "method": "PUT", "path": "%b", "body": %b}\n'
_BODY = 6
"""Where it is in a row, after row number, campaign, identifier, outcome, code and reasons."""


def writing_requests(
    blocks: Iterable[Block], file: IO[bytes], *, path_of: Callable[[str, str], str]
) -> Iterator[Block]:
    """Yield blocks as they are, and write the request of each row that has a body.

    A request is one JSON object a line, the body byte for byte.
    """
    for block in blocks:
        requests = [
            _REQUEST % (row[0], path_of(row[1], row[2]).encode(), row[_BODY])
            for row in block
            if row[_BODY] is not None
        ]
        file.write(b"".join(requests))
        yield block
