"""The update endpoint and the reference endpoints follow their documented rules."""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator
from typing import Any, cast
from urllib.parse import quote

import pytest
from sandbox_requests import AUTH, IDENTIFIER, JSON, PATH, ask, get, messages, put

from bulk_update.sandbox import Record, Sandbox, SandboxSettings
from bulk_update.sandbox.endpoints import MAX_BODY_BYTES
from bulk_update.sandbox.received import KEPT_BODY_BYTES


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(SandboxSettings())


def record(sandbox: Sandbox, identifier: str = IDENTIFIER) -> Record:
    found = sandbox.records.get("00001", identifier)
    assert found is not None
    return found


def test_a_change_is_applied_and_answered_with_an_empty_204(sandbox: Sandbox) -> None:
    response = put(
        sandbox,
        {
            "status_id": "5",
            "dictionary_status_id": "8",
            "agent_login": "j.kowalska",
            "next_call_date": "2027-01-11 08:15",
            "record_fields": {"miasto": "Łódź", "vip": "1"},
        },
    )
    assert (response.status_code, response.content) == (204, b"")
    assert record(sandbox) == Record(
        record_id=1,
        campaign_id="00001",
        identifier=IDENTIFIER,
        status_id="5",
        dictionary_status_id="8",
        agent_login="j.kowalska",
        next_call_date="2027-01-11 08:15",
        record_fields={"miasto": "Łódź", "vip": "1"},
        changes=1,
    )


def test_an_empty_field_is_cleared_and_an_absent_one_is_kept(sandbox: Sandbox) -> None:
    put(sandbox, {"status_id": "3", "record_fields": {"miasto": "Łódź", "saldo": "12.50"}})
    put(sandbox, {"record_fields": {"miasto": ""}})
    assert record(sandbox).record_fields == {"saldo": "12.50"}
    assert record(sandbox).status_id == "3"


def test_ids_may_be_numbers(sandbox: Sandbox) -> None:
    assert put(sandbox, {"status_id": 3}).status_code == 204
    assert record(sandbox).status_id == "3"


MY_RECORD = "is required for MY_RECORD."


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"status_id": "99"}, ["Status not found."]),
        ({"status_id": ""}, ["Status not found."]),
        ({"dictionary_status_id": "99"}, ["Dictionary status not found."]),
        (
            {"status_id": "5"},
            [f"Parameter agent_login {MY_RECORD}", f"Parameter next_call_date {MY_RECORD}"],
        ),
        (
            {"dictionary_status_id": "5", "agent_login": "p.nowak"},
            [f"Parameter next_call_date {MY_RECORD}"],
        ),
        ({"status_id": "6"}, ["Parameter next_call_date is required for CALL_NO_SOONER_THAN."]),
        ({"agent_login": "k.duda"}, ["Agent not found."]),
        ({"agent_login": ""}, ["Agent not found."]),
        ({"agent_login": "m.zielinski"}, ["Agent m.zielinski is not active in this campaign."]),
        ({"record_fields": {"miato": "x"}}, ["Field miato does not exist in this campaign."]),
        ({"record_fields": {"miasto": None}}, ["Field miasto is not a string or an integer."]),
        ({"record_fields": {"miasto": True}}, ["Field miasto is not a string or an integer."]),
        ({"record_fields": ["miasto"]}, ["Parameter record_fields is not an object."]),
        ({"status_id": None}, ["Parameter status_id is not a string or an integer."]),
        ({"agent_login": ["p.nowak"]}, ["Parameter agent_login is not a string or an integer."]),
        ({"statusid": "3"}, ["Unknown parameter statusid."]),
        ({}, ["Nothing to change: the body is an empty object."]),
        (
            {
                "status_id": "99",
                "agent_login": "k.duda",
                "next_call_date": "soon",
                "record_fields": {"a": "1", "b": "2"},
            },
            [
                "Status not found.",
                "Agent not found.",
                "Wrong format of next_call_date (expected YYYY-MM-DD hh:mm).",
                "Field a does not exist in this campaign.",
                "Field b does not exist in this campaign.",
            ],
        ),
    ],
)
def test_an_invalid_body_is_rejected_with_every_reason_and_changes_nothing(
    sandbox: Sandbox, document: dict[str, Any], expected: list[str]
) -> None:
    response = put(sandbox, document)
    assert response.status_code == 400
    assert messages(response) == expected
    assert record(sandbox).changes == 0


