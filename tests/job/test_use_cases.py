"""The use cases as called by another program: their messages, questions and errors."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from unittest import mock

import pytest
from command_line import Desk, start

from bulk_update.cli.exits import exit_after
from bulk_update.errors import InputError, LedgerError
from bulk_update.events import BugFound, Event, RowSettled, RowsRead, Stage, StageBegan
from bulk_update.job.check import check_file
from bulk_update.job.disk_space import require_disk_space
from bulk_update.job.inspect import list_runs
from bulk_update.job.ports import Target
from bulk_update.job.record_keys import CampaignWords, RecordKeys, record_keys
from bulk_update.job.request import Request, RunOptions
from bulk_update.ledger import Ledger
from bulk_update.plan import Plan
from bulk_update.reasons import restored
from bulk_update.records import Issue, Param
from bulk_update.settings import load_settings
from bulk_update.stop_request import StopRequest


class Meddler:
    """An observer that changes the file after its rows have been read."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def on_event(self, event: Event) -> None:
        match event:
            case BugFound(error):
                raise error
            case RowsRead():
                with self._file.open("a", encoding="utf-8") as file:
                    file.write("3;3;x\n")
            case StageBegan(Stage.SENDING) | RowSettled():
                raise AssertionError(event)

    def consents(self, plan: Plan, target: Target) -> bool:
        raise AssertionError(plan, target)


def test_a_file_that_changes_while_being_read_is_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    file = desk.rows("1", "2")
    options = RunOptions(load_settings({"state": desk.state}), out=desk.out)
    with pytest.raises(InputError, match="changed while it was being read"):
        check_file(Request(file, desk.mapping(), options), Meddler(file))
    assert list_runs(options) == []
    assert not desk.out.exists()


@pytest.mark.parametrize("name", ["crm.csv", "crm.xlsx"])
def test_a_disk_without_space_is_reported_before_anything_is_staged(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(LedgerError, match=r"\(1,000,000 TB\) may need .* 20 MB have to") as found:
        require_disk_space(tmp_path, file=Path(name), file_bytes=10**18)
    assert (found.value.exit_code, found.value.reason) == (5, "no-room")
    require_disk_space(tmp_path, file=Path(name), file_bytes=10)


def test_there_is_a_warning_about_identifiers_that_look_alike(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    ended = desk("check", desk.rows("ab1", "AB1", "\uff11\uff12"), "-m", desk.mapping())
    assert ended.exit_code == 0
    assert (
        "an identifier looks like another one but differs: 'ab1' (row 2) and 'AB1' (row 3); each"
    ) in " ".join(ended.stdout.split())
    assert "resemble ordinary ones" in ended.stdout


def test_notices_are_stored_as_codes_and_shown_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    file = desk.file("ID;Status;Miasto\n1;3;NULL\n")
    assert desk("check", file, "-m", desk.mapping()).exit_code == 0
    with Ledger(desk.state) as ledger:
        (run,) = ledger.runs.all()
    params: dict[str, Param] = {"count": 1, "text": "NULL", "row": 2}
    assert restored(run.notices) == (Issue("null-words", params, columns=("Miasto",)),)
    assert (
        'note       column "Miasto": the word "NULL" (row 2) is read as text, in 1 row'
        in desk("show", run.run_id).stdout
    )


def test_unused_columns_are_counted(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    file = desk.file("ID;Status;Miasto;A;B\n1;3;x;y;z\n")
    assert (
        "2 columns of the file are not mapped" in desk("check", file, "-m", desk.mapping()).stdout
    )


def test_a_job_without_standard_input_needs_the_option_yes(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "http://127.0.0.1:9")
    words = desk.arguments("run", desk.rows("1"), "-m", desk.mapping())
    with mock.patch.object(sys, "stdin", None):
        ended = start(*words, environment=desk.environment)
    assert ended.exit_code == 2
    assert "Pass --yes" in ended.stdout


def test_a_bug_has_exit_code_70_and_names_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left, exit_after(StopRequest()):
        raise ZeroDivisionError("by zero")
    assert left.value.code == 70
    stderr = capsys.readouterr().err
    assert "ZeroDivisionError" in stderr
    assert os.path.basename(__file__) in stderr  # noqa: PTH119 - a name alone


def test_a_sandbox_that_cannot_read_its_files_reports_it(tmp_path: Path) -> None:
    missing = str(tmp_path / "no.yaml")
    assert start("sandbox", "--port", "0", "--faults", missing).exit_code == 2
    without_mapping = start("sandbox", "--port", "0", "--seed", missing)
    assert without_mapping.exit_code == 2
    assert "-m MAPPING" in without_mapping.stderr


def test_a_sandbox_does_not_ignore_a_mapping_without_a_file() -> None:
    without_file = start("sandbox", "--port", "0", "-m", "crm.yaml")
    assert (without_file.exit_code, without_file.stdout) == (2, "")
    assert "bulk-update sandbox --seed FILE -m crm.yaml" in without_file.stderr


def test_a_sandbox_is_seeded_with_every_record_that_can_be_read(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    file = desk.file("ID;Kampania;Status;Miasto\n1;00001;3;x\n;00001;3;x\n2;;3;x\n3;00002;4;x\n")
    mapping = desk.mapping(campaign={"column": "Kampania"})
    options = RunOptions(load_settings({}))
    found = record_keys(Request(file, mapping, options))
    words = {"00001": CampaignWords({"3": None}), "00002": CampaignWords({"4": None})}
    assert found == RecordKeys([("00001", "1"), ("00002", "3")], unread=2, words=words)
