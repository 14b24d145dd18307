"""Power loss and sudden death, at every write of a run: what is left must be true."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from recorded_disk import CrashState, Entry, RecordedDisk, killed, powerless
from recorded_run import ENDS, INVALID, ROWS, WORKERS, Received, Responded, Service, sent, staged

from bulk_update.errors import LedgerError
from bulk_update.ledger import Ledger, Run
from bulk_update.records import Status

SMALL_LOG = {"wal_autocheckpoint": "12"}
"""Pages: the write-ahead log starts over several times in a run of a few rows."""

NEVER_SENT = {Status.NOT_SENT, Status.INVALID}


def log_of_a_run(folder: Path, pragmas: dict[str, str]) -> list[Entry]:
    """Stage and send a run on a recorded disk; return everything that happened."""
    with (
        RecordedDisk(pragmas).mounted() as disk,
        Ledger(folder, opener=disk.open) as ledger,
    ):
        sent(ledger, staged(ledger), Service(disk.note))
    return disk.log


def distinct(states: Iterable[CrashState]) -> Iterator[CrashState]:
    seen: set[int] = set()
    for state in states:
        key = hash((frozenset(state.files.items()), state.notes))
        if key not in seen:
            seen.add(key)
            yield state


def restored(state: CrashState, folder: Path) -> Path:
    """Put the files of a crash into a folder, as the next process finds them."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, data in state.files.items():
        (folder / name).write_bytes(data)
    return folder


def lies_of(state: CrashState, folder: Path) -> list[str]:
    """Return what a ledger says after a crash that the server knows better."""
    try:
        with Ledger(restored(state, folder)) as ledger:
            return list(lies(ledger, state))
    except LedgerError as error:
        return [str(error)]


def lies(ledger: Ledger, state: CrashState) -> Iterator[str]:
    received = {note.number for note in state.notes if isinstance(note, Received)}
    runs = ledger.runs.all()
    if not runs:
        yield from ["requests of an unknown run"] if received else []
        return
    (run,) = runs
    ledger.sending.settle_dead_runs(now_us=2)
    ends = ends_of(ledger, run)
    if run.data_rows is not None and list(ends) != list(ROWS):
        yield f"rows {list(ends)}"
    for number in received:
        if ends.get(number, Status.NOT_SENT) in NEVER_SENT:
            yield f"row {number} was received and is {ends.get(number)}"
    yield from unearned(ends, state)
    twice = {update.number for update in ledger.sending.to_send(run.id)} & received
    if len(twice) > WORKERS:
        yield f"rows {twice} would be sent twice"


def unearned(ends: dict[int, Status], state: CrashState) -> Iterator[str]:
    """Yield the rows that are said to be final, of which the server has said no such thing."""
    said = {(note.number, note.status) for note in state.notes if isinstance(note, Responded)}
    final = {Status.UPDATED: 204, Status.REJECTED: 409, Status.FAILED: 500}
    for number, end in ends.items():
        if end in final and (number, final[end]) not in said:
            yield f"row {number} is {end}, and the server has not said so"


def ends_of(ledger: Ledger, run: Run) -> dict[int, Status]:
    rows = ledger.projection(run.id, waiting=Status.NOT_SENT).rows()
    return {int(str(row[0])): Status(str(row[3])) for row in rows}


def test_after_a_power_cut_at_any_moment_the_ledger_knows_what_the_server_saw(
    tmp_path: Path,
) -> None:
    log = log_of_a_run(tmp_path / "before", SMALL_LOG)
    states = powerless(log, chance=random.Random(1))
    lies = [lie for state in distinct(states) for lie in lies_of(state, tmp_path / "after")]
    assert lies == []


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_a_ledger_that_syncs_less_would_lose_rows(tmp_path: Path, synchronous: str) -> None:
    log = log_of_a_run(tmp_path / "before", {**SMALL_LOG, "synchronous": synchronous})
    states = distinct(powerless(log, chance=random.Random(1)))
    assert any(lies_of(state, tmp_path / "after") for state in states)


def test_a_run_killed_after_any_write_reports_the_truth_and_can_be_finished(
    tmp_path: Path,
) -> None:
    log = log_of_a_run(tmp_path / "before", SMALL_LOG)
    states = list(killed(log))
    assert [lie for state in states for lie in lies_of(state, tmp_path / "after")] == []
    resent = []
    for state in states[::2]:
        with Ledger(restored(state, tmp_path / "after")) as ledger:
            resent += list(continued(ledger, state))
    assert resent == []


def continued(ledger: Ledger, state: CrashState) -> Iterator[str]:
    """Send the rest of a run that was cut off, and yield what is wrong with its end."""
    ledger.sending.settle_dead_runs(now_us=2)
    again: list[object] = []
    runs = [run for run in ledger.runs.all() if run.planned_at_us]
    run = runs[0] if runs else staged(ledger, run_id="20260302-021500-test")
    sent(ledger, run, Service(again.append))
    ends = ends_of(ledger, run)
    for number in ROWS:
        if ends[number] is not ENDS[number] and not doubt_remains(number, ends[number]):
            yield f"row {number} ended as {ends[number]}, not as {ENDS[number]}"
    received = {note.number for note in (*state.notes, *again) if isinstance(note, Received)}
    if received != {number for number in ROWS if number != INVALID}:
        yield f"rows {received} were sent"


def doubt_remains(number: int, end: Status) -> bool:
    """Row 11 never gets a final response: a crash between its attempts leaves it in doubt."""
    return ENDS[number] is Status.FAILED and end is Status.IN_DOUBT