@pytest.mark.parametrize(
    "date",
    [
        "2027-02-31 10:00",
        "2027-01-11 24:00",
        "2027-01-11T08:15",
        "2027-01-11 08:15:00",
        "2027-1-11 08:15",
        "11.01.2027 08:15",
        "2027-01-11",
        "\u0662027-01-11 08:15",
        "",
    ],
)
def test_a_call_date_in_any_other_format_is_rejected(sandbox: Sandbox, date: str) -> None:
    response = put(sandbox, {"next_call_date": date})
    assert messages(response) == ["Wrong format of next_call_date (expected YYYY-MM-DD hh:mm)."]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "The body is not valid JSON ("),
        (b'{"status_id": "3"', "The body is not valid JSON ("),
        (b'{"status_id": "3"} x', "The body is not valid JSON ("),
        (b'{"record_fields": {"saldo": NaN}}', "The body is not valid JSON (NaN is not JSON)."),
        (b'{"status_id": "3", "status_id": "4"}', "The body is not valid JSON (a name appears"),
        (b"\xef\xbb\xbf{}", "The body is not valid JSON ("),
        ('{"record_fields": {"miasto": "Łódź"}}'.encode("cp1250"), "The body is not UTF-8 (byte"),
        (b'["status_id"]', "The body is not a JSON object."),
        (b'{"record_fields": {"miasto": "\\ud83d"}}', "The body contains an unpaired surrogate."),
        (b'{"status_id": ' + b"[" * 100_000, "The body is nested too deeply."),
        (b'{"a": "\\u0041", "b": ' + b"[" * 900 + b"]" * 900 + b"}", "Unknown parameter a."),
    ],
)
def test_a_body_that_is_not_a_strict_json_object_is_rejected(
    sandbox: Sandbox, body: bytes, expected: str
) -> None:
    response = ask(sandbox, content=body)
    assert response.status_code == 400
    assert messages(response)[0].startswith(expected)


def test_an_escaped_pair_of_surrogates_is_one_character(sandbox: Sandbox) -> None:
    response = ask(sandbox, content=b'{"record_fields": {"miasto": "\\ud83d\\ude00"}}')
    assert response.status_code == 204
    assert record(sandbox).record_fields == {"miasto": "\U0001f600"}


