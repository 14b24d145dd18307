"""What a person at a terminal sees of each kind of end, with what differs between runs evened out.

`python tests/support/console.py` renews the texts in `tests/cli/golden`.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import chdir
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any
from unittest import mock

from command_line import CONNECTION, MAPPING, Ended, start
from documents import RUN_ID, SHOWN_RUN_ID
from scripted_campaign import ScriptedCampaign, Shown
from scripted_server import Reaction, Received, Script, ScriptedServer, obliging, response

GOLDEN = Path(__file__).parents[1] / "cli" / "golden"

NOBODY = "http://127.0.0.1:9"
"""Nothing listens at the port `discard`."""

_MACHINE = re.compile(
    r"^ok     program .*?(?=^\w+ +(?:settings|ustawienia) )", re.MULTILINE | re.DOTALL
)
_DISK = re.compile(r"^(?P<label>ok +(?:disk|dysk) +(?:wolne: )?)[\d.,]+\s[GT]B", re.MULTILINE)
_PORT = re.compile(r"127\.0\.0\.1:(?!9\b)\d+")


@dataclass(frozen=True)
class Console:
    """A folder in which a person works, and a service."""

    server: ScriptedServer
    language: str = "en"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **CONNECTION,
            "BULK_UPDATE_LANG": self.language,
            "BULK_UPDATE_STATE": "state",
            "BULK_UPDATE_RATE": "unlimited",
            "BULK_UPDATE_WORKERS": "1",
            "BULK_UPDATE_BASE_URL": self.server.url,
        }

    def file(self, text: str, name: str = "crm.csv") -> None:
        Path(name).write_text(text, encoding="utf-8", newline="")

    def rows(self, count: int) -> None:
        """Write a file of good rows."""
        lines = (f"{100 + n};3;Gdynia\n" for n in range(count))
        self.file("ID;Status;Miasto\n" + "".join(lines))

    def mapping(self, **content: Any) -> None:
        text = json.dumps({**MAPPING, **content}, ensure_ascii=False)
        Path("crm.yaml").write_text(text, encoding="utf-8")

    def __call__(self, command: str, **environment: str) -> Ended:
        """Start a command; the words are as in a shell without quotes."""
        words = [
            *command.split(),
            *([] if command.split(maxsplit=1)[0] in {"show", "doctor"} else ["--no-progress"]),
        ]
        return start(*words, environment={**self.environment, **environment})

    def run(self, more: str = "", **environment: str) -> Ended:
        return self(f"run crm.csv -m crm.yaml --yes {more}", **environment)

    def check(self, more: str = "") -> Ended:
        return self(f"check crm.csv -m crm.yaml {more}")


def evened(text: str) -> str:
    """Return a text with one run id, one port and one machine for all."""
    text = _DISK.sub(r"\g<label>80 GB", _MACHINE.sub("ok     program         ...\n", text))
    return _PORT.sub("127.0.0.1:8080", RUN_ID.sub(SHOWN_RUN_ID, text))


def run_id_in(ended: Ended) -> str:
    """Return the first run id that was printed."""
    return str(RUN_ID.findall(ended.stdout)[0])


def refusing(replies: Mapping[str, bytes]) -> Script:
    """Answer to some identifiers like this, and accept all others."""

    def script(request: Received, _count: int) -> Reaction:
        found = replies.get(request.identifier)
        return Reaction(found) if found else Reaction()

    return script


NOT_FOUND = response(404, '{"errors": [{"message": "Record not found.", "code": 100404}]}')
NO_AGENT = response(422, '{"errors": [{"message": "Agent not found.", "code": 100020}]}')
UNAUTHORIZED = response(401, '{"errors": [{"message": "Unauthorized."}]}')

RULES = {
    "status_id": {"column": "Status", "lookup": {"Kontakt": 3, "Nie dzwonić": 4}},
    "next_call_date": {
        "column": "Termin",
        "type": "datetime",
        "formats": ["%d.%m.%Y %H:%M"],
        "timezone": "Europe/Warsaw",
    },
    "record_fields": {"miasto": {"column": "Miasto"}},
}


def all_well(console: Console) -> Ended:
    console.rows(3)
    return console.run()


def invalid_rows(console: Console) -> Ended:
    console.mapping(update=RULES)
    good = "".join(f"{n};Kontakt;11.01.2027 08:15;Łódź\n" for n in range(10, 12))
    wrong = "".join(f"{n};kontakty;11.01.2027 08:15;Łódź\n" for n in range(20, 23))
    dates = "30;Kontakt;31.02.2027 10:00;x\n31;Kontakt;31.02.2027 10:00;x\n"
    more = '1,23E+09;Kontakt;;x\n;Kontakt;;x\n40;"co\x1b[31m?";;x\n'
    console.file("ID;Status;Termin;Miasto\n" + good + wrong + dates + more)
    return console.run("--out today")


def duplicates(console: Console) -> Ended:
    console.file("ID;Status;Miasto\n1;3;Gdynia\n1;3;Gdynia\n2;3;Gdynia\n2;4;Sopot\n3;3;Hel\n")
    return console.run()


def rejected(console: Console) -> Ended:
    console.server.script = refusing({"101": NOT_FOUND, "103": NOT_FOUND, "104": NO_AGENT})
    console.rows(6)
    return console.run()


def unreachable(console: Console) -> Ended:
    console.rows(3)
    return console.run("--patience 1", BULK_UPDATE_BASE_URL=NOBODY)


def halted_by_401(console: Console) -> Ended:
    console.server.script = refusing({"101": UNAUTHORIZED})
    console.rows(3)
    return console.run()


def guard(console: Console) -> Ended:
    console.mapping(clear_token="--CLEAR--")
    console.file("ID;Status;Miasto\n1;3;--CLEAR--\n2;3;Hel\n")
    return console.run("--state state")


def max_failures(console: Console) -> Ended:
    console.server.script = refusing({"101": NOT_FOUND, "102": NOT_FOUND})
    console.rows(5)
    return console.run("--guard max_failures=1")


def stopped_by_a_signal(console: Console) -> Ended:
    def script(request: Received, _count: int) -> Reaction:
        if request.identifier == "101":
            os.kill(os.getpid(), signal.SIGINT)
            return Reaction(delay_seconds=0.5)
        return Reaction()

    console.server.script = script
    console.rows(3)
    return console.run()


def limit(console: Console) -> Ended:
    console.rows(1500)
    return console.run("--limit 2")


def check(console: Console) -> Ended:
    console.file("ID;Status;Miasto;Other\n1;3;x;y\n2;;x;\n3;;;\n")
    return console.check()


def check_of_many_changes(console: Console) -> Ended:
    console.mapping(
        update=RULES,
        delivery={"rate": 5},
        guards={"max_clears": 9},
        priority={"column": "Status", "first": ["Nie dzwonić", "Rezygnacja"]},
    )
    towns = ["Łódź", "--CLEAR--", "", "\u05e2\u05db\u05d5", "co\x1b[31m?"]
    statuses = ["Kontakt", "Nie dzwonić", "Kontakt", "Kontakt", "kontakt"]
    rows = zip(range(100, 105), statuses, towns, strict=True)
    lines = (f"{number};{status};11.01.2027 08:15;{town};x\n" for number, status, town in rows)
    console.file("ID;Status;Termin;Miasto;Uwagi\n" + "".join(lines))
    return console("check crm.csv -m crm.yaml", BULK_UPDATE_RATE="")


def check_stopped_by_a_guard(console: Console) -> Ended:
    console.mapping(guards={"max_rows": 1})
    console.rows(3)
    return console.check("--delimiter ;")


def retry(console: Console) -> Ended:
    first = rejected(console)
    console.server.script = refusing({"103": NOT_FOUND})
    return console(f"retry {run_id_in(first)} --yes")


def retry_of_nothing(console: Console) -> Ended:
    return console(f"retry {run_id_in(all_well(console))} --yes")


def undo(console: Console) -> Ended:
    shown = [Shown("1", "j.doe"), Shown("1"), Shown("2"), Shown("3", call_date="2099-01-01 10:00")]
    campaign = ScriptedCampaign({f"{100 + n}": each for n, each in enumerate(shown)})
    console.server.script = campaign.react
    console.mapping(update={**MAPPING["update"], "agent_login": {"column": "Opiekun"}})
    lines = "".join(f"{100 + n};3;Gdynia;p.nowak\n" for n in range(len(shown)))
    console.file("ID;Status;Miasto;Opiekun\n" + lines)
    first = console.run("--snapshot --quiet")
    campaign.records["102"] = Shown("7", "p.nowak")
    return console(f"undo {run_id_in(first)} --yes")


def apply(console: Console) -> Ended:
    console.rows(3)
    return console(f"apply {run_id_in(console.check())}")


def filtered(console: Console) -> Ended:
    console.mapping(where={"column": "Status", "in": ["tak"]})
    console.rows(3)
    return console.run()


def no_rows(console: Console) -> Ended:
    console.file("ID;Status;Miasto\n")
    return console.run()


def no_consent(console: Console) -> Ended:
    console.rows(3)
    return console("run crm.csv -m crm.yaml")


def in_doubt(console: Console) -> Ended:
    lost = Reaction(None, then="reset")
    console.server.script = lambda each, _n: lost if each.identifier == "101" else Reaction()
    console.rows(3)
    return console.run("--retries 1")


def tried_again(console: Console) -> Ended:
    busy = Reaction(response(503, headers="Retry-After: 0\r\n"))
    console.server.script = lambda _each, count: busy if count == 1 else Reaction()
    console.rows(2)
    return console.run()


def quiet(console: Console) -> Ended:
    console.rows(1234)
    return console.check("--quiet")


def tolerated(console: Console) -> Ended:
    console.mapping(tolerate={"rejected": "50%"})
    console.server.script = refusing({"101": NOT_FOUND})
    console.rows(4)
    return console.run()


LISTS = {
    "statuses": '[{"system_status": "CALL", "status_id": "3", "name": "Contact needed"}]',
    "agents": '[{"login": "j.doe", "active": true, "active_in_outbound": false}, {"login": "x"}]',
    "records": '{"count": 12345, "result": []}',
}


def listing(**replies: bytes) -> Script:
    """Answer each request to read with what the API documents, or with a given reply."""

    def script(request: Received, _count: int) -> Reaction:
        what = request.target.rpartition("/")[2].partition("?")[0]
        date = f"Date: {formatdate(usegmt=True)}\r\n"
        return Reaction(replies.get(what) or response(200, LISTS[what], headers=date))

    return script


def doctor(console: Console) -> Ended:
    console.server.script = listing()
    return console("doctor -m crm.yaml")


def doctor_of_wrong_files(console: Console) -> Ended:
    console.server.script = listing()
    Path("state").mkdir(mode=0o700)
    Path("state/ledger.sqlite3").write_text("not a ledger at all", encoding="utf-8")
    console.mapping(colour="red", guards={"max_row": 5})
    return console("doctor -m crm.yaml")


def doctor_at_a_portal(console: Console) -> Ended:
    refused = response(403, '{"errors": [{"message": "Access denied.", "code": 100403}]}')
    page = "<title>Hotel WiFi: sign in</title>"
    portal = response(200, page, headers="Content-Type: text/html\r\n")
    console.server.script = listing(agents=refused, records=portal)
    return console("doctor -m crm.yaml")


def doctor_without_settings(console: Console) -> Ended:
    return console("doctor --timeout 0")


SCENES: Mapping[str, Callable[[Console], Ended]] = {
    scene.__name__: scene
    for scene in (
        all_well, invalid_rows, duplicates, rejected, unreachable, halted_by_401, guard,
        max_failures, stopped_by_a_signal, limit, check, check_of_many_changes,
        check_stopped_by_a_guard, retry, retry_of_nothing, undo, apply, filtered, no_rows,
        no_consent, in_doubt, tried_again, quiet, tolerated,
        doctor, doctor_of_wrong_files, doctor_at_a_portal, doctor_without_settings,
    )
}  # fmt: skip
"""One for each kind of end, by the name of its golden text."""


IN_POLISH = (
    "all_well", "invalid_rows", "rejected", "guard", "stopped_by_a_signal", "limit", "check",
    "check_of_many_changes", "undo", "retry_of_nothing", "no_consent", "in_doubt", "tried_again",
    "quiet", "tolerated", "doctor", "doctor_without_settings",
)  # fmt: skip
"""Scenes with a golden text in Polish, too: together they have every kind of line."""

EDITIONS = [
    *(("en", name) for name in SCENES),
    *(("pl", name) for name in IN_POLISH),
]
"""The language and the scene of each golden text."""


def golden(language: str, name: str) -> Path:
    """Return the file of a golden text."""
    return (GOLDEN if language == "en" else GOLDEN / language) / f"{name}.txt"


def seen(scene: Callable[[Console], Ended], *, language: str = "en") -> str:
    """Return what a person sees of a scene, played in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder), ScriptedServer() as server:
        server.script = obliging
        console = Console(server, language)
        console.mapping()
        ended = scene(console)
    between = "--- stderr\n" if ended.stderr else ""
    return evened(f"{ended.stdout}{between}{ended.stderr}")


if __name__ == "__main__":
    wanted = sys.argv[1:] or list(SCENES)
    with mock.patch.dict(os.environ, {"TZ": "UTC"}):
        for language, name in EDITIONS:
            if name in wanted:
                text = seen(SCENES[name], language=language)
                golden(language, name).write_text(text, encoding="utf-8")
