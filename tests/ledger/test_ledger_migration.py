"""A ledger of an older format is upgraded, and a copy of it is kept."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from command_line import Desk
from scripted_server import ScriptedServer

from bulk_update.bookkeeping.row_keys import row_id_of
from bulk_update.errors import LedgerError
from bulk_update.ledger import Ledger
from bulk_update.ledger.folder import FILE_NAME
from bulk_update.ledger.schema import VERSION, execute_script
from bulk_update.ledger.steps import STEPS
from bulk_update.ledger.tables import TABLES
from bulk_update.messages import entry_of, sentence_of, told
from bulk_update.policy import outcome_of
from bulk_update.reasons import restored
from bulk_update.records import Attempt, Status

COPY = f"{FILE_NAME}.format-1"

MAPPING = b"""
version: 1
name: nightly
campaign: "00001"
identifier: {column: ID}
update:
  status_id: {column: Status}
  record_fields:
    miasto: {column: Miasto}
"""

ROWS = {2: ("1", "updated", ""), 3: ("2", "rejected", "http-409"), 4: ("3", "in_doubt", "timeout")}
"""Identifier, outcome and code of the rows of the finished run."""


COMMENT = re.compile("--.*")
WORDS = re.compile(r"'[^']*'|\w+|[^\s\w]")
"""Names, texts and marks of SQL."""


def body(town: str) -> bytes:
    return f'{{"status_id":"3","record_fields":{{"miasto":"{town}"}}}}'.encode()


def old_ledger(folder: Path, base_url: str) -> Path:
    """Create a ledger of the first format, with a run that was sent and a plan."""
    folder.mkdir()
    path = folder / FILE_NAME
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as connection, connection:
        execute_script(connection, STEPS[0].sql)
        connection.execute("PRAGMA user_version = 1")
        for key, run_id, state, exit_code in (
            (1, "finished", "unfinished", 1),
            (2, "plan", "planned", 0),
        ):
            connection.execute(
                "INSERT INTO run (id, run_id, command, origin, state, job, identity, base_url,"
                " mapping_path, mapping, overrides, input_path, input_sha256, header, delimiter,"
                " ours, data_rows, user, host, pid, created_at_us, planned_at_us, exit_code)"
                " VALUES (?, ?, 'run', ?, ?, 'nightly', 'same', ?, 'm.yaml', ?,"
                " '[null, null, null, null]', 'crm.csv', 'abc', '[\"ID\", \"Status\", \"Miasto\"]',"
                " ';', 0, 3, 'ana', 'here', 1, 1, 9000000000000000, ?)",
                (key, run_id, key, state, base_url, MAPPING, exit_code),
            )
            for number, (identifier, _, _) in ROWS.items():
                connection.execute(
                    "INSERT INTO row (id, campaign_id, identifier, cells, body, fields)"
                    " VALUES (?, '00001', ?, ?, ?, x'c0')",
                    (
                        row_id_of(key, number),
                        identifier,
                        f'["{identifier}", "3", "Gdynia"]'.encode(),
                        body("Gdynia"),
                    ),
                )
        for attempt_id, (number, (identifier, outcome, code)) in enumerate(ROWS.items(), start=1):
            row_id = row_id_of(1, number)
            status = {"updated": 204, "rejected": 409}.get(outcome)
            connection.execute(
                "INSERT INTO attempt VALUES (?, ?, 5, 1, 1, ?, ?, '', NULL, 'empty', 1)",
                (attempt_id, row_id, status, code or "http-204"),
            )
            connection.execute(
                "INSERT INTO outcome VALUES (?, ?, ?, '', ?, 1, NULL, 5, 6, 1)",
                (row_id, outcome, code, status),
            )
            connection.execute(
                "INSERT INTO last_sent VALUES (?, '00001', ?, ?, 1, 1, ?, ?)",
                (base_url, identifier, attempt_id, body("Gdynia"), outcome == "updated"),
            )
        connection.execute("INSERT INTO last_sent_position VALUES (3)")
    return path


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def test_the_steps_are_named_and_lead_to_the_current_format() -> None:
    assert len({step.name for step in STEPS}) == len(STEPS) == VERSION


def tables_of(*scripts: str) -> list[tuple[str, list[str]]]:
    """Return the tables, indexes and views that scripts create, by name, without comments."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for sql in scripts:
            execute_script(connection, sql)
        found = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    return [(name, WORDS.findall(COMMENT.sub("", sql or ""))) for name, sql in found]


