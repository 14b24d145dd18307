"""Undoing a run: restoring what its records had before."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from command_line import Desk, Ended, start
from scripted_campaign import LOST, ScriptedCampaign, Shown, sent
from scripted_server import Reaction, ScriptedServer, response

STATUS_ONLY = {"status_id": {"column": "Status"}}
FIELD_ONLY = {"record_fields": {"miasto": {"column": "Miasto"}}}
ALL_READABLE = {
    "status_id": {"column": "Status"},
    "agent_login": {"column": "Opiekun"},
    "next_call_date": {"column": "Termin", "type": "datetime", "formats": ["%d.%m.%Y %H:%M"]},
}
TO_KOWALSKA = "3;j.kowalska;05.02.2027 10:30"


@pytest.fixture
def campaign(server: ScriptedServer) -> ScriptedCampaign:
    campaign = ScriptedCampaign({str(number): Shown() for number in range(1, 6)})
    server.script = campaign.react
    return campaign


def run(desk: Desk, *identifiers: str, options: tuple[str, ...] = (), **mapping: Any) -> str:
    """Set the status to 3 and the city to Gdynia, after a snapshot; return the run's id."""
    path = desk.mapping(**mapping)
    ended = desk("run", desk.rows(*identifiers), "-m", path, "--yes", "--snapshot", *options)
    assert ended.exit_code in {0, 1}
    return desk.run_id()


def assigned(desk: Desk, *identifiers: str) -> str:
    """Assign records to an agent and set their next call, after a snapshot; return the run's id."""
    rows = "".join(f"{identifier};{TO_KOWALSKA}\n" for identifier in identifiers)
    file = desk.file("ID;Status;Opiekun;Termin\n" + rows)
    mapping = desk.mapping(update=ALL_READABLE)
    assert desk("run", file, "-m", mapping, "--yes", "--snapshot").exit_code == 0
    return desk.run_id()


def undo(desk: Desk, run_id: str, *options: str) -> Ended:
    return desk("undo", run_id, "--yes", *options)


def bodies(server: ScriptedServer, identifier: str) -> list[dict[str, Any]]:
    return [
        json.loads(request.body) for request in server.requests if request.identifier == identifier
    ]


def shown(desk: Desk, run_id: str, *row: str) -> str:
    return start("show", run_id, *row, "--state", str(desk.state)).stdout


# --- what is restored


