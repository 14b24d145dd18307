"""`requests.jsonl`: exactly what would be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

_REQUEST = b'{"row": %d, "method": "PUT", "path": "%b", "body": %b}\n'
_BODY = 6
"""Where it is in a row, after row number, campaign, identifier, outcome, code and reasons."""


def writing_requests(
    rows: Iterable[tuple[Any, ...]], file: IO[bytes], *, path_of: Callable[[str, str], str]
) -> Iterator[tuple[Any, ...]]:
    """Yield rows as they are, and write the request of each that has a body.

    A request is one JSON object a line, the body byte for byte.
    """
    for row in rows:
        body = row[_BODY]
        if body is not None:
            file.write(_REQUEST % (row[0], path_of(row[1], row[2]).encode(), body))
        yield row