def test_a_new_ledger_has_the_tables_that_the_steps_lead_to() -> None:
    assert tables_of(TABLES) == tables_of(*(step.sql for step in STEPS))


def test_an_old_ledger_is_upgraded_and_a_copy_is_kept(desk: Desk) -> None:
    path = old_ledger(desk.state, "https://acme.thulium.com")
    with Ledger(desk.state) as ledger:
        assert [run.run_id for run in ledger.runs.all()] == ["plan", "finished"]
    copy = desk.state / COPY
    assert (version_of(path), version_of(copy)) == (VERSION, 1)
    assert copy.stat().st_mode & 0o777 == path.stat().st_mode & 0o777
    assert sorted(file.name for file in desk.state.iterdir()) == [FILE_NAME, COPY]
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT count(*) FROM last_sent").fetchone() == (3,)
        assert kept.execute("SELECT count(*) FROM row").fetchone() == (6,)


def test_a_failed_migration_leaves_the_ledger_unchanged(desk: Desk) -> None:
    path = old_ledger(desk.state, "https://acme.thulium.com")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE last_sent_position")
    with pytest.raises(LedgerError):
        Ledger(desk.state)
    assert version_of(path) == 1
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM last_sent").fetchone() == (3,)
        assert connection.execute("SELECT settled_well FROM run").fetchall() == [(0,), (0,)]


def test_a_ledger_that_cannot_be_copied_is_not_changed(desk: Desk) -> None:
    path = old_ledger(desk.state, "https://acme.thulium.com")
    (desk.state / COPY).mkdir()
    (desk.state / COPY / "file").touch()
    with pytest.raises(LedgerError, match="cannot be copied"):
        Ledger(desk.state)
    assert version_of(path) == 1


def test_the_content_of_an_old_ledger_is_reported_and_shown(desk: Desk) -> None:
    old_ledger(desk.state, "https://acme.thulium.com")
    assert "1 updated, 1 rejected, 1 in_doubt" in desk("runs").stdout
    assert "rejected" in desk("show", "finished").stdout
    assert "rejected (http-409)" in desk("show", "finished", "--row", 3).stdout


def test_commands_that_send_continue_with_an_old_ledger(desk: Desk) -> None:
    with ScriptedServer() as server:
        desk = Desk(desk.folder, server.url)
        old_ledger(desk.state, server.url)
        file = desk.file("ID;Status;Miasto\n1;3;Gdynia\n2;3;Gdynia\n3;3;Gdynia\n4;3;Gdynia\n")
        mapping = desk.file(MAPPING.decode(), name="mapping.yaml")
        assert desk("check", file, "-m", mapping, "--only-changed").exit_code == 0
        assert desk.outcomes() == ["unchanged same-as-last", "planned", "planned", "planned"]
        assert desk("retry", "finished", "--yes").exit_code == 0
        assert server.identifiers == ["2", "3"]
        assert desk("apply", "plan").exit_code == 1
        assert desk.outcomes() == ["updated", "superseded superseded", "superseded superseded"]
        assert desk("apply", "finished").exit_code == 1
        assert desk.outcomes() == ["updated", "rejected http-409", "in_doubt superseded"]
        assert server.identifiers == ["2", "3", "1"]


SAID = 'no connection to https://acme.thulium.com: {text} "words": \x1b'
"""A sentence of an older ledger, with characters that are special in JSON and in messages."""

