"""Examining the state folder: its disk, its ledger and its lock."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from bulk_update.errors import LedgerError, UsageError
from bulk_update.job.disk_space import ALWAYS_FREE_BYTES
from bulk_update.job.doctor.findings import Finding, Topic, failure, not_checked, note, sound, wrong
from bulk_update.job.ledger_place import LedgerPlace, ledger_place
from bulk_update.job.request import path_text
from bulk_update.ledger import FolderState, inspect_folder
from bulk_update.records import Issue, Param
from bulk_update.settings import Settings

ENOUGH_FREE_BYTES = 1_000_000_000
"""Room for the ledger of about a million rows."""

MOST_SECONDS_OFF = 5.0
"""How far apart the clocks of a ledger's server and this machine may be without a note."""


def examine_state(settings: Settings) -> Iterator[Finding]:
    """Yield what is found about the state folder and the ledger; neither is created."""
    folder = settings.state_folder
    try:
        state = inspect_folder(folder)
    except LedgerError as error:
        yield failure(Topic.FOLDER, error)
        yield not_checked(Topic.DISK)
        if settings.ledger is None:
            yield from map(not_checked, (Topic.LEDGER, Topic.LOCK))
            return
    else:
        yield _folder(folder, state)
        yield _disk(state.place)
    yield _found(Topic.LEDGER, settings, _ledger)
    yield _found(Topic.LOCK, settings, _lock)


def _found(topic: Topic, settings: Settings, look: Callable[[LedgerPlace], Finding]) -> Finding:
    try:
        return look(ledger_place(settings))
    except (LedgerError, UsageError) as error:
        return failure(topic, error)


def _folder(folder: Path, state: FolderState) -> Finding:
    path = {"path": path_text(folder)}
    if state.others_can_write:
        return note(Topic.FOLDER, Issue("exposed-state", path))
    if state.others_can_read_ledger:
        return note(Topic.FOLDER, Issue("exposed-state", path, "ledger"))
    return sound(Topic.FOLDER, path, "folder" if state.exists else "new-folder")


def _disk(place: Path) -> Finding:
    try:
        free = shutil.disk_usage(place).free
    except OSError:  # some file systems do not say
        return not_checked(Topic.DISK)
    issue = Issue("little-space", {"free": free, "path": path_text(place)})
    if free < ALWAYS_FREE_BYTES:
        return wrong(Topic.DISK, issue)
    return note(Topic.DISK, issue) if free < ENOUGH_FREE_BYTES else _enough(free)


def _enough(free: int) -> Finding:
    return sound(Topic.DISK, {"free": free}, "disk")


def _ledger(place: LedgerPlace) -> Finding:
    ledger = place.state()
    if ledger is None or not ledger.version:
        return sound(Topic.LEDGER, variant="no-ledger")
    if ledger.version < ledger.current_version:
        formats = {"format": ledger.version, "current": ledger.current_version}
        return note(Topic.LEDGER, Issue("ledger-older", formats))
    params: dict[str, Param] = {
        "format": ledger.version,
        "runs": ledger.runs,
        "size": ledger.size,
        "server": ledger.server,
        "seconds": abs(ledger.seconds_ahead),
    }
    if abs(ledger.seconds_ahead) > MOST_SECONDS_OFF:
        return note(Topic.LEDGER, Issue("ledger-clock-differs", params))
    return sound(Topic.LEDGER, params, "ledger-server" if ledger.server else "ledger")


def _lock(place: LedgerPlace) -> Finding:
    holder = place.current_holder()
    if holder is None:
        return sound(Topic.LOCK, variant="free")
    return note(Topic.LOCK, Issue("sending-now", {"holder": holder}))