def test_status_agent_and_date_are_as_before(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    campaign.records["1"] = Shown("1", "p.nowak", "2027-01-31 09:00:00")
    run_id = assigned(desk, "1")
    assert campaign.records["1"] == Shown("3", "j.kowalska", "2027-02-05 10:30")
    ended = undo(desk, run_id)
    assert ended.exit_code == 0
    assert desk.outcomes() == ["updated"]
    assert bodies(server, "1")[-1] == {
        "status_id": "1",
        "agent_login": "p.nowak",
        "next_call_date": "2027-01-31 09:00",
    }


def test_an_undo_is_a_run_with_its_own_id_and_the_row_numbers_of_the_other(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    assert campaign
    run_id = run(desk, "1", "x", "2", update=STATUS_ONLY)
    assert desk.outcomes() == ["updated", "rejected http-404", "updated"]
    assert undo(desk, run_id).exit_code == 0
    assert desk.run_id() != run_id
    assert [row["row"] for row in desk.results()] == ["2", "4"]
    assert "(undo, finished)" in shown(desk, desk.run_id())


def test_only_the_chosen_fields_are_restored(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    campaign.records["1"] = Shown("1", "p.nowak", "2027-01-31 09:00:00")
    run_id = assigned(desk, "1")
    assert undo(desk, run_id, "--only", "agent_login").exit_code == 0
    assert bodies(server, "1")[-1] == {"agent_login": "p.nowak"}


def test_a_field_that_the_run_did_not_map_cannot_be_chosen(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    assert campaign
    ended = undo(desk, run(desk, "1"), "--only", "status")
    assert ended.exit_code == 2
    assert "--only status: the run's mapping has no such field (status_id?)" in ended.stderr


def test_what_a_status_requires_is_sent_with_it(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    campaign.statuses = {"1": "MY_RECORD", "3": "CALL"}
    campaign.records["1"] = Shown("1", "p.nowak", "2027-01-31 09:00:00")
    campaign.records["2"] = Shown("1", "p.nowak", "2027-01-31 09:00:00")
    run_id = run(desk, "1", "2", update=STATUS_ONLY)
    campaign.records["2"] = Shown("3", "j.kowalska", None)
    assert undo(desk, run_id).exit_code == 0
    needed = {"status_id": "1", "next_call_date": "2027-01-31 09:00"}
    assert bodies(server, "1")[-1] == {**needed, "agent_login": "p.nowak"}
    assert bodies(server, "2")[-1] == {**needed, "agent_login": "j.kowalska"}


def test_an_undo_does_without_the_statuses_if_the_api_does_not_show_them(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    campaign.answer_to_get = lambda request, _count: (
        Reaction(response(403)) if request.target.endswith("/statuses") else None
    )
    assert undo(desk, run(desk, "1", update=STATUS_ONLY)).exit_code == 0
    assert bodies(server, "1")[-1] == {"status_id": "1"}


def test_a_row_in_doubt_is_restored_if_its_record_shows_that_it_arrived(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    campaign.answer_to_put = lambda request, count: (
        LOST if count == 1 and request.identifier in {"1", "2"} else None
    )
    campaign.arrives = lambda request, count: request.identifier != "2" or count > 1
    run_id = run(desk, "1", "2", "3", update=STATUS_ONLY, options=("--retries", "0"))
    assert [row["outcome"] for row in desk.results()] == ["in_doubt", "in_doubt", "updated"]
    assert undo(desk, run_id).exit_code == 0
    assert desk.outcomes() == ["updated", "unchanged already-undone", "updated"]
    assert [campaign.records[each] for each in ("1", "2", "3")] == [Shown("1")] * 3


def test_a_failed_row_is_restored_if_its_record_shows_that_it_arrived(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    campaign.answer_to_put = lambda request, count: (
        Reaction(response(504)) if count == 1 and request.identifier in {"1", "2"} else None
    )
    campaign.arrives = lambda request, count: request.identifier != "2" or count > 1
    run_id = run(desk, "1", "2", "3", update=STATUS_ONLY, options=("--retries", "0"))
    assert [row["outcome"] for row in desk.results()] == ["failed", "failed", "updated"]
    assert undo(desk, run_id).exit_code == 0
    assert desk.outcomes() == ["updated", "unchanged already-undone", "updated"]
    assert [campaign.records[each] for each in ("1", "2", "3")] == [Shown("1")] * 3


# --- what is left alone


def test_a_record_that_has_changed_since_is_left_alone(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    run_id = run(desk, "1", "2", update=STATUS_ONLY)
    campaign.records["2"] = Shown("7")
    ended = undo(desk, run_id)
    assert ended.exit_code == 1
    assert desk.outcomes() == ["updated", "superseded changed-since"]
    message = 'the run set status_id to "3", but the record now shows "7"'
    assert desk.results()[1]["message"] == message
    assert len(bodies(server, "2")) == 1
    assert "failed.csv" not in ended.stdout.partition("next:")[2]


def test_a_field_that_a_later_run_has_set_is_left_alone(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    assert campaign
    run_id = run(desk, "1", "2", "3", update=STATUS_ONLY)
    other = desk.mapping(name="other.yaml", update=FIELD_ONLY)
    assert desk("run", desk.rows("2", name="b.csv"), "-m", other, "--yes").exit_code == 0
    run(desk, "3", update=STATUS_ONLY)
    assert undo(desk, run_id).exit_code == 1
    assert desk.outcomes() == ["updated", "updated", "superseded superseded"]
    assert campaign.records["3"] == Shown("3")


def test_runs_can_be_undone_one_after_the_other_the_last_one_first(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    assert campaign
    mapping = desk.mapping()
    runs = []
    for status, city in (("4", "Hel"), ("5", "Sopot"), ("4", "Gdynia")):
        file = desk.file(f"ID;Status;Miasto\n1;{status};{city}\n", name=f"{city}.csv")
        assert desk("run", file, "-m", mapping, "--yes", "--snapshot").exit_code == 0
        runs.append(desk.run_id())
    first, second, third = runs
    for too_early in (first, second):
        assert undo(desk, too_early, "--trust-last-sent").exit_code == 1
        assert desk.outcomes() == ["superseded superseded"]
    assert undo(desk, third, "--trust-last-sent").exit_code == 0
    assert campaign.fields["1"] == {"miasto": "Sopot"}
    assert undo(desk, second, "--trust-last-sent").exit_code == 0
    assert campaign.fields["1"] == {"miasto": "Hel"}
    assert undo(desk, first, "--trust-last-sent").exit_code == 0
    assert bodies(server, "1")[-1] == {"status_id": "1"}


def test_a_record_that_shows_its_old_values_is_unchanged(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    run_id = run(desk, "1", update=STATUS_ONLY)
    campaign.records["1"] = Shown("1")
    assert undo(desk, run_id).exit_code == 0
    assert desk.outcomes() == ["unchanged already-undone"]
    assert len(bodies(server, "1")) == 1


def test_a_record_that_its_campaign_no_longer_lists_is_left_alone(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    run_id = run(desk, "1", "2", update=STATUS_ONLY)
    del campaign.records["2"]
    assert undo(desk, run_id).exit_code == 1
    assert desk.outcomes() == ["updated", "superseded changed-since"]
    assert desk.results()[1]["message"] == "the campaign no longer lists the record"


def test_calls_since_are_counted_and_not_undone(desk: Desk, campaign: ScriptedCampaign) -> None:
    run_id = run(desk, "1", "2", update=STATUS_ONLY)
    campaign.records["2"] = Shown("3", call_date="2099-01-01 10:00:00")
    ended = undo(desk, run_id)
    assert ended.exit_code == 0
    assert desk.outcomes() == ["updated", "updated"]
    notice = "1 row with records that were called since, such as row 3: a call cannot be undone"
    assert notice in " ".join(ended.stderr.split())


def test_not_called_since_leaves_a_record_alone_that_was_called_after_the_run(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    run_id = run(desk, "1", "2", update=STATUS_ONLY, not_called_since="export")
    campaign.records["2"] = Shown("3", call_date="2099-01-01 10:00:00")
    assert undo(desk, run_id).exit_code == 1
    assert desk.outcomes() == ["updated", "superseded called-since"]
    assert (
        "called this record at 2099-01-01 10:00:00, after the run sent to it"
        in (desk.results()[1]["message"])
    )


def test_the_failed_rows_of_an_undo_are_not_sent_as_corrections(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    run_id = run(desk, "1", update=STATUS_ONLY)
    campaign.records["1"] = Shown("7")
    assert undo(desk, run_id).exit_code == 1
    failed = desk.file(desk.text("failed.csv"), name="failed.csv")
    ended = desk("run", failed, "-m", desk.mapping(update=STATUS_ONLY), "--yes")
    assert ended.exit_code == 1
    assert desk.outcomes() == ["invalid bad-correction"]
    assert campaign.records["1"] == Shown("7")
    assert len(bodies(server, "1")) == 1


# --- what cannot be restored


def test_a_field_that_was_blank_stays_and_the_others_are_restored(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    campaign.records["1"] = Shown("1", None, "2027-01-31 09:00:00")
    ended = undo(desk, assigned(desk, "1"))
    assert ended.exit_code == 0
    assert bodies(server, "1")[-1] == {"status_id": "1", "next_call_date": "2027-01-31 09:00"}
    assert (
        "agent_login is not restored in 1 row, such as row 2: it was blank, and the API does not "
        "document how to clear it" in " ".join(ended.stderr.split())
    )


def test_record_fields_are_not_restored_unless_what_was_sent_last_is_trusted(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    assert campaign
    city = desk.file("ID;Status;Miasto\n1;1;Sopot\n", name="first.csv")
    assert desk("run", city, "-m", desk.mapping(), "--yes").exit_code == 0
    run_id = run(desk, "1")
    ended = undo(desk, run_id)
    assert ended.exit_code == 0
    assert bodies(server, "1")[-1] == {"status_id": "1"}
    assert "record_fields.miasto is not restored in 1 row" in " ".join(ended.stderr.split())
    ended = undo(desk, run_id, "--trust-last-sent")
    assert ended.exit_code == 0
    assert bodies(server, "1")[-1] == {"record_fields": {"miasto": "Sopot"}}
    assert undo(desk, run_id, "--trust-last-sent").exit_code == 0
    assert desk.outcomes() == ["unchanged already-undone"]


def test_a_field_that_was_never_sent_before_is_not_restored(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    assert campaign
    ended = undo(desk, run(desk, "1"), "--trust-last-sent")
    assert ended.exit_code == 0
    assert bodies(server, "1")[-1] == {"status_id": "1"}
    assert "this ledger does not know what was sent to it before" in " ".join(ended.stderr.split())


def test_a_row_of_which_nothing_can_be_restored_is_invalid(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    assert campaign
    run_id = run(desk, "1", update=FIELD_ONLY)
    ended = undo(desk, run_id)
    assert ended.exit_code == 1
    assert desk.outcomes() == ["invalid undo-unverifiable"]
    assert len(bodies(server, "1")) == 1


# --- what an undo needs


def test_a_run_without_a_snapshot_is_refused(desk: Desk, campaign: ScriptedCampaign) -> None:
    assert campaign
    mapping = desk.mapping()
    assert desk("run", desk.rows("1"), "-m", mapping, "--yes").exit_code == 0
    run_id = desk.run_id()
    ended = undo(desk, run_id)
    assert ended.exit_code == 2
    assert f"run {run_id} took no snapshot" in ended.stderr
    assert "--trust-last-sent" in ended.stderr
    ended = undo(desk, run_id, "--trust-last-sent")
    assert ended.exit_code == 2
    assert "nothing is known that undoing" in ended.stderr
    assert start("runs", "--state", str(desk.state)).stdout.count("\n") == 2


def test_a_run_without_a_snapshot_is_undone_as_far_as_what_was_sent_before_is_known(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    assert campaign
    mapping = desk.mapping()
    first = desk.file("ID;Status;Miasto\n1;1;Sopot\n2;1;Hel\n", name="first.csv")
    assert desk("run", first, "-m", mapping, "--yes").exit_code == 0
    assert desk("run", desk.rows("1", "2"), "-m", mapping, "--yes").exit_code == 0
    run_id = desk.run_id()
    campaign.records["2"] = Shown("7")
    assert undo(desk, run_id, "--trust-last-sent").exit_code == 1
    assert desk.outcomes() == ["updated", "superseded changed-since"]
    assert bodies(server, "1")[-1] == {"record_fields": {"miasto": "Sopot"}}


def test_a_run_that_has_sent_nothing_is_refused(desk: Desk, campaign: ScriptedCampaign) -> None:
    assert campaign
    desk("check", desk.rows("1"), "-m", desk.mapping())
    ended = undo(desk, desk.run_id())
    assert ended.exit_code == 2
    assert "has not sent anything, so there is nothing to undo" in ended.stderr


def test_a_run_that_changed_nothing_needs_no_undo(desk: Desk, campaign: ScriptedCampaign) -> None:
    assert campaign
    ended = undo(desk, run(desk, "x"))
    assert ended.exit_code == 0
    assert "nothing to undo" in ended.stdout


def test_an_undo_asks_for_consent(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    assert campaign
    run_id = run(desk, "1", update=STATUS_ONLY)
    ended = desk("undo", run_id)
    assert ended.exit_code == 2
    assert desk.outcomes() == ["not_sent no-consent"]
    assert "`apply` sends them" in ended.stdout
    assert sent(server.requests) == ["1"]
    assert desk("apply", desk.run_id()).exit_code == 0
    assert bodies(server, "1")[-1] == {"status_id": "1"}


def test_records_that_cannot_be_read_stop_an_undo(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    run_id = run(desk, "1", update=STATUS_ONLY)
    campaign.answer_to_get = lambda _request, _count: Reaction(response(403))
    assert undo(desk, run_id).exit_code == 4
    assert [each.partition(" ")[0] for each in desk.outcomes()] == ["not_sent"]
    assert sent(server.requests) == ["1"]


def test_guards_stop_an_undo(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    assert campaign
    run_id = run(desk, "1", "2", update=STATUS_ONLY)
    ended = undo(desk, run_id, "--guard", "max_rows=1")
    assert ended.exit_code == 3
    assert "`run`" not in ended.stdout + shown(desk, desk.run_id())
    assert len(sent(server.requests)) == 2
    assert "bulk-update apply" in ended.stdout


# --- after an undo


def test_an_undo_can_be_undone(desk: Desk, campaign: ScriptedCampaign) -> None:
    campaign.records["1"] = Shown("1", "p.nowak", "2027-01-31 09:00")
    run_id = assigned(desk, "1")
    assert undo(desk, run_id).exit_code == 0
    before = Shown("1", "p.nowak", "2027-01-31 09:00")
    assert campaign.records["1"] == before
    first = desk.run_id()
    assert undo(desk, first).exit_code == 0
    assert campaign.records["1"] == Shown("3", "j.kowalska", "2027-02-05 10:30")
    assert undo(desk, desk.run_id()).exit_code == 0
    assert campaign.records["1"] == before


@pytest.mark.parametrize("only_changed", [False, True])
def test_after_an_undo_the_file_is_sent_again(
    desk: Desk,
    server: ScriptedServer,
    campaign: ScriptedCampaign,
    only_changed: bool,  # noqa: FBT001 - a table
) -> None:
    assert campaign
    run_id = run(desk, "1", "2", update=STATUS_ONLY, only_changed=only_changed)
    campaign.records["2"] = Shown("7")
    assert undo(desk, run_id).exit_code == 1
    run(desk, "1", "2", update=STATUS_ONLY, only_changed=only_changed)
    assert desk.outcomes()[0] == "updated"
    assert len(bodies(server, "1")) == 3
    run(desk, "1", "2", update=STATUS_ONLY, only_changed=only_changed)
    assert desk.outcomes()[0].startswith("unchanged")


def test_a_run_that_was_undone_is_not_continued(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    assert campaign
    run_id = run(desk, "1", "2", update=STATUS_ONLY, options=("--limit", "1"))
    assert undo(desk, run_id).exit_code == 0
    assert run(desk, "1", "2", update=STATUS_ONLY) != run_id
    assert desk.outcomes() == ["updated", "updated"]
    assert len(bodies(server, "1")) == 3


@pytest.mark.parametrize("command", ["retry", "apply"])
def test_the_rows_of_a_run_that_was_undone_are_not_sent_again(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign, command: str
) -> None:
    campaign.answer_to_put = lambda request, count: (
        LOST if count == 1 and request.identifier == "1" else None
    )
    run_id = run(desk, "1", "2", update=STATUS_ONLY, options=("--retries", "0"))
    undo(desk, run_id)
    assert desk.outcomes() == ["updated"] * 2
    undo_id = desk.run_id()
    server.forget()
    ended = desk(command, run_id, "--yes")
    assert ended.exit_code == 2
    assert f"run {run_id} has been undone by {undo_id}" in ended.stderr
    assert server.requests == []


def test_a_run_that_was_undone_and_is_settled_can_still_write_its_files(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    assert campaign.records
    run_id = run(desk, "1", update=STATUS_ONLY)
    undo(desk, run_id)
    assert desk("apply", run_id).exit_code == 0
    assert desk.run_id() == run_id


def test_a_correction_does_not_repeat_what_was_undone(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    campaign.answer_to_put = lambda request, count: (
        LOST if count == 1 and request.identifier == "1" else None
    )
    run_id = run(desk, "1", "2", update=STATUS_ONLY, options=("--retries", "0"))
    failed = desk.file(desk.text("failed.csv"), name="corrected.csv")
    undo(desk, run_id)
    assert campaign.records["1"].status_id == "1"
    desk("run", failed, "-m", desk.mapping(update=STATUS_ONLY), "--yes")
    assert desk.outcomes() == ["superseded superseded"]
    assert campaign.records["1"].status_id == "1"


@pytest.mark.parametrize(("limit", "exit_code"), [("1", 1), ("0", 3)])
def test_max_invalid_counts_rows_whose_records_turn_out_to_have_nothing_to_restore(
    desk: Desk, campaign: ScriptedCampaign, limit: str, exit_code: int
) -> None:
    run_id = assigned(desk, "1", "2")
    campaign.records["1"] = replace(campaign.records["1"], status_id="1")
    ended = undo(desk, run_id, "--guard", f"max_invalid={limit}")
    assert ended.exit_code == exit_code
    done = "not_sent max-invalid" if exit_code == 3 else "updated"
    assert desk.outcomes() == ["invalid undo-irreversible", done]


def test_a_retry_of_an_undo_leaves_alone_what_has_changed_since(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    run_id = run(desk, "1", "2", update=STATUS_ONLY)
    campaign.answer_to_put = lambda _request, count: Reaction(response(409)) if count == 2 else None
    campaign.arrives = lambda _request, count: count != 2
    assert undo(desk, run_id).exit_code == 1
    campaign.records["2"] = Shown("7")
    assert desk("retry", desk.run_id(), "--yes").exit_code == 1
    assert desk.outcomes() == ["updated", "superseded changed-since"]
    assert len(bodies(server, "2")) == 2


def test_an_undo_in_doubt_is_not_sent_again_to_a_record_that_has_changed(
    desk: Desk, server: ScriptedServer, campaign: ScriptedCampaign
) -> None:
    run_id = run(desk, "1", "2", update=STATUS_ONLY)
    campaign.answer_to_put = lambda request, count: (
        LOST if (request.identifier, count) == ("2", 2) else None
    )
    assert undo(desk, run_id, "--retries", "0").exit_code == 1
    campaign.records["2"] = Shown("7")
    assert desk("apply", desk.run_id()).exit_code == 1
    assert desk.outcomes() == ["updated", "in_doubt superseded"]
    assert "the record has changed since, so this row is not sent again" in desk.text("results.csv")
    assert len(bodies(server, "2")) == 2


def test_an_undo_is_verified_like_any_other_run(desk: Desk, campaign: ScriptedCampaign) -> None:
    assert campaign
    assert undo(desk, run(desk, "1", update=STATUS_ONLY), "--verify").exit_code == 0
    assert [row["verified"] for row in desk.results()] == ["yes"]


def test_show_says_what_the_record_had_before_the_undo(
    desk: Desk, campaign: ScriptedCampaign
) -> None:
    assert campaign
    assert undo(desk, run(desk, "1", update=STATUS_ONLY)).exit_code == 0
    text = shown(desk, desk.run_id(), "--row", "2")
    assert '"status_id": "1"' in text
    assert "status_id       3\n" in text