RESTORED = 'no connection to https://acme.thulium.com: {text} "words": \\x1b'


def third_format(folder: Path) -> Path:
    """Create a ledger of the third format: reasons are parameters, replies still sentences."""
    path = old_ledger(folder, "https://acme.thulium.com")
    with closing(sqlite3.connect(path)) as connection, connection:
        for step in STEPS[1:3]:
            execute_script(connection, step.sql)
        connection.execute("PRAGMA user_version = 3")
        connection.execute(
            "UPDATE run SET stop_code = 'halted-patience', stop_message = ?", (SAID,)
        )
        connection.execute("UPDATE run SET notices = ? WHERE id = 1", (json.dumps([SAID, "b"]),))
        connection.execute("UPDATE attempt SET message = ? WHERE id > 1", (SAID,))
        for number, code, more in (
            (2, "", None),
            (3, "http-409", []),
            (4, "timeout", [{"code": "unconfirmed"}]),
        ):
            reasons = [] if more is None else [{"code": code, "params": {"words": SAID}}, *more]
            connection.execute(
                "UPDATE outcome SET reasons = ? WHERE row_id = ?",
                (json.dumps(reasons, separators=(",", ":")), row_id_of(1, number)),
            )
        connection.execute(
            "INSERT INTO inherited_doubt VALUES (?, 3, 5, 200, 'http-200', ?, 'html')",
            (row_id_of(2, 4), SAID),
        )
    return path


def test_sentences_of_an_older_ledger_are_shown_unchanged(desk: Desk) -> None:
    third_format(desk.state)
    with Ledger(desk.state) as ledger:
        run, plan = ledger.runs.find("finished"), ledger.runs.find("plan")
        rows = [
            ledger.projection(run.id, waiting=Status.NOT_SENT).detail(number) for number in ROWS
        ]
        (inherited,) = [
            update.earlier for update in ledger.sending.to_send(plan.id) if update.earlier
        ]
    assert told(run.stop_reasons) == SAID
    assert [sentence_of(notice) for notice in restored(run.notices)] == [SAID, "b"]
    assert restored(plan.notices) == ()
    details = [row for row in rows if row is not None]
    assert [told(row.result.reasons) for row in details] == [
        "",
        RESTORED,
        f"{SAID}; {entry_of('unconfirmed').sentence}",  # type: ignore[union-attr] # it is there
    ]
    replies = [attempt.reply for row in details for attempt in row.attempts]
    assert [reply and sentence_of(reply.reason) for reply in replies] == ["", RESTORED, SAID]
    assert [reply and reply.code for reply in replies] == ["http-204", "http-409", "timeout"]
    (attempt,) = inherited
    assert attempt.reply is not None
    assert sentence_of(attempt.reply.reason) == RESTORED


def test_rows_in_doubt_in_an_older_ledger_are_judged_again_and_keep_their_text(desk: Desk) -> None:
    third_format(desk.state)
    with Ledger(desk.state) as ledger:
        plan = ledger.runs.find("plan")
        (earlier,) = [
            update.earlier for update in ledger.sending.to_send(plan.id) if update.earlier
        ]
    outcome = outcome_of(7, [*earlier, Attempt(9, 9)], halted=None, finished_at_us=9)
    assert outcome.code == "halted-interrupted"
    (attempt,) = earlier
    outcome = outcome_of(7, [attempt._replace(inherited=False)], halted=None, finished_at_us=9)
    assert sentence_of(outcome.reasons[0]) == (
        f"HTTP 200 with a body that does not confirm the update: {RESTORED}"
    )


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_the_copy_is_readable_by_the_group_only_if_the_ledger_is(desk: Desk) -> None:
    path = old_ledger(desk.state, "https://acme.thulium.com")
    path.chmod(0o640)
    with Ledger(desk.state):
        pass
    assert (desk.state / COPY).stat().st_mode & 0o777 == 0o640
