"""Sentences that an older version stored remain readable.

`old_ledgers` contains ledgers of two older formats, written by the versions of that time: a run
that was halted by a 401, with a row of each kind.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from command_line import Desk
from scripted_server import ScriptedServer

from bulk_update.ledger.folder import FILE_NAME

OLD_LEDGERS = Path(__file__).parent / "old_ledgers"
RUN = "20261101-021500-frst"
ACME = "https://acme.thulium.com"

CONFLICT = (
    "2 rows (the first is row 6, the last row 7) ask for the same record and do not agree; "
    "none of them is sent"
)
STOPPED = "the API refused the user name or the password; the run stopped: bad login"

ENDS = {
    2: ("updated", ""),
    3: ("rejected http-409", 'agent "Ewa Żak" is not in this campaign; see §4'),
    4: (
        "in_doubt disconnected",
        (
            "the request was sent, and the connection broke: Connection reset by peer; "
            "the record may have been changed or not: look at it in the campaign, "
            "or send the row again"
        ),
    ),
    5: (
        "invalid not-in-lookup",
        (
            'column "Status": "Odmowa "na zawsze"" is not in the lookup '
            '(expected one of "Kontakt"); column "Termin": '
            '"31.02.2026 10:00" is no date (expected DD.MM.YYYY hh:mm)'
        ),
    ),
    6: ("duplicate conflict", CONFLICT),
    7: ("duplicate conflict", CONFLICT),
    8: ("updated", ""),
    9: ("duplicate identical", "the same change as row 8, which stands for both"),
    10: ("filtered", ""),
    11: ("failed http-503", "a web page: busy"),
    12: ("failed halted-401", "bad login"),
    13: ("not_sent halted-401", STOPPED),
}
"""Outcome, code and message of each row, exactly as the old version wrote them."""

SENT_BY_APPLY = {4, 12, 13}


@pytest.fixture(params=sorted(OLD_LEDGERS.glob("*.sql")), ids=lambda path: path.stem)
def desk(request: pytest.FixtureRequest, tmp_path: Path, server: ScriptedServer) -> Desk:
    """A desk with an old ledger."""
    desk = Desk(tmp_path, server.url)
    desk.state.mkdir()
    content = request.param.read_text(encoding="utf-8").replace(ACME, server.url)
    with closing(sqlite3.connect(desk.state / FILE_NAME)) as ledger:
        ledger.executescript(content)
    return desk


def test_old_texts_are_shown_unchanged(desk: Desk) -> None:
    for number, (end, text) in ENDS.items():
        outcome, _, code = end.partition(" ")
        shown = desk("show", RUN, "--row", number).stdout
        section = shown[shown.index("\noutcome\n") :].split("\n  ")[1:]
        lines = [f"{outcome} ({code})" if code else outcome, *filter(None, [text])]
        assert [line.strip() for line in section] == lines, number


def test_the_texts_of_old_replies_and_of_the_old_stop_are_shown(desk: Desk) -> None:
    for number in 3, 4, 11, 12:
        shown = desk("show", RUN, "--row", number).stdout
        attempts = shown[shown.index("1 attempt") : shown.index("\noutcome\n")]
        assert ENDS[number][1].split("; the record may")[0] in attempts
    assert STOPPED in desk("show", RUN).stdout


def test_results_that_are_written_again_contain_the_old_texts(desk: Desk) -> None:
    assert desk("apply", RUN, "--yes").exit_code == 1
    written = {
        int(row["row"]): (f"{row['outcome']} {row['code']}".strip(), row["message"])
        for row in desk.results()
    }
    updated = dict.fromkeys(SENT_BY_APPLY, ("updated", ""))
    assert written == {**ENDS, **updated}
    failed = desk.text("failed.csv").replace('""', '"')
    assert all(ENDS[number][1] in failed for number in (3, 5, 6, 7, 11))
