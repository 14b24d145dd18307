"""`requests.jsonl`: exactly what would be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import IO

from bulk_update.records import BETWEEN_ROWS, RowGroup
from bulk_update.results.row_groups import lines_in_order

_REQUEST = b'{"row": %d, "method": "PUT", "path": "%b", "body": %b}\n'


def write_requests(
    file: IO[bytes],
    spans: Iterable[Sequence[RowGroup]],
    *,
    path_of: Callable[[str, str], str],
) -> None:
    """Write what would be sent, one JSON object a line, the body byte for byte."""

    def lines_of(rows: RowGroup, numbers: Sequence[int]) -> list[bytes]:
        campaign_id = rows.campaign_id or ""
        identifiers = rows.identifiers.split(BETWEEN_ROWS)
        bodies = rows.bodies.split(BETWEEN_ROWS.encode())
        return [
            _REQUEST % (number, path_of(campaign_id, identifier).encode(), body)
            for number, identifier, body in zip(numbers, identifiers, bodies, strict=True)
        ]

    for span in spans:
        _, lines = lines_in_order(span, lines_of)
        file.write(b"".join(lines))
