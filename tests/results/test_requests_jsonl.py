from __future__ import annotations

import io
from itertools import chain

from bulk_update.results import in_blocks, writing_requests


def test_requests_are_exactly_what_would_be_sent() -> None:
    rows = [
        (2, "00001", "a/b", "planned", "", "", '{"record_fields":{"miasto":"Łódź"}}'.encode()),
        (3, None, None, "invalid", "no-identifier", "[]", None),
        (5, "00002", "c", "planned", "", "", b"{}", None, 0, None, None, None, None),
    ]
    file = io.BytesIO()
    passed_on = writing_requests(
        in_blocks(rows), file, path_of=lambda campaign, name: f"/Ł/{campaign}/{name}"
    )
    assert list(chain.from_iterable(passed_on)) == rows
    assert file.getvalue().decode() == (
        '{"row": 2, "method": "PUT", "path": "/Ł/00001/a/b", '
        '"body": {"record_fields":{"miasto":"Łódź"}}}\n'
        '{"row": 5, "method": "PUT", "path": "/Ł/00002/c", "body": {}}\n'
    )
