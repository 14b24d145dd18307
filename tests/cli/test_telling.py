"""People hear of a job when its standing changes, and monitoring services of every run."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from command_line import Desk, Ended, killed_at_the_end, python, start
from inboxes import WebInbox, web_inbox
from ready_courier import ready_courier
from scripted_server import Reaction, ScriptedServer, always, obliging, response

PYTHON = sys.executable
SECRET = "Gehe1mnis"
REFUSING = always(Reaction(response(401)))
REJECTING = always(Reaction(response(422)))


@dataclass
class Night:
    """A job that somebody set up once, its service, and its operator's inbox."""

    desk: Desk
    server: ScriptedServer
    inbox: WebInbox
    broken: set[str] = field(default_factory=set)
    """Paths of the inbox that refuse."""
    count: int = 0

    def url(self, path: str) -> str:
        return f"json://ana:{SECRET}@127.0.0.1:{self.inbox.port}/{path}"

    def run(
        self,
        *options: object,
        command: str = "run",
        consent: str = "--yes",
        notify: str | None = "",
        **env: str,
    ) -> Ended:
        """Start a command for new rows; it notifies the path `ops` unless told otherwise."""
        self.count += 1
        file = self.desk.rows(f"{self.count}00001", f"{self.count}00002", name="crm.csv")
        mapping = self.desk.folder / "mapping.yaml"
        if not mapping.exists():
            self.desk.mapping()
        yes = (consent,) if command == "run" and consent else ()
        words = self.desk.arguments(command, file, "-m", mapping, *yes, "--no-progress", *options)
        told = {} if notify is None else {"BULK_UPDATE_NOTIFY": notify or self.url("ops")}
        environment = {**self.desk.environment, **told, **env}
        return start(*words, environment=environment)

    def titles(self, path: str = "/ops") -> list[str]:
        """Return the titles that arrived, without the program's name."""
        posts = [json.loads(post.body) for post in self.inbox.posts if post.path == path]
        return [post["title"].removeprefix("bulk-update: ") for post in posts]


@pytest.fixture(scope="module")
def courier() -> Iterator[str]:
    with ready_courier() as program:
        yield program


