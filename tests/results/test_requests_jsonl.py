from __future__ import annotations

import io

from bulk_update.records import BETWEEN_ROWS, RowGroup
from bulk_update.results import write_requests

NOT_SENT = (None, None, None)


def requests(*spans: list[RowGroup]) -> str:
    file = io.BytesIO()
    write_requests(file, spans, path_of=lambda campaign, name: f"/api/{campaign}/{name}")
    return file.getvalue().decode()


def change(numbers: str, identifiers: str, bodies: str, *, campaign_id: str = "00001") -> RowGroup:
    numbers, identifiers, bodies = (
        text.replace("|", BETWEEN_ROWS) for text in (numbers, identifiers, bodies)
    )
    return RowGroup(campaign_id, *NOT_SENT, numbers, identifiers, bodies.encode())


def test_requests_are_exactly_what_would_be_sent() -> None:
    assert requests([change("2", "a%2Fb", '{"record_fields":{"miasto":"Łódź"}}')]) == (
        '{"row": 2, "method": "PUT", "path": "/api/00001/a%2Fb", '
        '"body": {"record_fields":{"miasto":"Łódź"}}}\n'
    )


def test_requests_come_in_input_order_whatever_their_campaign() -> None:
    alike = [change("2|5", "a|b", "{}|{}"), change("3|4", "c|d", "{}|{}", campaign_id="00002")]
    one_by_one = [
        change("2", "a", "{}"),
        change("3", "c", "{}", campaign_id="00002"),
        change("4", "d", "{}", campaign_id="00002"),
        change("5", "b", "{}"),
    ]
    assert requests(alike) == requests(*([each] for each in one_by_one))
    assert requests(alike, []).count("\n") == 4