def test_a_bug_results_in_a_500_and_a_log_entry(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    cast("Any", sandbox).campaigns = None
    assert put(sandbox, {"status_id": "3"}).status_code == 500
    assert caplog.messages == ["a bug in the sandbox"]


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_without_a_json_content_type_is_rejected(sandbox: Sandbox, kind: str) -> None:
    response = ask(sandbox, content=b'{"status_id": "3"}', headers={"Content-Type": kind})
    assert response.status_code == 415


def test_the_content_type_may_have_a_charset(sandbox: Sandbox) -> None:
    headers = {"Content-Type": "application/json; charset=UTF-8"}
    response = ask(sandbox, content=b'{"status_id": "3"}', headers=headers)
    assert response.status_code == 204


def test_a_body_of_more_than_a_megabyte_is_rejected(sandbox: Sandbox) -> None:
    assert put(sandbox, {"record_fields": {"uwagi": "x" * 1_000_000}}).status_code == 413


def test_a_body_of_a_megabyte_is_accepted(sandbox: Sandbox) -> None:
    around = len('{"record_fields": {"uwagi": ""}}')
    text = "x" * (MAX_BODY_BYTES - around)
    assert put(sandbox, {"record_fields": {"uwagi": text}}).status_code == 204
    assert record(sandbox).record_fields == {"uwagi": text}


@pytest.mark.parametrize(("auth", "status"), [(AUTH, 413), (("sandbox", "wrong"), 401)])
def test_memory_does_not_grow_with_the_size_of_a_body(
    sandbox: Sandbox, auth: tuple[str, str], status: int
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield bytes(100_000)

    tracemalloc.start()
    response = ask(sandbox, content=pieces(), auth=auth)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert response.status_code == status
    assert peak < 10_000_000


def test_only_the_start_of_a_large_body_is_kept(sandbox: Sandbox) -> None:
    put(sandbox, {"record_fields": {"uwagi": "x" * 1_000_000}})
    (received,) = sandbox.received.requests()
    assert received.body.startswith(b'{"record_fields": {"uwagi": "xxx')
    assert len(received.body) == KEPT_BODY_BYTES


@pytest.mark.parametrize(
    ("path", "method", "status", "message"),
    [
        ("/api/outbounds/00009/records_by_identifier/1", "PUT", 404, "Outbound not found."),
        ("/api/outbounds/00001/records_by_identifier/1", "PUT", 404, "Record not found."),
        ("/api/outbounds/00001/records_by_identifier/%FF", "PUT", 400, "The path is not UTF-8."),
        ("/api/outbounds/00001/records_by_identifier/", "PUT", 404, "Resource not found."),
        ("/api/outbounds/00001/records_by_identifier/1/2", "PUT", 404, "Resource not found."),
        ("/api/outbounds/00001", "GET", 404, "Resource not found."),
        (PATH, "GET", 405, "Method GET is not allowed here."),
        ("/api/outbounds/00001/agents", "PUT", 405, "Method PUT is not allowed here."),
        ("/api/outbounds/00009/agents", "GET", 404, "Outbound not found."),
    ],
)
def test_an_unknown_path_is_rejected_with_a_reason(
    sandbox: Sandbox, path: str, method: str, status: int, message: str
) -> None:
    response = ask(sandbox, path, method=method, content=b'{"status_id": "3"}')
    assert (response.status_code, messages(response)) == (status, [message])


@pytest.mark.parametrize(
    "identifier", ["a/b", "50%", "a%2Fb", "A B+C", "zażółć", "a?b#c", "..a", "\U0001f600", "=1+1"]
)
def test_any_identifier_is_one_encoded_path_segment(identifier: str) -> None:
    sandbox = Sandbox(SandboxSettings(records=[("00001", identifier)]))
    path = f"/api/outbounds/00001/records_by_identifier/{quote(identifier, safe='')}"
    assert put(sandbox, {"status_id": "3"}, path).status_code == 204
    assert record(sandbox, identifier).changes == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer c2FuZGJveDpzYW5kYm94"},
        {"Authorization": "Basic ???"},
        {"Authorization": "Basic żółw"},
        {"Authorization": "Basic c2FuZGJveDp3cm9uZw=="},
    ],
)
def test_requests_without_the_password_are_rejected(
    sandbox: Sandbox, headers: dict[str, str]
) -> None:
    response = ask(sandbox, content=b'{"status_id": "3"}', headers=JSON | headers, auth=None)
    assert (response.status_code, messages(response)) == (401, ["Unauthorized."])
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert record(sandbox).changes == 0


def test_credentials_are_compared_as_utf_8() -> None:
    sandbox = Sandbox(SandboxSettings(username="józef", password="żółw:1"))
    response = ask(sandbox, content=b'{"status_id": "3"}', auth=("józef", "żółw:1"))
    assert response.status_code == 204


def test_each_refusal_has_its_own_request_id(sandbox: Sandbox) -> None:
    first, second = (put(sandbox, {}).json()["request_id"] for _ in range(2))
    assert first != second


def test_statuses_and_agents_have_the_documented_shape(sandbox: Sandbox) -> None:
    statuses = get(sandbox, "/api/outbounds/00001/statuses").json()
    agents = get(sandbox, "/api/outbounds/00001/agents").json()
    assert statuses[1] == {
        "system_status": "CALL",
        "status_id": "3",
        "dictionary_status_id": 2,
        "name": "Kontakt",
    }
    assert agents[3] == {
        "login": "m.zielinski",
        "number": "104",
        "active": False,
        "active_in_outbound": False,
        "agent_id": 4,
    }


