"""`--live`, `live: true` and `status`: what is read, what is refused, and what is sent."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import Desk, ended, killed_at_the_end
from live_service import LiveService
from scripted_server import Reaction, ScriptedServer, always, response

from bulk_update.job.reference_cache import ReferenceCache

BY_ID = {"status_id": {"column": "Status"}, "agent_login": {"column": "Agent"}}
BY_NAME = {"status": {"column": "Status"}}
DAY_US = 24 * 3600 * 1_000_000


@pytest.fixture
def service(server: ScriptedServer) -> LiveService:
    """The system that every desk sends to."""
    service = LiveService()
    server.script = service
    return service


def rows(desk: Desk, *rows: str, header: str = "ID;Status;Agent") -> Path:
    return desk.file("\n".join([header, *rows, ""]))


def aged(desk: Desk, service_url: str, campaign_id: str = "00001", *, by_us: int) -> None:
    """Make what is stored of a campaign older."""
    cache = ReferenceCache(desk.state, service_url)
    found = cache.load(campaign_id)
    assert found
    cache.store(type(found)(campaign_id, found.statuses, found.agents, found.read_at_us - by_us))


def test_every_row_is_judged_by_what_its_campaign_allows(desk: Desk, service: LiveService) -> None:
    file = rows(
        desk,
        "1;3;j.kowalska",
        "2;33;j.kowalska",
        "3;Kontakt;j.kowalska",
        "4;3;j.kowalsk",
        "5;3;p.nowak",
        "6;3;m.zielinski",
        "7;5;j.kowalska",
        "8;5;",
        "9;;xyz",
        ";33;",
    )
    ended = desk("check", file, "-m", desk.mapping(update=BY_ID), "--live")
    assert ended.exit_code == 1
    status, agent = 'column "Status": ', 'column "Agent": '
    needs = 'status 5 ("Mój rekord") of campaign 00001 requires'
    needs_agent = f"{needs} an agent, and the row sets none"
    needs_date = f"{status}{needs} the date of the next call, and the row sets none"
    no_33 = (
        f'{status}"33" is not a status of campaign 00001 (expected one of "3 (Kontakt)", "4 (Nie '
    )
    no_33 += 'dzwonić)", "5 (Mój rekord)", "6 (Oddzwonić)")'
    a_name = f'{status}"Kontakt" is the name, not the id, of status 3 of campaign 00001 (map '
    a_name += "status instead of status_id, or add a lookup)"
    near = f'{agent}"j.kowalsk" is not an agent of campaign 00001 (did you mean "j.kowalska"?)'
    not_in = f'{agent}the agent "p.nowak" is not active in campaign 00001'
    inactive = f'{agent}the account of the agent "m.zielinski" is not active'
    unknown = f'{agent}"xyz" is not an agent of campaign 00001 (active agents: "j.kowalska")'
    assert [(row["code"], row["message"]) for row in desk.results()] == [
        ("", ""),
        ("unknown-status", no_33),
        ("unknown-status", a_name),
        ("unknown-agent", near),
        ("inactive-agent", not_in),
        ("inactive-agent", inactive),
        ("date-missing", needs_date),
        ("agent-missing", f"{agent}{needs_agent}; {needs_date}"),
        ("unknown-agent", unknown),
        ("no-identifier", f'column "ID": the identifier is blank; {no_33}'),
    ]
    assert service.reads == ["00001 statuses", "00001 agents"]


def test_a_lookup_to_an_unknown_status_names_the_cell_and_the_id(
    desk: Desk, service: LiveService
) -> None:
    rule = {"column": "Status", "lookup": {"Klient": "3", "Zgubiony": "33"}, "default": "Zgubiony"}
    file = rows(desk, "1;Klient", "2;Zgubiony", "3;", header="ID;Status")
    desk("check", file, "-m", desk.mapping(update={"status_id": rule}), "--live")
    messages = [row["message"] for row in desk.results()]
    assert messages[0] == ""
    assert '"Zgubiony" into 33, which is not a status of campaign 00001 (expected' in messages[1]
    assert '"33" is not a status of campaign 00001 (expected' in messages[2]
    assert service.sent == []


def test_names_of_statuses_are_sent_as_ids_and_compared_as_people_see_them(
    desk: Desk, service: LiveService
) -> None:
    file = rows(
        desk, "1;Kontakt", "2; Nie\u00a0 dzwonić\u200b", "3;", "4;kontakt", header="ID;Status"
    )
    mapping = desk.mapping(update={**BY_NAME, "record_fields": {"status": {"value": "x"}}})
    ended = desk("run", file, "-m", mapping, "--yes")
    assert ended.exit_code == 1
    assert service.sent == [
        ("1", {"status_id": "3", "record_fields": {"status": "x"}}),
        ("2", {"status_id": "4", "record_fields": {"status": "x"}}),
        ("3", {"record_fields": {"status": "x"}}),
    ]
    assert desk.outcomes()[3] == "invalid unknown-status"
    assert 'did you mean "Kontakt", status 3?' in desk.results()[3]["message"]


def test_a_lookup_or_a_constant_can_name_a_status(desk: Desk, service: LiveService) -> None:
    file = rows(desk, "1;k", "2;n", header="ID;Status")
    names = {"k": "Kontakt", "n": "Nie dzwonić"}
    mapping = desk.mapping(update={"status": {"column": "Status", "lookup": names}})
    assert desk("run", file, "-m", mapping, "--yes").exit_code == 0
    constant = desk.mapping(update={"status": {"value": "Nie dzwonić"}})
    assert desk("run", file, "-m", constant, "--yes").exit_code == 0
    assert [body["status_id"] for _, body in sorted(service.sent[:2])] == ["3", "4"]
    assert [body["status_id"] for _, body in service.sent[2:]] == ["4", "4"]


def test_a_name_that_two_statuses_have_is_refused_with_both_ids(
    desk: Desk, service: LiveService
) -> None:
    service.statuses["00001"] = [("3", "Kontakt", "CALL"), ("7", "Kontakt ", "CALL")]
    desk("check", rows(desk, "1;Kontakt", header="ID;Status"), "-m", desk.mapping(update=BY_NAME))
    assert desk.outcomes() == ["invalid ambiguous-status"]
    assert desk.results()[0]["message"].endswith("several statuses of campaign 00001 (3, 7)")


def test_each_campaign_of_a_column_is_read_when_a_row_of_it_takes_part(
    desk: Desk, server: ScriptedServer
) -> None:
    service = server.script = LiveService("00001", "00002")
    service.statuses["00002"] = [("30", "Kontakt", "CALL")]
    file = rows(
        desk, "1;00001;Kontakt;x", "2;00002;Kontakt;x", "3;00009;Kontakt;", "4;bad;Kontakt;x",
        "5;00001;Mój rekord;x", "6;00002;Mój rekord;x", header="ID;Kampania;Status;Eksport",
    )  # fmt: skip
    mapping = desk.mapping(
        campaign={"column": "Kampania"}, update=BY_NAME, where={"column": "Eksport", "in": ["x"]}
    )
    desk("run", file, "-m", mapping, "--yes")
    assert sorted(service.sent) == [("1", {"status_id": "3"}), ("2", {"status_id": "30"})]
    assert desk.outcomes() == [
        "updated", "updated", "filtered", "invalid bad-campaign", "invalid agent-missing",
        "invalid unknown-status",
    ]  # fmt: skip
    assert service.reads == [
        "00001 statuses", "00001 agents", "00002 statuses", "00002 agents",
    ]  # fmt: skip


@pytest.mark.parametrize("update", [BY_ID, BY_NAME])
def test_a_campaign_that_the_system_does_not_have_ends_with_4_before_the_first_put(
    desk: Desk, service: LiveService, update: dict[str, Any]
) -> None:
    mapping = desk.mapping(campaign="00009", update=update)
    ended = desk("run", rows(desk, "1;Kontakt;j.kowalska"), "-m", mapping, "--live", "--yes")
    assert (ended.exit_code, service.sent) == (4, [])
    assert "has no campaign 00009" in ended.stderr
    assert service.reads == ["00009 statuses", "00009 agents", "00009 records"]


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("what", ["statuses", "agents"])
def test_a_list_that_is_refused_is_a_notice_and_its_check_is_left_out(
    desk: Desk, service: LiveService, what: str, status: int
) -> None:
    service.refusals["00001", what] = status
    file = rows(desk, "1;33;j.kowalska", "2;3;xyz")
    ended = desk("run", file, "-m", desk.mapping(update=BY_ID), "--live", "--yes")
    assert f"the {what} of campaign 00001 cannot be read (HTTP {status})" in " ".join(
        ended.stderr.split()
    )
    checked = ["invalid unknown-status", "invalid unknown-agent"]
    left_out = 0 if what == "statuses" else 1
    assert desk.outcomes()[left_out] == "updated"
    assert desk.outcomes()[1 - left_out] == checked[1 - left_out]


def test_names_that_cannot_be_resolved_end_with_4_and_the_missing_permission(
    desk: Desk, service: LiveService
) -> None:
    service.refusals["00001", "statuses"] = 403
    file = rows(desk, "1;Kontakt", header="ID;Status")
    ended = desk("run", file, "-m", desk.mapping(update=BY_NAME), "--yes")
    assert (ended.exit_code, service.sent) == (4, [])
    assert "GET /api/outbounds/00001/statuses" in ended.stderr


def test_a_refused_password_ends_with_4_before_anything_is_sent(
    desk: Desk, service: LiveService
) -> None:
    service.refusals["00001", "statuses"] = 401
    file = rows(desk, "1;3;j.kowalska")
    ended = desk("run", file, "-m", desk.mapping(update=BY_ID, live=True), "--yes", "--json")
    assert (ended.exit_code, ended.summary["reason"], service.sent) == (4, "halted-401", [])
    assert desk("runs").stdout.count("nightly") == 0


def test_a_check_without_live_reads_nothing(desk: Desk, service: LiveService) -> None:
    assert desk("check", rows(desk, "1;33;x"), "-m", desk.mapping(update=BY_ID)).exit_code == 0
    assert service.reads == []


@pytest.mark.parametrize("given", [["--live"], ["--offline"]])
def test_a_live_check_without_a_base_url_is_refused(tmp_path: Path, given: list[str]) -> None:
    desk = Desk(tmp_path)
    ended = desk("check", rows(desk, "1;33;x"), "-m", desk.mapping(update=BY_ID), *given)
    assert ended.exit_code == 2
    assert "base URL" in ended.stderr


def test_offline_uses_what_was_read_last_and_says_how_old_it_is(
    desk: Desk, service: LiveService
) -> None:
    file, mapping = rows(desk, "1;3;j.kowalska", "2;33;j.kowalska"), desk.mapping(update=BY_ID)
    assert desk("check", file, "-m", mapping, "--offline").exit_code == 2
    desk("check", file, "-m", mapping, "--live")
    aged(desk, str(desk.base_url), by_us=3 * DAY_US)
    service.reads.clear()
    ended = desk("check", file, "-m", mapping, "--offline")
    assert "the statuses and agents of campaign 00001 were read 3 d ago" in ended.stdout
    assert desk.outcomes() == ["planned", "invalid unknown-status"]
    assert service.reads == []


def test_offline_says_what_could_not_be_read_and_resolves_no_names_without_it(
    desk: Desk, service: LiveService
) -> None:
    service.refusals["00001", "statuses"] = 403
    file = rows(desk, "1;33;j.kowalska")
    desk("check", file, "-m", desk.mapping(update=BY_ID), "--live")
    ended = desk("check", file, "-m", desk.mapping(update=BY_ID), "--offline")
    assert "the statuses of campaign 00001 could not be read last time" in " ".join(
        ended.stdout.split()
    )
    ended = desk("check", file, "-m", desk.mapping(update=BY_NAME), "--offline")
    assert ended.exit_code == 2
    assert "names cannot be resolved" in ended.stderr


def test_data_older_than_reference_age_is_never_used_for_sending(
    desk: Desk, service: LiveService
) -> None:
    file, mapping = rows(desk, "1;3;j.kowalska"), desk.mapping(update=BY_ID)
    desk("check", file, "-m", mapping, "--live")
    aged(desk, str(desk.base_url), by_us=DAY_US + 1)
    ended = desk("run", file, "-m", mapping, "--offline", "--yes")
    assert (ended.exit_code, service.sent) == (2, [])
    assert "--reference-age is 1 d" in ended.stderr
    ended = desk("run", file, "-m", mapping, "--offline", "--yes", "--reference-age", "2d")
    assert (ended.exit_code, len(service.sent)) == (0, 1)


def test_the_plan_of_a_live_check_is_sent_without_reading_again(
    desk: Desk, service: LiveService
) -> None:
    desk("check", rows(desk, "1;3;j.kowalska"), "-m", desk.mapping(update=BY_ID), "--live")
    service.reads.clear()
    assert desk("apply", desk.run_id()).exit_code == 0
    assert (service.reads, len(service.sent)) == ([], 1)


def rename(service: LiveService) -> None:
    service.statuses["00001"] = [("3", "Sprzedaż", "CALL"), ("4", "Kontakt", "CALL")]


def remove_status(service: LiveService) -> None:
    service.statuses["00001"] = [("4", "Nie dzwonić", "NO_CALL")]


def deactivate(service: LiveService) -> None:
    service.agents["00001"] = [("j.kowalska", False, True)]


def need_a_date(service: LiveService) -> None:
    service.statuses["00001"] = [("3", "Kontakt", "MY_RECORD")]


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (rename, "unknown-status", 'was "Kontakt" when the row was planned, and is "Sprzedaż" now'),
        (remove_status, "unknown-status", '"3" is not a status of campaign 00001'),
        (deactivate, "inactive-agent", 'the account of the agent "j.kowalska" is not active'),
        (need_a_date, "date-missing", "requires the date of the next call"),
    ],
)
def test_an_old_plan_is_judged_again_by_new_data_before_it_is_sent(
    desk: Desk,
    service: LiveService,
    change: Callable[[LiveService], None],
    code: str,
    message: str,
) -> None:
    mapping = desk.mapping(update={**BY_NAME, "agent_login": {"column": "Agent"}})
    desk("check", rows(desk, "1;Kontakt;j.kowalska"), "-m", mapping)
    aged(desk, str(desk.base_url), by_us=2 * DAY_US)
    change(service)
    ended = desk("apply", desk.run_id(), "--yes")
    assert (ended.exit_code, service.sent) == (1, [])
    assert desk.outcomes() == [f"invalid {code}"]
    assert message in desk.results()[0]["message"]


def test_an_old_plan_that_still_fits_is_sent(desk: Desk, service: LiveService) -> None:
    desk("check", rows(desk, "1;Kontakt", header="ID;Status"), "-m", desk.mapping(update=BY_NAME))
    aged(desk, str(desk.base_url), by_us=2 * DAY_US)
    assert desk("apply", desk.run_id(), "--yes").exit_code == 0
    assert service.sent == [("1", {"status_id": "3"})]


def test_an_old_plan_whose_campaign_cannot_be_read_again_stays_unsent_with_its_files(
    desk: Desk, service: LiveService
) -> None:
    desk("check", rows(desk, "1;Kontakt", header="ID;Status"), "-m", desk.mapping(update=BY_NAME))
    run_id = desk.run_id()
    aged(desk, str(desk.base_url), by_us=2 * DAY_US)
    service.refusals["00001", "statuses"] = 401
    assert desk("apply", run_id, "--yes").exit_code == 4
    assert (desk.outcomes(), service.sent) == (["not_sent halted-401"], [])
    service.refusals.clear()
    assert desk("apply", run_id, "--yes").exit_code == 0
    assert desk.outcomes() == ["updated"]


def test_a_retry_judges_its_rows_by_data_that_is_recent(
    desk: Desk, service: LiveService, server: ScriptedServer
) -> None:
    mapping = desk.mapping(update=BY_NAME, delivery={"retries": 0})
    file = rows(desk, "1;Kontakt", header="ID;Status")
    refused = Reaction(response(409))
    server.script = lambda request, count: refused if request.body else service(request, count)
    assert desk("run", file, "-m", mapping, "--yes").exit_code == 1
    assert desk.outcomes() == ["rejected http-409"]
    server.script = service
    rename(service)
    aged(desk, str(desk.base_url), by_us=2 * DAY_US)
    run_id = desk.run_id()
    desk("retry", run_id, "--yes")
    assert desk.outcomes() == ["invalid unknown-status"]


def test_the_data_is_readable_by_its_owner_alone(desk: Desk, service: LiveService) -> None:
    del service
    desk("check", rows(desk, "1;3;x"), "-m", desk.mapping(update=BY_ID), "--live")
    files = list((desk.state / "reference").rglob("*.json"))
    assert len(files) == 1
    if os.name == "posix":
        assert files[0].stat().st_mode & 0o777 == 0o600


def test_status_and_status_id_together_are_a_mapping_error(desk: Desk) -> None:
    mapping = desk.mapping(update={**BY_NAME, **BY_ID})
    ended = desk("check", rows(desk, "1;3;x"), "-m", mapping)
    assert ended.exit_code == 2
    assert "status cannot be combined with status_id" in ended.stderr


def test_a_signal_while_a_campaign_is_read_leaves_nothing_behind(
    desk: Desk, server: ScriptedServer
) -> None:
    server.script = always(Reaction(None))
    mapping = desk.mapping(update=BY_NAME)
    process = desk.process(
        "run", rows(desk, "1;Kontakt", header="ID;Status"), "-m", mapping, "--yes"
    )
    with killed_at_the_end(process):
        server.wait_for(1)
        process.send_signal(signal.SIGTERM)
        assert ended(process, seconds=20).exit_code == 143
    assert "nightly" not in desk("runs").stdout


def test_check_takes_the_options_of_reading(desk: Desk, service: LiveService) -> None:
    assert service.statuses
    arguments = ("--rate", "50", "--timeout", "5", "--patience", "1")
    ended = desk("check", desk.rows("1"), "-m", desk.mapping(), "--live", *arguments)
    assert ended.exit_code == 0
