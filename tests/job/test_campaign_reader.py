"""Reading a campaign before sending: retries, patience, halts, refusals, pages and stops."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from client_attempts import connection_to
from scripted_server import Reaction, Received, ScriptedServer, always, in_turn, response

from bulk_update.errors import ReadRefusedError, ServiceError
from bulk_update.job.reference import CampaignReader, campaign_reader
from bulk_update.reference import CampaignStatus
from bulk_update.settings import Delivery
from bulk_update.stop_request import Interrupted, StopCause, StopRequest

STATUSES = Reaction(
    response(200, '[{"status_id": "3", "name": "Kontakt", "system_status": "CALL"}]')
)
KONTAKT = CampaignStatus("3", "Kontakt", "CALL", None)


@contextmanager
def reading(
    url: str, *, rate: float | None = None, patience: float = 10.0, stop: StopRequest | None = None
) -> Iterator[CampaignReader]:
    delivery = Delivery(
        rate=rate, workers=4, timeout_seconds=5.0, retries=0, patience_seconds=patience
    )
    with campaign_reader(connection_to(url), delivery, stop or StopRequest()) as reader:
        yield reader


@pytest.mark.parametrize(
    "first",
    [
        Reaction(response(503)),
        Reaction(response(429, headers="Retry-After: 0\r\n")),
        Reaction(b"HTTP", then="close"),
        Reaction(None, then="reset"),
        Reaction(b"nonsense\r\n\r\n"),
    ],
)
def test_a_read_that_fails_is_repeated(server: ScriptedServer, first: Reaction) -> None:
    server.script = in_turn(first, first, STATUSES)
    with reading(server.url) as reader:
        assert reader.statuses("00001") == (KONTAKT,)
    assert [request.target.split()[0] for request in server.requests] == ["GET"] * 3


@pytest.mark.parametrize(
    ("status", "code"), [(401, "halted-401"), (407, "halted-407"), (302, "halted-redirect")]
)
def test_an_answer_that_refuses_everybody_ends_with_4(
    server: ScriptedServer, status: int, code: str
) -> None:
    server.script = always(Reaction(response(status)))
    with reading(server.url) as reader, pytest.raises(ServiceError) as found:
        reader.agents("00001")
    assert (found.value.exit_code, found.value.reason) == (4, code)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_to_show_is_left_to_the_caller(server: ScriptedServer, status: int) -> None:
    server.script = always(
        Reaction(response(status, '{"errors": [{"message": "No.", "code": 1}]}'))
    )
    with reading(server.url) as reader, pytest.raises(ReadRefusedError) as found:
        reader.agents("00001")
    assert found.value.status == status
    assert found.value.message == (
        f"the agents of campaign 00001 cannot be read (HTTP {status}): No. (code 1)"
    )


@pytest.mark.parametrize(
    "response", [response(400), response(200, "[1]"), response(204), response(405)]
)
def test_any_other_final_response_ends_with_4(server: ScriptedServer, response: bytes) -> None:
    server.script = always(Reaction(response))
    with reading(server.url) as reader, pytest.raises(ServiceError) as found:
        reader.agents("00001")
    assert (found.value.exit_code, found.value.reason) == (4, "unread-reference")
    assert not isinstance(found.value, ReadRefusedError)


def test_an_outage_ends_with_4_when_patience_is_used_up(server: ScriptedServer) -> None:
    server.script = always(Reaction(response(503)))
    began = time.monotonic()
    with reading(server.url, patience=0.5) as reader, pytest.raises(ServiceError) as found:
        reader.statuses("00001")
    assert found.value.reason == "halted-patience"
    assert 0.4 < time.monotonic() - began < 5


def test_a_service_that_asks_for_a_longer_pause_than_patience_allows_is_not_waited_for(
    server: ScriptedServer,
) -> None:
    server.script = always(Reaction(response(503, headers="Retry-After: 3600\r\n")))
    with reading(server.url) as reader, pytest.raises(ServiceError, match="a pause of"):
        reader.statuses("00001")


def test_reads_keep_to_the_rate(server: ScriptedServer) -> None:
    server.script = always(STATUSES)
    began = time.monotonic()
    with reading(server.url, rate=10.0) as reader:
        for _ in range(6):
            reader.statuses("00001")
    assert time.monotonic() - began > 0.45


def test_what_follows_the_reads_keeps_to_the_rate_too(server: ScriptedServer) -> None:
    server.script = always(STATUSES)
    with reading(server.url, rate=4.0) as reader:
        reader.statuses("00001")
        read_at = time.monotonic()
    assert time.monotonic() - read_at > 0.2


def test_a_stop_request_interrupts_a_read_that_waits(server: ScriptedServer) -> None:
    stop = StopRequest()
    server.script = always(Reaction(None))
    stopper = threading.Timer(0.2, lambda: stop.request(StopCause.SIGTERM))
    stopper.start()
    began = time.monotonic()
    with pytest.raises(Interrupted), reading(server.url, stop=stop) as reader:
        reader.statuses("00001")
    assert time.monotonic() - began < 4
    stopper.join()


def test_nothing_is_read_after_a_stop_request(server: ScriptedServer) -> None:
    stop = StopRequest()
    stop.request(StopCause.SIGINT)
    with pytest.raises(Interrupted), reading(server.url, stop=stop) as reader:
        reader.statuses("00001")
    assert server.requests == []


class Campaign:
    """Serves the records of a campaign page by page; `change` alters them before each page."""

    def __init__(self, records: int, *, most: int = 100) -> None:
        self.identifiers = [str(number) for number in range(records)]
        self.most = most
        self.pages = 0

    def change(self) -> None:
        """Leave the records alone."""

    def __call__(self, request: Received, count: int) -> Reaction:
        del count
        self.pages += 1
        self.change()
        offset = int(request.target.rpartition("=")[2])
        page = self.identifiers[offset : offset + self.most]
        document = {"count": len(self.identifiers), "result": [{"identifier": i} for i in page]}
        return Reaction(response(200, json.dumps(document)))


class Shrinking(Campaign):
    """Loses its first three records before the second page."""

    def change(self) -> None:
        if self.pages == 2:
            del self.identifiers[:3]


class Emptied(Campaign):
    """Loses every record before the second page."""

    def change(self) -> None:
        if self.pages == 2:
            self.identifiers.clear()


class Growing(Campaign):
    """Gets another record before each page, at its end."""

    def change(self) -> None:
        if self.pages < 6:
            self.identifiers.append(f"new {self.pages}")


@pytest.mark.parametrize(
    ("campaign", "pages"),
    [
        (Campaign(0), 1),
        (Campaign(1), 1),
        (Campaign(100), 1),
        (Campaign(101), 2),
        (Campaign(250), 3),
        (Campaign(250, most=40), 7),
        (Shrinking(250), 4),
        (Emptied(250), 2),
        (Growing(200), 3),
    ],
)
def test_every_record_that_stays_is_read(
    server: ScriptedServer, campaign: Campaign, pages: int
) -> None:
    server.script = campaign
    with reading(server.url) as reader:
        found = [each.identifier for page in reader.records("00001") for each in page.records]
    assert set(campaign.identifiers) <= set(found)
    assert campaign.pages == pages


def test_a_list_that_ends_before_its_count_is_refused(server: ScriptedServer) -> None:
    pages = iter([[{"identifier": "1"}], []])
    server.script = lambda _request, _count: Reaction(
        response(200, json.dumps({"count": 5, "result": next(pages)}))
    )
    with reading(server.url) as reader, pytest.raises(ServiceError) as found:
        list(reader.records("00001"))
    assert found.value.reason == "unread-reference"
    assert found.value.message == ("campaign 00001 has 5 records, but the API lists only 1 of them")
