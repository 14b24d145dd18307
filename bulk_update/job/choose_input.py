"""Choosing the file that a plan is made of, and refusing one that is old, unfinished or sent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from bulk_update.errors import InputError, UnusableError, UsageError
from bulk_update.events import Events, InputChosen
from bulk_update.job.environment import now_us
from bulk_update.job.input_file import InputFile, folder_of, only_file, readable
from bulk_update.job.mapped_file import opened
from bulk_update.job.request import LoadedMapping, Request, path_text
from bulk_update.job.store import Store
from bulk_update.ledger import FinishedInput
from bulk_update.records import Issue, Param
from bulk_update.sources import STANDARD_INPUT, Found, Source, source_of
from bulk_update.sources.at_rest import require_at_rest
from bulk_update.sources.newest import (
    Newest,
    choose_newest,
    folder_name,
    is_pattern,
    marker_of,
    missing_marker,
)

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class ChosenInput:
    """The file of a plan, and the request to read it."""

    request: Request
    file: InputFile


def require_input(request: Request) -> None:
    """Refuse what cannot be read for certain, before anything else is done.

    Raises UsageError for options that do not fit FILE, and InputError if FILE is a plain name of
    nothing.
    """
    with closing(_source(request)) as source:
        if request.text == STANDARD_INPUT or not (request.newest or "://" in request.text):
            only_file(source, request.text)


@contextmanager
def chosen_input(
    request: Request, loaded: LoadedMapping, ledger: Store, events: Events, *, base_url: str | None
) -> Iterator[ChosenInput]:
    """Yield the file that FILE means, which is complete and whose content is to be sent.

    Raises InputError or ServiceError otherwise; `events` has received its name by then, if a file
    was found. Call `require_input` before.
    """
    stop = request.options.stop
    with closing(_source(request)) as source:
        with stop.interruptible():
            newest = _choose(source, request, loaded)
            found = newest.file
            events.on_event(InputChosen(path_text(found.name)))
            _require_young(found, request.max_age_seconds)
            _require_other_folder(found, request.options.archive)
            if found.name != STANDARD_INPUT:
                found = require_at_rest(source, found, now_us=now_us, sleep=time.sleep)
        with _readable(source, found, request, loaded) as file:
            if request.newest:
                finished = ledger.runs.finished_inputs(job=loaded.mapping.name, base_url=base_url)
                _require_new(file, finished, newest.unmarked, again=request.again)
            yield ChosenInput(replace(request, file=file.path), file)


@contextmanager
def _readable(
    source: Source, found: Found, request: Request, loaded: LoadedMapping
) -> Iterator[InputFile]:
    """Yield the file; it may be copied, which a stop request interrupts."""
    state_folder = request.options.settings.state_folder
    kind_is_named = loaded.mapping.source.kind is not None
    with ExitStack() as stack:
        with request.options.stop.interruptible():
            file = stack.enter_context(
                readable(source, found, state_folder=state_folder, kind_is_named=kind_is_named)
            )
        yield file


def _source(request: Request) -> Source:
    if request.text == STANDARD_INPUT:
        given = {
            "--newest": request.newest,
            "--max-age": request.max_age_seconds is not None,
            "--archive": request.options.archive is not None,
        }
        for option in (option for option, is_given in given.items() if is_given):
            raise UsageError(Issue("usage", {"option": option}, "not-for-stdin"))
    if request.newest and Path(request.text).is_dir():
        raise UsageError(Issue("usage", {"path": request.text}, "newest-folder"))
    return source_of(request.text, newest=request.newest, archive=request.options.archive)


def _choose(source: Source, request: Request, loaded: LoadedMapping) -> Newest:
    marker = loaded.mapping.source.marker
    if request.newest:
        found = [each for each in source.matching() if not _is_archived(each, request)]
        return choose_newest(found, pattern=request.text, marker=marker, has=source.has)
    only = only_file(source, request.text)
    if marker is not None and not source.has(marker_of(only.name, marker)):
        if only.name == STANDARD_INPUT:
            raise InputError(Issue("no-marker", variant="stdin"))
        if not _is_failed_file(only, request, loaded):
            raise missing_marker(only.name, marker)
    return Newest(only)


def _is_failed_file(found: Found, request: Request, loaded: LoadedMapping) -> bool:
    """Return whether this is a corrected file, to which the mapping's `source` does not apply."""
    try:
        with opened(replace(request, file=Path(found.name)), loaded) as (spreadsheet, _):
            return spreadsheet.is_failed_csv
    except UnusableError:
        return False


def _is_archived(found: Found, request: Request) -> bool:
    """Return whether the archive is one of the folders that the pattern matches, and has the file.

    An archive that is the pattern's only folder is refused later.
    """
    archive = request.options.archive
    if not is_pattern(folder_name(request.text)):
        return False
    return archive is not None and _is_in(found, archive)


def _is_in(found: Found, archive: str) -> bool:
    with suppress(OSError):  # the archive does not exist yet
        return "://" not in found.name and Path(found.name).parent.samefile(archive)
    return False


def _require_other_folder(found: Found, archive: str | None) -> None:
    """Raise UsageError if the archive is the folder in which the file already is."""
    if archive is not None and _is_in(found, archive):
        params: dict[str, Param] = {"folder": archive, "path": found.name}
        raise UsageError(Issue("usage", params, "archive-in-place"))


def _require_young(found: Found, max_age_seconds: float | None) -> None:
    if max_age_seconds is None:
        return
    if now_us() - found.modified_at_us > max_age_seconds * 1_000_000:
        params: dict[str, Param] = {"path": found.name, "limit": max_age_seconds}
        raise InputError(Issue("stale-input", {**params, "moment": found.modified_at_us}))


def _require_new(
    file: InputFile, finished: list[FinishedInput], unmarked: tuple[str, ...], *, again: bool
) -> None:
    """Raise InputError if a run has finished with the newest file, or with a newer one.

    A newer one, which was beside this one, may have been archived since. `again` accepts the same
    file once more, but never an older one.
    """
    for each in finished:
        variant = ""
        if each.sha256 == file.fingerprint.sha256 and not again:
            variant = "finished"
        elif _is_older(file, each) and _is_beside(file, each):
            variant = "older"
        if variant:
            params: dict[str, Param] = {
                "path": file.name, "other": each.path, "run": each.run_id,
                "moment": each.finished_at_us, "unmarked": _waiting(unmarked),
            }  # fmt: skip
            raise InputError(Issue("nothing-new", params, variant))


def _is_beside(file: InputFile, finished: FinishedInput) -> bool:
    """Return whether a finished file was in the same folder.

    Where the ledger does not know the folder, the path is taken to be relative to the present one.
    """
    return file.folder == (finished.folder or folder_of(finished.path))


def _is_older(file: InputFile, finished: FinishedInput) -> bool:
    if file.modified_at_us is None or finished.modified_at_us is None:
        return False
    return file.modified_at_us < finished.modified_at_us


def _waiting(unmarked: tuple[str, ...]) -> Param:
    if not unmarked:
        return ""
    left_out = max(0, len(unmarked) - _MOST_NAMED)
    params: dict[str, Param] = {"paths": unmarked[:_MOST_NAMED], "left_out": left_out}
    return Issue("no-marker", params, "newer")
