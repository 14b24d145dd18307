"""Confirming, sending, reporting, correcting and undoing a run on the page, with real processes."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from threading import Timer

import pytest
from command_line import start
from web_client import ORIGIN, Browser, browsing, text_of
from web_forms import form_of
from web_runs import (
    KNOWN,
    confirm,
    good_rows,
    hidden,
    ledger_of_rehearsals,
    planned,
    wait_for,
)

from bulk_update.job.inspect import show_progress
from bulk_update.ledger import Holder, sending_lock
from bulk_update.records import Status
from bulk_update.sandbox import Answer, Fault, FaultPlan
from bulk_update.sandbox.faults import FaultyAttempts
from bulk_update.stop_request import StopCause
from bulk_update.web.drafts import Draft
from bulk_update.web.run_places import place_of

UPDATE = {
    "status_id": {"column": "Status"},
    "record_fields": {"miasto": {"column": "Miasto", "pattern": "[A-Z][a-z]+"}},
}
HOSTILE = "<script>alert(1)</script>'&\u202e"


@dataclass
class Sent:
    """A run of four rows: two updated, one that the service refuses, and one that is not valid."""

    browser: Browser
    draft: Draft
    stream: str

    @property
    def run_id(self) -> str:
        return str(self.draft.run_id)

    def url(self, screen: str) -> str:
        return f"/run/{self.run_id}/{screen}"


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    with browsing(tmp_path_factory.mktemp("sent")) as browser:
        rows = [*good_rows(3), f"{KNOWN[3]};3;{HOSTILE}"]
        draft = planned(browser, rows, {"update": UPDATE})
        refuse(browser, KNOWN[2])
        address = confirm(browser, draft, 3)
        stream = browser.get(f"/run/{draft.run_id}/events").text
        assert address == f"/run/{draft.run_id}/send"
        yield Sent(browser, draft, stream)


def refuse(browser: Browser, identifier: str) -> None:
    """Let the sandbox refuse a record from now on."""
    fault = Fault(answer=Answer.NOT_FOUND, identifiers=frozenset({identifier}))
    sandbox = browser.service.rehearsal.sandbox.sandbox
    sandbox.attempts = FaultyAttempts(FaultPlan((fault,)))


def commands_of(browser: Browser, run_id: str) -> int:
    return place_of(browser.service, run_id).commands.next_turn(run_id)


def await_command(browser: Browser, run_id: str) -> str:
    """Wait until the latest command of a run has ended; return the address that follows."""
    place = place_of(browser.service, run_id)
    wait_for(lambda: not next(reversed(place.commands.of(run_id))).is_running)
    return str(browser.get(f"/run/{run_id}/send").headers.get("location", ""))


def test_only_the_exact_number_of_the_present_plan_sends_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with browsing(tmp_path_factory.mktemp("confirm")) as browser:
        draft = planned(browser, good_rows(3))
        url = f"/draft/{draft.id}/confirm"
        shown = browser.get(url)
        assert "3 records will change. Nothing is erased." in text_of(shown)
        fields = {name: hidden(shown.text, name) for name in ("run", "turn")}
        for typed in ("", "2", "4", "three", "3.5"):
            refused = browser.post(url, {**fields, "changes": typed})
            assert (refused.status_code, "does not match" in text_of(refused)) == (422, True)
        other = browser.post(url, {**fields, "run": "20260101-000000-abcd", "changes": "3"})
        assert (other.status_code, "made again meanwhile" in text_of(other)) == (409, True)
        assert commands_of(browser, str(draft.run_id)) == 0
        assert "Next: confirmation" in text_of(browser.get("/history?rehearsals"))


def test_a_guard_is_shown_with_what_to_do_and_cannot_be_ignored(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with browsing(tmp_path_factory.mktemp("guard")) as browser:
        draft = planned(browser, good_rows(3), {"guards": {"max_rows": 2}})
        url = f"/draft/{draft.id}/confirm"
        shown = browser.get(url)
        assert "A guard stops this plan" in text_of(shown)
        assert "max_rows" in text_of(shown)
        assert 'name="changes"' not in shown.text
        fields = {"run": draft.run_id, "turn": "0", "changes": "3"}
        assert browser.post(url, fields).status_code == 422
        assert commands_of(browser, str(draft.run_id)) == 0


def test_a_plan_older_than_a_day_is_planned_again_before_it_is_sent(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with browsing(tmp_path_factory.mktemp("old")) as browser:
        draft = planned(browser, good_rows(2))
        with closing(sqlite3.connect(ledger_of_rehearsals(browser) / "ledger.sqlite3")) as ledger:
            ledger.execute("UPDATE run SET planned_at_us = planned_at_us - 90000000000")
            ledger.commit()
        url = f"/draft/{draft.id}/confirm"
        assert "older than 24 hours" in text_of(browser.get(url))
        refused = browser.post(url, {"run": draft.run_id, "turn": "0", "changes": "2"})
        assert refused.status_code == 422
        assert commands_of(browser, str(draft.run_id)) == 0
        browser.post(f"/draft/{draft.id}/plan-again")
        fresh = browser.service.drafts.get(draft.id).run_id
        assert fresh != draft.run_id
        assert 'name="changes"' in browser.get(url).text


def test_rows_of_a_status_can_be_sent_first(tmp_path_factory: pytest.TempPathFactory) -> None:
    with browsing(tmp_path_factory.mktemp("first")) as browser:
        rows = [*good_rows(3), f"{KNOWN[3]};4;Gdynia"]
        draft = planned(browser, rows, {"delivery": {"workers": 1}})
        shown = browser.get(f"/draft/{draft.id}/confirm")
        assert "1 row with status Nie dzwonić (4)" in text_of(shown)
        fields = {"run": draft.run_id, "turn": "0", "changes": "4", "first": "4"}
        browser.post(f"/draft/{draft.id}/confirm", fields)
        assert await_command(browser, str(draft.run_id)) == f"/run/{draft.run_id}/report"
        received = browser.service.rehearsal.sandbox.received
        sent = [each.raw_path for each in received if each.method == "PUT"]
        assert [path.rpartition("/")[2] for path in sent] == [KNOWN[3], *KNOWN[:3]]


def test_a_run_of_the_command_line_that_was_stopped_goes_on_from_the_page(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with browsing(tmp_path_factory.mktemp("stopped")) as browser:
        draft = planned(browser, good_rows(2))
        run_id = str(draft.run_id)
        place = place_of(browser.service, run_id)
        words = ["apply", run_id, "--limit", "1", "--state", str(ledger_of_rehearsals(browser))]
        assert start(*words, environment=place.environment()).exit_code == 0
        assert "1 row is left to send" in text_of(browser.get(f"/run/{run_id}/report"))
        shown = browser.get(f"/run/{run_id}/send")
        assert "Go on" in text_of(shown)
        browser.post(f"/run/{run_id}/send", {"turn": hidden(shown.text, "turn")})
        assert await_command(browser, run_id) == f"/run/{run_id}/report"


def test_a_stop_of_the_page_ends_the_stream_and_not_the_command(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with browsing(tmp_path_factory.mktemp("stop")) as browser:
        draft = planned(browser, good_rows(8), {"delivery": {"rate": 2}})
        run_id = str(draft.run_id)
        confirm(browser, draft, 8)
        shown = browser.get(f"/run/{run_id}/send")
        assert f'data-events="/run/{run_id}/events"' in shown.text
        assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in shown.text
        assert f"bulk-update apply {run_id} --yes --snapshot" in text_of(shown)
        browser.service.stop.request(StopCause.SIGINT)
        assert "event: end" not in browser.get(f"/run/{run_id}/events").text
        place = place_of(browser.service, run_id)
        assert next(reversed(place.commands.of(run_id))).is_running

        wait_for(lambda: show_progress(run_id, place.options).counts[Status.UPDATED])
        browser.post(f"/run/{run_id}/stop")
        assert await_command(browser, run_id) == ""
        stopped = browser.get(f"/run/{run_id}/send")
        assert "Go on" in text_of(stopped)
        browser.post(f"/run/{run_id}/send", {"turn": hidden(stopped.text, "turn")})
        assert await_command(browser, run_id) == f"/run/{run_id}/report"
        assert "8 records were updated." in text_of(browser.get(f"/run/{run_id}/report"))


def test_the_stream_shows_the_progress_and_ends_with_the_report(sent: Sent) -> None:
    assert "event: progress" in sent.stream
    assert sent.stream.rstrip().endswith(f"event: end\ndata: {sent.url('report')}")


def test_a_form_that_is_sent_again_after_the_end_starts_nothing(sent: Sent) -> None:
    fields = {"run": sent.run_id, "turn": "0", "changes": "3"}
    turns = commands_of(sent.browser, sent.run_id)
    sent.browser.post(f"/draft/{sent.draft.id}/confirm", fields)
    sent.browser.post(sent.url("send"), {"turn": "0"})
    sent.browser.post(sent.url("send"))
    assert commands_of(sent.browser, sent.run_id) == turns


def test_the_report_says_how_it_ended_why_and_what_to_do(sent: Sent) -> None:
    shown = sent.browser.get(sent.url("report"))
    words = text_of(shown)
    assert "Finished. 2 records were updated. 2 rows need attention." in words
    assert "http-404" in words
    assert "results.csv every row of the file with its outcome" in words
    assert "mapping.yaml what each column means" in words
    assert "API: the interface" in words
    assert "pattern" in words
    assert HOSTILE not in shown.text
    assert "<script>alert" not in shown.text


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/run/{run}/report", "Zakończono. Zaktualizowano 2 rekordy. 2 wiersze wymagają uwagi."),
        ("/draft/{draft}/confirm", "Nie ma nic do wysłania. Nic nie zostanie wyczyszczone."),
        ("/run/{run}/undo", "Ten przebieg zmienił 2 rekordy."),
        ("/run/{run}/delete", "Usunąć przebieg"),
        ("/history?rehearsals", "Przebiegi, od najnowszego"),
    ],
)
def test_the_screens_of_runs_speak_polish(sent: Sent, address: str, words: str) -> None:
    browser = sent.browser
    browser.post("/language", {"language": "pl", "back": "/"})
    shown = browser.get(address.format(run=sent.run_id, draft=sent.draft.id))
    browser.post("/language", {"language": "en", "back": "/"})
    assert words in text_of(shown)


def test_only_offending_cells_can_be_corrected(sent: Sent) -> None:
    fields = form_of(sent.browser.get(sent.url("report")), sent.url("correct"))
    assert list(fields) == ["cell-4-0", "cell-4-1", "cell-4-2", "cell-5-2"]


def test_an_untouched_form_is_not_checked(sent: Sent) -> None:
    answers = form_of(sent.browser.get(sent.url("report")), sent.url("correct"))
    refused = sent.browser.post(sent.url("correct"), answers)
    assert (refused.status_code, "No cell was changed" in text_of(refused)) == (422, True)


def test_corrected_rows_become_a_plan_of_their_own_that_names_their_run(sent: Sent) -> None:
    answers = {"cell-5-2": "Sopot", "cell-5-1": "4", "cell-2-2": "not offered for correction"}
    browser = sent.browser
    address = browser.post(sent.url("correct"), answers).headers["location"]
    draft = browser.service.drafts.get(address.split("/")[2])
    corrected = browser.service.drafts.input_path(draft.id).read_text(encoding="utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(corrected), delimiter=";")
    assert (row["Status"], row["Miasto"]) == ("3", "Sopot")
    assert (row["_row"], row["_run"]) == ("5", sent.run_id)
    assert draft.file_name == f"corrected-{sent.run_id}.csv"
    shown = text_of(browser.get(f"/draft/{draft.id}/confirm"))
    assert "1 record will change." in shown
    preview = browser.get(address).text
    assert sent.url("report") in preview
    assert f"/draft/{draft.id}/columns" not in preview
    mapping = browser.follow(browser.get(f"/draft/{draft.id}/mapping.yaml"))
    assert mapping.content == browser.get(sent.url("files/mapping.yaml")).content


@pytest.mark.parametrize(
    "name",
    ["results.csv", "failed.csv", "failed.xlsx", "report.html", "summary.json", "mapping.yaml"],
)
def test_the_files_of_a_run_are_downloads(sent: Sent, name: str) -> None:
    got = sent.browser.get(sent.url(f"files/{name}"))
    assert got.status_code == 200
    assert got.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert got.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name", ["draft.json", "..%2fdraft.json", "%2e%2e/draft.json", "input.csv", "requests.jsonl"]
)
def test_no_other_file_can_be_downloaded(sent: Sent, name: str) -> None:
    assert sent.browser.get(sent.url(f"files/{name}")).status_code == 404


def test_the_files_of_another_run_in_the_same_folder_are_not_those_of_a_run(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with browsing(tmp_path_factory.mktemp("files")) as browser:
        first = planned(browser, good_rows(1))
        browser.post(f"/draft/{first.id}/plan-again")
        old, new = first.run_id, browser.service.drafts.get(first.id).run_id
        assert browser.get(f"/run/{old}/files/results.csv").status_code == 404
        assert browser.get(f"/run/{new}/files/results.csv").status_code == 200


def test_a_run_is_undone_through_the_same_confirmation(sent: Sent) -> None:
    browser = sent.browser
    sandbox = browser.service.rehearsal.sandbox
    changed = sandbox.record("00001", KNOWN[0])
    turn = str(commands_of(browser, sent.run_id))
    asked = text_of(browser.get(sent.url("undo")))
    assert "Put back where a record still shows what this run sent: column Status" in asked
    assert "does not show these values: column Miasto ( miasto )" in asked
    browser.post(sent.url("undo"), {"turn": turn})
    address = await_command(browser, sent.run_id)
    undo = address.split("/")[2]
    assert undo != sent.run_id
    shown = browser.get(address)
    words = text_of(shown)
    assert "What would change back" in words
    assert "Column Miasto ( miasto ): not put back in 2 records, such as row 2: Thulium" in words
    assert "tick the box" in words
    for name in ("record_fields", "next_call_date", "--trust-last-sent"):
        assert name not in words
    assert "This is a plan. Nothing has been sent." in text_of(browser.get(f"/run/{undo}/report"))
    count = re.search(r"([0-9]+) records? will change", words)
    assert count is not None
    assert KNOWN[0] in text_of(browser.get(f"/run/{undo}/preview"))
    fields = {name: hidden(shown.text, name) for name in ("run", "turn")}
    browser.post(f"/run/{undo}/send", {"turn": "0"})  # not without the number
    assert commands_of(browser, undo) == 0
    browser.post(address, {**fields, "changes": count[1]})
    assert await_command(browser, undo) == f"/run/{undo}/report"
    restored = sandbox.record("00001", KNOWN[0])
    assert changed is not None
    assert restored is not None
    assert changed.status_id == "3"
    assert restored.status_id != "3"
    assert "It has been undone by run" in text_of(browser.get(sent.url("undo")))
    listed = browser.get("/history?rehearsals").text
    assert f'action="/run/{sent.run_id}/again"' in listed
    assert f'action="/run/{undo}/again"' not in listed  # that file is what the first run sent


def test_the_history_leads_to_every_action_and_deletes_only_after_a_question(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with browsing(tmp_path_factory.mktemp("history")) as browser:
        draft = planned(browser, good_rows(1))
        run_id = str(draft.run_id)
        assert "There is no run yet" in text_of(browser.get("/history"))
        words = text_of(browser.get("/history?rehearsals"))
        assert run_id in words
        assert "crm.csv" in words
        again = browser.post(f"/run/{run_id}/again").headers["location"].split("/")[2]
        drafts = browser.service.drafts
        assert drafts.input_path(again).read_bytes() == drafts.input_path(draft.id).read_bytes()
        assert f"Delete run {run_id}?" in text_of(browser.get(f"/run/{run_id}/delete"))
        assert browser.get(f"/run/{run_id}/report").status_code == 200
        browser.post(f"/run/{run_id}/delete")
        assert browser.get(f"/run/{run_id}/report").status_code == 404
        assert draft.id not in [each.id for each in drafts.recent()]


def test_a_plan_that_a_newer_one_of_the_same_file_replaces_is_folded(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with browsing(tmp_path_factory.mktemp("replaced")) as browser:
        drafts = [planned(browser, good_rows(count)) for count in (1, 2, 2)]
        other, old, new = (str(draft.run_id) for draft in drafts)
        shown = browser.get("/history?rehearsals").text
        listed, _, folded = shown.partition("<details>")
        assert [listed.count(f'<tr id="{run}">') for run in (other, old, new)] == [1, 0, 1]
        assert folded.count(f'<tr id="{old}">') == 1
        assert f'newer: <a href="/run/{new}/report">' in folded
        browser.post(f"/draft/{drafts[2].id}/plan-again")
        assert browser.get(f"/run/{new}/report").status_code == 404


def test_a_ledger_in_use_is_said_within_seconds_with_a_link_to_try_again(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with browsing(tmp_path_factory.mktemp("busy")) as browser:
        draft = planned(browser, good_rows(1))
        run, path = draft.run_id, ledger_of_rehearsals(browser) / "ledger.sqlite3"
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            began = time.monotonic()
            deleting = browser.post(
                f"/run/{run}/delete", headers={"Referer": f"{ORIGIN}/run/{run}/delete"}
            )
            assert time.monotonic() - began < 15
            other.execute("ROLLBACK")
        words = text_of(deleting)
        assert (deleting.status_code, "Another program is writing" in words) == (503, True)
        assert f'href="/run/{run}/delete">Try again' in deleting.text
        assert browser.get(f"/run/{run}/report").status_code == 200
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
            other.execute("BEGIN EXCLUSIVE")
            for url in (
                f"/draft/{draft.id}/preview?q=1",
                f"/run/{run}/undo",
                "/history?rehearsals",
            ):
                began = time.monotonic()
                shown = browser.get(url)
                assert time.monotonic() - began < 15
                if shown.status_code != 200:
                    assert shown.status_code == 503
                    assert f'href="{url}">Try again' in shown.text
            other.execute("ROLLBACK")


def test_hostile_names_cannot_leave_their_event_of_the_stream(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    hostile = "</p><script>alert(1)</script>\r\n\nevent: end\ndata: //evil.example\u2028\x85&"
    with browsing(tmp_path_factory.mktemp("stream")) as browser:
        draft = planned(browser, good_rows(1))
        run_id = str(draft.run_id)
        holder = Holder(1, f"vm{hostile}", f"jan{hostile}", "2026-01-01T00:00:00Z")
        with sending_lock(ledger_of_rehearsals(browser), holder):
            confirm(browser, draft, 1)
            command = place_of(browser.service, run_id).commands.latest(run_id)
            assert command is not None
            wait_for(lambda: command.pid)
            stop = Timer(3, browser.service.stop.request, [StopCause.SIGINT])
            stop.start()
            stream = browser.get(f"/run/{run_id}/events").text
            command.stop()
            wait_for(lambda: not command.is_running)
        events = [each for each in stream.split("\n\n") if each]
        assert {each.splitlines()[0] for each in events} == {"event: progress"}
        lines = [line for each in events for line in each.split("\n")[1:]]
        assert [line for line in lines if not line.startswith("data: ")] == []
        assert "\r" not in stream
        assert "<script>" not in stream
        assert "&lt;script&gt;alert" in stream


@pytest.mark.parametrize(
    "screen", ["send", "report", "undo", "confirm", "delete", "files/results.csv"]
)
def test_a_run_that_does_not_exist_is_said_so(sent: Sent, screen: str) -> None:
    shown = sent.browser.get(f"/run/20260101-000000-abcd/{screen}")
    assert (shown.status_code, "There is no such run" in text_of(shown)) == (404, True)