def test_records_are_listed_page_by_page_with_their_current_values() -> None:
    keys = [("00001", f"id-{number}") for number in range(228)] + [("00002", "other")]
    sandbox = Sandbox(SandboxSettings(records=keys))
    document = {"status_id": "6", "next_call_date": "2027-01-11 08:15"}
    put(sandbox, document, "/api/outbounds/00001/records_by_identifier/id-200")
    last = get(sandbox, "/api/outbounds/00001/records?limit=100&offset=200").json()
    assert last["count"] == 228
    assert [each["identifier"] for each in last["result"]] == [f"id-{n}" for n in range(200, 228)]
    assert last["result"][0] == {
        "record_id": 201,
        "phone_number": "48600000201",
        "system_status": "CALL_NO_SOONER_THAN",
        "status": "Oddzwonić",
        "status_id": "6",
        "call_date": None,
        "create_date": "2026-01-02 08:00:00",
        "next_call_date": "2027-01-11 08:15",
        "agent_login": None,
        "identifier": "id-200",
    }
    assert len(get(sandbox, "/api/outbounds/00001/records").json()["result"]) == 100


@pytest.mark.parametrize("query", ["limit=101", "limit=0", "limit=x", "offset=-1", "limit="])
def test_a_page_beyond_the_limits_is_rejected(sandbox: Sandbox, query: str) -> None:
    response = get(sandbox, f"/api/outbounds/00001/records?{query}")
    assert messages(response) == ["Wrong paging (expected limit from 1 to 100, offset from 0)."]


def test_a_campaign_that_only_records_mention_is_created() -> None:
    sandbox = Sandbox(SandboxSettings(records=[("00077", "a"), ("00077", "b")]))
    path = "/api/outbounds/00077/records_by_identifier/b"
    assert put(sandbox, {"status_id": "3"}, path).status_code == 204
    assert get(sandbox, "/api/outbounds/00077/records").json()["count"] == 2


@pytest.mark.parametrize(
    ("switch", "document"),
    [
        (SandboxSettings(accept_any_field=True), {"record_fields": {"pole 1": "x"}}),
        (SandboxSettings(accept_any_status=True), {"status_id": "17"}),
        (SandboxSettings(accept_any_status=True), {"status_id": "5"}),
        (SandboxSettings(accept_any_status=True), {"status_id": "6"}),
        (SandboxSettings(accept_any_status=True), {"dictionary_status_id": "17"}),
        (SandboxSettings(accept_any_status=True), {"dictionary_status_id": "5"}),
        (SandboxSettings(accept_any_agent=True), {"agent_login": "k.duda"}),
        (SandboxSettings(accept_any_agent=True), {"agent_login": "m.zielinski"}),
    ],
)
def test_an_option_accepts_values_that_the_sandbox_does_not_know(
    switch: SandboxSettings, document: dict[str, Any]
) -> None:
    assert put(Sandbox(switch), document).status_code == 204
    assert put(Sandbox(SandboxSettings()), document).status_code == 400


def test_no_option_accepts_an_empty_status_or_agent() -> None:
    sandbox = Sandbox(SandboxSettings(accept_any_status=True, accept_any_agent=True))
    response = put(sandbox, {"status_id": "", "dictionary_status_id": "", "agent_login": ""})
    assert messages(response) == [
        "Status not found.",
        "Dictionary status not found.",
        "Agent not found.",
    ]


def test_a_record_in_an_accepted_status_can_be_listed() -> None:
    sandbox = Sandbox(SandboxSettings(records=[("00001", "a")], accept_any_status=True))
    put(sandbox, {"status_id": "17"}, "/api/outbounds/00001/records_by_identifier/a")
    (listed,) = get(sandbox, "/api/outbounds/00001/records").json()["result"]
    assert (listed["status_id"], listed["status"]) == ("17", "status 17")
