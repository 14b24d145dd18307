"""Reading a campaign: what is asked for, and what the responses are taken for."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from client_attempts import connection_to
from scripted_server import Reaction, ScriptedServer, always, response

from bulk_update.client import Connection, Reading, ReferenceClient
from bulk_update.reference import Agent, CampaignStatus, RecordPage, RecordState
from bulk_update.sandbox import SandboxSettings, running_sandbox


def read(server: ScriptedServer, what: str, document: object, *, offset: int = 0) -> Reading[Any]:
    text = document if isinstance(document, str) else json.dumps(document)
    server.script = always(Reaction(response(200, text)))

    async def reading() -> Reading[Any]:
        async with ReferenceClient(connection_to(server.url)) as client:
            match what:
                case "statuses":
                    return await client.statuses("00001")
                case "agents":
                    return await client.agents("00001")
                case _:
                    return await client.records("00001", offset=offset)

    return asyncio.run(reading())


@pytest.mark.parametrize(
    ("what", "offset", "target"),
    [
        ("statuses", 0, "GET /api/outbounds/00001/statuses"),
        ("agents", 0, "GET /api/outbounds/00001/agents"),
        ("records", 200, "GET /api/outbounds/00001/records?limit=100&offset=200"),
    ],
)
def test_each_list_is_read_by_a_get_with_the_headers_of_a_put(
    server: ScriptedServer, what: str, offset: int, target: str
) -> None:
    read(server, what, [], offset=offset)
    request = server.requests[0]
    assert (request.target, request.body) == (target, b"")
    assert "authorization: basic " in request.head.lower()


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([], ()),
        (
            [{"system_status": "CALL", "status_id": "3", "dictionary_status_id": 2, "name": "A"}],
            (CampaignStatus("3", "A", "CALL", "2"),),
        ),
        ([{"status_id": 3}], (CampaignStatus("3", "", "", None),)),
        ([{"status_id": "3", "name": None, "new": {}}], (CampaignStatus("3", "", "", None),)),
        ([{"name": "A"}], None),
        ([{"status_id": True, "name": "A"}], None),
        ([{"status_id": ["3"], "name": "A"}], None),
        (["3"], None),
        ({"statuses": []}, None),
        ("", None),
        ("<html>Statuses</html>", None),
        ('[{"status_id": "3"', None),
        ("[" * 5000, None),
        (f'["{"x" * 1_100_000}"]', None),
    ],
)
def test_statuses_are_what_the_documentation_describes_or_nothing(
    server: ScriptedServer, document: object, expected: object
) -> None:
    assert read(server, "statuses", document).value == expected


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"active": True, "active_in_outbound": True}, (True, True)),
        ({"active": False, "active_in_outbound": True}, (False, True)),
        ({"active": 1, "active_in_outbound": 0}, (True, False)),
        ({"active": "1", "active_in_outbound": "false"}, (True, False)),
        ({}, (True, True)),
        ({"active": None}, (True, True)),
    ],
)
def test_an_agent_is_inactive_only_if_the_api_says_so(
    server: ScriptedServer, flags: dict[str, object], expected: tuple[bool, bool]
) -> None:
    found = read(server, "agents", [{"login": "j.doe", "number": "101", "agent_id": 1, **flags}])
    assert found.value == (Agent("j.doe", *expected),)


def test_a_page_has_the_number_of_all_records_and_texts_for_ids(server: ScriptedServer) -> None:
    record = {
        "record_id": 1, "status_id": 3, "call_date": "2026-01-02 08:00:00", "next_call_date": None,
        "agent_login": "", "identifier": 77,
    }  # fmt: skip
    document = {"count": "228", "result": [record, {"identifier": None}]}
    assert read(server, "records", document).value == RecordPage(
        228,
        (
            RecordState("77", "3", None, None, "2026-01-02 08:00:00"),
            RecordState("", None, None, None, None),
        ),
    )


@pytest.mark.parametrize(
    "document", [[], {"count": 1}, {"result": []}, {"count": -1, "result": []}]
)
def test_a_page_that_lacks_a_part_is_not_read(server: ScriptedServer, document: object) -> None:
    assert read(server, "records", document).value is None


def test_a_response_that_is_no_success_is_not_read(server: ScriptedServer) -> None:
    async def reading() -> Reading[Any]:
        server.script = always(Reaction(response(403, "[]")))
        async with ReferenceClient(connection_to(server.url)) as client:
            return await client.agents("00001")

    reply, value = asyncio.run(reading())
    assert (reply.status, value) == (403, None)


def test_a_service_that_cannot_be_reached_gives_a_reply() -> None:
    async def reading() -> Reading[Any]:
        async with ReferenceClient(connection_to("http://127.0.0.1:1")) as client:
            return await client.agents("00001")

    reply, value = asyncio.run(reading())
    assert (reply.code, reply.may_have_been_sent, value) == ("unreachable", False, None)


def test_the_sandbox_serves_what_the_client_reads() -> None:
    settings = SandboxSettings()

    async def reading(url: str) -> tuple[Any, ...]:
        connection = Connection(url, settings.username, settings.password)
        async with ReferenceClient(connection) as client:
            statuses, agents = await client.statuses("00001"), await client.agents("00001")
            return statuses.value, agents.value, (await client.records("00001", offset=0)).value

    with running_sandbox(settings) as running:
        statuses, agents, page = asyncio.run(reading(running.url))
    assert CampaignStatus("5", "Mój rekord", "MY_RECORD", "5") in statuses
    assert Agent("m.zielinski", is_active=False, is_active_in_campaign=False) in agents
    assert isinstance(page, RecordPage)