@pytest.fixture
def night(tmp_path: Path, courier: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    """A job whose couriers are forks, because real ones take most of the time."""
    monkeypatch.setattr(sys, "executable", courier)
    broken: set[str] = set()
    with (
        ScriptedServer() as server,
        web_inbox(lambda path: 503 if path in broken else 200) as inbox,
    ):
        base_url = f"http://127.0.0.1:{server.port}"
        yield Night(Desk(tmp_path, base_url), server, inbox, broken)


def test_a_first_failure_another_one_and_a_recovery_are_told_once_each(night: Night) -> None:
    exits = []
    for script in (REFUSING, REFUSING, REJECTING, obliging, obliging):
        night.server.script = script
        exits.append(night.run("--again").exit_code)
    assert exits == [4, 4, 1, 0, 0]
    assert night.titles() == [
        "nightly failed with exit code 4",
        "nightly now fails with exit code 1",
        "nightly succeeded again",
    ]


def test_every_end_is_told_if_that_is_asked_for(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", PYTHON)
    for _ in range(2):
        night.run("--notify-on", "always")
    assert night.titles() == ["nightly succeeded", "nightly succeeded"]


def test_a_notification_that_did_not_arrive_is_tried_again_and_no_other(night: Night) -> None:
    """Nobody is left unaware of a failure, and nobody hears of it twice."""
    night.server.script = REFUSING
    both = f"{night.url('ops')}\n{night.url('boss')}"
    night.broken.add("/boss")
    first = night.run(notify=both)
    assert first.exit_code == 4
    assert "the json 2 notification failed: " in first.stderr
    night.broken.clear()
    night.run(notify=both)
    night.run(notify=both)
    assert night.titles("/ops") == ["nightly failed with exit code 4"]
    assert night.titles("/boss") == ["nightly failed with exit code 4"] * 2


def test_a_recovery_is_not_told_to_who_never_heard_of_the_failure(night: Night) -> None:
    night.server.script = REFUSING
    night.broken.add("/ops")
    night.run()
    night.broken.clear()
    night.server.script = obliging
    night.run()
    assert night.titles() == ["nightly failed with exit code 4"]


def test_a_url_in_the_place_of_another_has_not_heard_what_the_other_has(night: Night) -> None:
    night.server.script = REFUSING
    night.run(notify=f"{night.url('old')} {night.url('ops')}")
    night.run(notify=f"{night.url('ops')} {night.url('new')}")
    for path in ("/old", "/ops", "/new"):
        assert night.titles(path) == ["nightly failed with exit code 4"]


def test_a_good_night_in_another_system_is_no_recovery(night: Night) -> None:
    """A rehearsal against the sandbox says nothing about the real system."""
    night.server.script = REFUSING
    night.run()
    night.server.script = obliging
    with ScriptedServer() as other:
        night.run(BULK_UPDATE_BASE_URL=f"http://127.0.0.1:{other.port}")
    assert night.titles() == ["nightly failed with exit code 4"]
    night.run()
    assert night.titles()[1:] == ["nightly succeeded again"]


def test_a_missing_system_is_recovered_from_in_any(night: Night) -> None:
    assert night.run(BULK_UPDATE_BASE_URL="").exit_code == 2
    night.run()
    assert night.titles() == ["nightly failed with exit code 2", "nightly succeeded again"]


def test_a_retry_without_rows_is_no_recovery(night: Night) -> None:
    """Rows that failed validation are not sent again, so they still need somebody."""
    environment = {**night.desk.environment, "BULK_UPDATE_NOTIFY": night.url("ops")}
    file = night.desk.file("ID;Status;Miasto\n;3;Gdynia\n")
    words = night.desk.arguments("run", file, "-m", night.desk.mapping(), "--yes")
    assert start(*words, environment=environment).exit_code == 1
    run_id = json.loads(night.desk.text("summary.json"))["run_id"]
    words = night.desk.arguments("retry", run_id, "--yes")
    assert start(*words, environment=environment).exit_code == 0
    assert night.titles() == ["nightly failed with exit code 1"]


def test_a_refused_retry_is_told_with_its_run(night: Night) -> None:
    environment = {**night.desk.environment, "BULK_UPDATE_NOTIFY": night.url("ops")}
    words = night.desk.arguments("retry", "20260301-021500-k3f9", "--yes")
    assert start(*words, environment=environment).exit_code == 2
    (post,) = night.inbox.posts
    assert "Run: 20260301-021500-k3f9" in json.loads(post.body)["message"].splitlines()


def test_what_is_refused_before_there_is_a_run_is_told_too(night: Night) -> None:
    mapping = night.desk.mapping()
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text("name: nightly\n", encoding="utf-8")
    assert night.run().exit_code == 2
    mapping.write_text(text, encoding="utf-8")
    assert night.run().exit_code == 0
    assert night.run("--sheet", "none").exit_code == 2
    assert night.run(BULK_UPDATE_RATE="fast", BULK_UPDATE_USERNAME="").exit_code == 2
    assert night.titles() == [
        "mapping.yaml failed with exit code 2",
        "nightly succeeded again",
        "nightly failed with exit code 2",
    ]


@pytest.mark.parametrize("log", [(), ("--log-format", "json")])
def test_a_job_that_nobody_can_approve_is_told(night: Night, log: tuple[str, ...]) -> None:
    ended = night.run(*log, consent="")
    assert ended.exit_code == 2
    assert "Pass --yes to send without confirmation." in ended.stdout
    assert night.titles() == ["nightly failed with exit code 2"]


def test_another_run_that_is_sending_is_no_news(night: Night) -> None:
    night.desk.state.mkdir()
    holder = night.desk.state / "sending.json"
    with night.desk.holding_the_lock():
        assert night.run().exit_code == 5  # it has been sending since January
        content = json.loads(holder.read_text(encoding="utf-8"))
        content["started_at"] = "2099-01-01T00:00:00Z"
        holder.write_text(json.dumps(content), encoding="utf-8")
        assert night.run().exit_code == 5
    assert night.titles() == ["nightly failed with exit code 5"]
    assert night.run().exit_code == 0
    assert night.titles()[1:] == ["nightly succeeded again"]


def test_a_check_is_told_on_its_own_and_not_by_the_mapping(night: Night) -> None:
    night.server.script = REFUSING
    assert night.run().exit_code == 4
    assert night.run(command="check").exit_code == 0  # no recovery
    night.desk.mapping(notify=[night.url("mapped")])
    assert night.run("--sheet", "none", command="check", notify=None).exit_code == 2
    assert night.run("--sheet", "none", command="check").exit_code == 2
    assert night.titles("/mapped") == []
    assert night.titles() == ["nightly failed with exit code 4", "nightly failed with exit code 2"]


def test_the_command_line_precedes_the_environment_and_this_the_mapping(night: Night) -> None:
    night.desk.mapping(notify=[night.url("mapped")])
    always = ("--notify-on", "always")
    mapped = night.run(*always, notify=None)
    assert "other users of this machine" not in mapped.stderr
    night.run(*always)
    given = night.run(*always, "--notify", night.url("a"), "--notify", night.url("b"))
    assert sorted(night.inbox.paths) == ["/a", "/b", "/mapped", "/ops"]
    assert given.stderr.count("other users of this machine can see the URLs of --notify") == 1
    assert "set BULK_UPDATE_NOTIFY instead" in given.stderr


def test_the_ledger_does_not_keep_the_urls_of_a_mapping(night: Night) -> None:
    night.desk.mapping(notify=[night.url("mapped")])
    night.server.script = REFUSING
    assert night.run(notify=None).exit_code == 4
    run_id = json.loads(night.desk.text("summary.json"))["run_id"]
    assert night.titles("/mapped") == ["nightly failed with exit code 4"]
    night.server.script = obliging
    assert night.desk("apply", run_id).exit_code == 0
    files = [path for path in night.desk.folder.rglob("*") if path.is_file()]
    holding = [path.name for path in files if SECRET.encode() in path.read_bytes()]
    assert holding == ["mapping.yaml"]


@pytest.mark.parametrize("output", [(), ("--verbose",), ("--log-format", "json"), ("--json",)])
def test_no_output_and_no_file_contains_a_secret(night: Night, output: tuple[str, ...]) -> None:
    night.server.script = REFUSING
    night.broken |= {f"/{SECRET}", f"/{SECRET}/start"}
    ended = night.run(
        "--notify-on", "always", *output, notify=night.url(SECRET),
        BULK_UPDATE_PING=f"http://{SECRET}:{SECRET}@127.0.0.1:{night.inbox.port}/{SECRET}?{SECRET}",
    )  # fmt: skip
    assert ended.exit_code == 4
    assert {post.path.split("?")[0].split("/")[1] for post in night.inbox.posts} == {SECRET}
    files = [path.read_bytes() for path in night.desk.folder.rglob("*") if path.is_file()]
    assert SECRET not in ended.stdout + ended.stderr
    assert not any(SECRET.encode() in content for content in files)


def test_a_notification_contains_no_cell_and_no_user(night: Night) -> None:
    night.server.script = REJECTING
    night.run(BULK_UPDATE_USERNAME="robot-ana", BULK_UPDATE_PASSWORD="hunter2hunter2")
    (post,) = night.inbox.posts
    for word in ("100001", "Gdynia", "robot-ana", "hunter2hunter2", "Said"):
        assert word not in post.body
    assert "http-422" in post.body


def test_the_summary_says_what_became_of_every_notification_and_the_exit_code_stays(
    night: Night,
) -> None:
    night.server.script = REJECTING
    night.broken.add("/ops")
    quiet = night.run(
        "--json", "--quiet", BULK_UPDATE_PING=f"http://127.0.0.1:{night.inbox.port}/hc"
    )
    assert quiet.exit_code == 1
    assert quiet.summary == json.loads(night.desk.text("summary.json"))
    failed, pinged = quiet.summary["notifications"]
    assert (failed["kind"], failed["target"], failed["ok"]) == ("notify", "json", False)
    assert "error=503" in failed["reason"]
    host = f"127.0.0.1:{night.inbox.port}"
    assert pinged == {"kind": "ping", "target": host, "ok": True, "reason": None}
    assert f"the json notification failed: {failed['reason']}" in quiet.stderr
    assert night.inbox.paths[0].startswith("/hc/start?rid=")
    assert {path.partition("?rid=")[2] for path in night.inbox.paths if "rid" in path} == {
        night.inbox.paths[0].partition("?rid=")[2]
    }


def test_the_summary_says_if_nothing_was_due_and_if_nothing_was_asked_for(night: Night) -> None:
    assert night.run("--json").summary["notifications"] == []
    assert night.run("--json", notify=None).summary["notifications"] is None
    refused = night.run("--json", "--sheet", "none", command="check")
    assert refused.exit_code == 2
    assert [each["ok"] for each in refused.summary["notifications"]] == [True]


@pytest.mark.parametrize(
    ("option", "url"),
    [
        ("--notify", f"foo://{SECRET}"), ("--notify", f"mailto://{SECRET}"),
        ("--ping", f"ftp://{SECRET}"), ("--ping", SECRET),
    ],
)  # fmt: skip
def test_a_url_that_cannot_be_used_is_refused_before_anything_is_sent(
    night: Night, option: str, url: str
) -> None:
    ended = night.run(option, url, notify=None)
    assert ended.exit_code == 2
    assert night.server.requests == []
    assert f"bulk-update: {option}: " in ended.stderr
    assert SECRET not in ended.stderr


def test_a_refused_notification_url_is_told_to_the_monitoring_service(night: Night) -> None:
    ping = f"http://127.0.0.1:{night.inbox.port}/hc"
    assert night.run("--notify", f"foo://{SECRET}", BULK_UPDATE_PING=ping).exit_code == 2
    assert [path.partition("?")[0] for path in night.inbox.paths] == ["/hc/2"]


def test_the_other_recipients_hear_that_a_url_cannot_be_used(night: Night) -> None:
    night.run(notify=f"{night.url('ops')} foo://{SECRET}")
    night.run(BULK_UPDATE_PING=SECRET)
    night.run()
    assert night.titles() == ["nightly failed with exit code 2", "nightly succeeded again"]


def test_an_unusable_ledger_does_not_keep_a_failure_from_being_told(night: Night) -> None:
    night.desk.state.write_text("a file where the folder should be", encoding="utf-8")
    for _ in range(2):
        ended = night.run()
        assert ended.exit_code == 5
        assert "what was told cannot be recorded, so it may be told again: " in ended.stderr
    assert night.titles() == ["nightly failed with exit code 5"] * 2


def test_a_signal_while_people_are_told_ends_the_program_with_the_code_of_the_run(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", PYTHON)
    mapping = night.desk.mapping()
    notify = night.url("hang") + "?rto=60"
    night.inbox.status_of = lambda _path: None
    night.server.script = REFUSING
    words = night.desk.arguments("run", night.desk.rows("1"), "-m", mapping, "--yes")
    environment = {**night.desk.environment, "BULK_UPDATE_NOTIFY": notify}
    process = python("-m", "bulk_update", *words, environment=environment)
    with killed_at_the_end(process):
        night.inbox.wait_for(1, seconds=30.0)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=20.0)
    assert process.returncode == 4
    assert time.monotonic() - began < 5.0
    assert "the json notification failed: interrupted by a signal" in stderr
    summary = json.loads(night.desk.text("summary.json"))
    assert summary["notifications"][0]["reason"] == "interrupted by a signal"
