"""Calls, departures, permissions and slow pages: what a run meets besides its own updates."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterable
from typing import Any

import httpx
import pytest
from sandbox_requests import ask, get, messages, put

from bulk_update.sandbox import (
    Answer,
    Call,
    Change,
    Departure,
    Endpoint,
    Fault,
    FaultPlan,
    Leaves,
    Record,
    Sandbox,
    SandboxSettings,
    Vocabulary,
    running_sandbox,
)

RECORDS = [("00001", f"{number:08d}") for number in range(200)]


def sandbox_with(
    *faults: Fault, calls: Iterable[Call] = (), departures: Iterable[Departure] = (), seed: int = 0
) -> Sandbox:
    plan = FaultPlan(faults, seed=seed, calls=tuple(calls), departures=tuple(departures))
    return Sandbox(SandboxSettings(records=RECORDS, faults=plan))


def update(sandbox: Sandbox, identifier: str, **values: object) -> httpx.Response:
    path = f"/api/outbounds/00001/records_by_identifier/{identifier}"
    return put(sandbox, values or {"status_id": "8"}, path)


def record(sandbox: Sandbox, identifier: str) -> Record:
    found = sandbox.records.get("00001", identifier)
    assert found is not None
    return found


def called(sandbox: Sandbox) -> set[str]:
    return {each.identifier for each in sandbox.records if each.call_date}


def read(sandbox: Sandbox, kind: str) -> Any:
    return json.loads(get(sandbox, f"/api/outbounds/00001/{kind}").content)


def test_a_call_at_the_start_leaves_its_date_and_status() -> None:
    call = Call(
        identifiers=frozenset({"00000007"}),
        call_date="2027-01-29 10:15:00",
        status_id="6",
        agent_login="j.kowalska",
        next_call_date="2027-02-01 09:00",
    )
    listed = read(sandbox_with(calls=[call]), "records")["result"]
    shown = {name: listed[7][name] for name in ("call_date", "status_id", "agent_login")}
    assert shown == {
        "call_date": "2027-01-29 10:15:00",
        "status_id": "6",
        "agent_login": "j.kowalska",
    }
    assert listed[7]["next_call_date"] == "2027-02-01 09:00"
    assert listed[8]["call_date"] is None


def test_a_call_happens_once_when_that_many_updates_were_accepted() -> None:
    call = Call(identifiers=frozenset({"00000001"}), after=2, status_id="3")
    sandbox = sandbox_with(calls=[call])
    update(sandbox, "00000000")
    update(sandbox, "00000000", status_id="no such status")
    assert called(sandbox) == set()
    update(sandbox, "00000001")
    assert (record(sandbox, "00000001").status_id, called(sandbox)) == ("3", {"00000001"})
    update(sandbox, "00000001")
    assert record(sandbox, "00000001").status_id == "8"


def test_a_call_after_the_own_update_follows_the_first_one_only() -> None:
    sandbox = sandbox_with(calls=[Call(share=1.0, after=None, status_id="3")])
    update(sandbox, "00000005")
    assert (record(sandbox, "00000005").status_id, called(sandbox)) == ("3", {"00000005"})
    update(sandbox, "00000005")
    assert record(sandbox, "00000005").status_id == "8"


def test_a_call_does_not_count_as_a_request_and_keeps_the_fields() -> None:
    sandbox = sandbox_with(calls=[Call(share=1.0, after=None)])
    update(sandbox, "00000005", record_fields={"miasto": "Łódź"})
    found = record(sandbox, "00000005")
    assert (found.changes, found.record_fields) == (1, {"miasto": "Łódź"})


def test_a_call_without_a_date_happens_now() -> None:
    (found, *_) = sandbox_with(calls=[Call(share=1.0)]).records
    assert found.call_date is not None
    assert time.strptime(found.call_date, "%Y-%m-%d %H:%M:%S")


def test_calls_depend_on_the_seed_and_not_on_the_order_of_updates() -> None:
    def called_after(order: list[str], *, seed: int) -> set[str]:
        calls = [Call(share=0.2, after=None), Call(share=0.2, after=3)]
        sandbox = sandbox_with(calls=calls, seed=seed)
        for identifier in order:
            sandbox.update(record(sandbox, identifier), Change(status_id="8"))
        return called(sandbox)

    order = [identifier for _, identifier in RECORDS]
    shuffled = random.Random(5).sample(order, len(order))
    assert called_after(order, seed=1) == called_after(shuffled, seed=1)
    assert called_after(order, seed=1) != called_after(order, seed=2)


@pytest.mark.parametrize(
    ("leaves", "flags"), [(Leaves.COMPANY, (False, False)), (Leaves.CAMPAIGN, (True, False))]
)
def test_an_agent_who_left_is_listed_as_such_and_no_longer_accepted(
    leaves: Leaves, flags: tuple[bool, bool]
) -> None:
    sandbox = sandbox_with(departures=[Departure(login="p.nowak", leaves=leaves, after=1)])
    assert update(sandbox, "00000000", agent_login="p.nowak").status_code == 204
    listed = {each["login"]: each for each in read(sandbox, "agents")}
    left = listed["p.nowak"]
    assert (left["active"], left["active_in_outbound"]) == flags
    assert listed["j.kowalska"]["active_in_outbound"] is True
    refused = update(sandbox, "00000001", agent_login="p.nowak")
    assert messages(refused) == ["Agent p.nowak is not active in this campaign."]


def test_an_agent_can_leave_one_campaign_of_two() -> None:
    plan = FaultPlan(departures=(Departure(login="p.nowak", campaign_id="00002"),))
    campaigns = Sandbox(SandboxSettings(faults=plan)).campaigns
    active = {name: each.agent("p.nowak") for name, each in campaigns.items()}
    assert {name: agent and agent.active_in_outbound for name, agent in active.items()} == {
        "00001": True,
        "00002": False,
    }


@pytest.mark.parametrize("answer", [Answer.UNAUTHORIZED, Answer.FORBIDDEN, Answer.NOT_FOUND])
@pytest.mark.parametrize("endpoint", Endpoint)
def test_each_endpoint_has_its_own_permission(answer: Answer, endpoint: Endpoint) -> None:
    sandbox = sandbox_with(Fault(answer=answer, endpoint=endpoint, share=1.0))
    statuses: dict[Endpoint, int] = {
        each: get(sandbox, f"/api/outbounds/00001/{each}").status_code
        for each in Endpoint
        if each is not Endpoint.UPDATE
    }
    statuses[Endpoint.UPDATE] = update(sandbox, "00000001").status_code
    expected = dict.fromkeys(Endpoint, 200) | {Endpoint.UPDATE: 204, endpoint: int(answer)}
    assert statuses == expected
    assert record(sandbox, "00000001").changes == (endpoint is not Endpoint.UPDATE)


def test_a_refused_401_asks_for_credentials_again() -> None:
    fault = Fault(answer=Answer.UNAUTHORIZED, endpoint=Endpoint.AGENTS, share=1.0)
    response = get(sandbox_with(fault), "/api/outbounds/00001/agents")
    assert response.headers["WWW-Authenticate"].startswith("Basic realm=")


def test_a_permission_can_be_missing_in_one_campaign() -> None:
    fault = Fault(answer=Answer.FORBIDDEN, endpoint=Endpoint.AGENTS, campaign_id="00002", share=1.0)
    sandbox = sandbox_with(fault)
    assert get(sandbox, "/api/outbounds/00001/agents").status_code == 200
    assert get(sandbox, "/api/outbounds/00002/agents").status_code == 403


def test_a_reading_fault_with_times_ends() -> None:
    fault = Fault(answer=Answer.UNAVAILABLE, endpoint=Endpoint.RECORDS, share=1.0, times=1)
    sandbox = sandbox_with(fault)
    paths = [f"/api/outbounds/00001/records?offset={offset}" for offset in (0, 0, 100, 100)]
    assert [get(sandbox, path).status_code for path in paths] == [503, 200, 503, 200]


def test_pages_can_be_slow() -> None:
    fault = Fault(answer=Answer.SLOW, endpoint=Endpoint.RECORDS, share=1.0, seconds=0.3)
    with running_sandbox(SandboxSettings(faults=FaultPlan((fault,)))) as running:
        started = time.monotonic()
        response = httpx.get(
            f"{running.url}/api/outbounds/00001/records", auth=("sandbox", "sandbox")
        )
    assert response.json()["count"] == 1000
    assert time.monotonic() - started >= 0.3


def test_a_page_is_cut_from_its_own_campaign() -> None:
    sandbox = sandbox_with()
    sandbox.add_records([("00009", "x")])
    page = read(sandbox, "records?offset=150")
    assert (page["count"], len(page["result"])) == (200, 50)
    other = json.loads(ask(sandbox, "/api/outbounds/00009/records", method="GET").content)
    assert [each["identifier"] for each in other["result"]] == ["x"]


def test_a_vocabulary_is_listed_although_any_word_is_accepted() -> None:
    words = Vocabulary.of(
        status_ids=["3"], status_names=["Kontakt", "Nie dzwonić"], agent_logins=["j.doe"]
    )
    settings = SandboxSettings(
        records=RECORDS,
        accept_any_status=True,
        accept_any_agent=True,
        vocabulary={"00001": words},
    )
    sandbox = Sandbox(settings)
    names = {each["status_id"]: each["name"] for each in read(sandbox, "statuses")}
    assert names == {"3": "status 3", "1": "Kontakt", "2": "Nie dzwonić"}
    assert [each["login"] for each in read(sandbox, "agents")] == ["j.doe"]
    assert update(sandbox, "00000001", status_id="99", agent_login="x").status_code == 204


def test_an_agent_of_a_vocabulary_can_leave() -> None:
    words = Vocabulary.of(status_ids=(), status_names=(), agent_logins=["j.doe"])
    plan = FaultPlan(departures=(Departure(login="j.doe"),))
    settings = SandboxSettings(
        records=RECORDS, accept_any_agent=True, vocabulary={"00001": words}, faults=plan
    )
    (agent,) = read(Sandbox(settings), "agents")
    assert (agent["login"], agent["active"]) == ("j.doe", False)
