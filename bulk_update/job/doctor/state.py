"""Examining the state folder: its disk, its ledger and its lock."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from bulk_update.errors import LedgerError
from bulk_update.job.disk_space import ALWAYS_FREE_BYTES
from bulk_update.job.doctor.findings import Finding, Topic, failure, not_checked, note, sound, wrong
from bulk_update.job.request import path_text
from bulk_update.ledger import FolderState, current_holder, inspect_folder, inspect_ledger
from bulk_update.records import Issue

ENOUGH_FREE_BYTES = 1_000_000_000
"""Room for the ledger of about a million rows."""


def examine_state(folder: Path) -> Iterator[Finding]:
    """Yield what is found about the state folder; it is not created."""
    try:
        state = inspect_folder(folder)
    except LedgerError as error:
        yield failure(Topic.FOLDER, error)
        yield from map(not_checked, (Topic.DISK, Topic.LEDGER, Topic.LOCK))
        return
    yield _folder(folder, state)
    yield _disk(state.place)
    yield _ledger(folder)
    yield _lock(folder)


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


def _ledger(folder: Path) -> Finding:
    try:
        ledger = inspect_ledger(folder)
    except LedgerError as error:
        return failure(Topic.LEDGER, error)
    if ledger is None or not ledger.version:
        return sound(Topic.LEDGER, variant="no-ledger")
    if ledger.version < ledger.current_version:
        formats = {"format": ledger.version, "current": ledger.current_version}
        return note(Topic.LEDGER, Issue("ledger-older", formats))
    params = {"format": ledger.version, "runs": ledger.runs, "size": ledger.size}
    return sound(Topic.LEDGER, params, "ledger")


def _lock(folder: Path) -> Finding:
    holder = current_holder(folder)
    if holder is None:
        return sound(Topic.LOCK, variant="free")
    return note(Topic.LOCK, Issue("sending-now", {"holder": holder}))
