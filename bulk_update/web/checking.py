"""Checks of drafts: `check` of the file with the draft's mapping, in a thread of its own.

The run of a check becomes the draft's only if its answers did not change meanwhile.
"""

from __future__ import annotations

import contextvars
import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Lock, Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from bulk_update.client import parse_base_url
from bulk_update.errors import BulkUpdateError, LedgerError
from bulk_update.events import RecordsRead, RowsRead, Stage, StageBegan
from bulk_update.job.check import check_file
from bulk_update.job.inspect import delete_plans, delete_run
from bulk_update.job.request import Request
from bulk_update.language import gettext as _
from bulk_update.ledger import BUSY_SECONDS
from bulk_update.mapping import load_mapping
from bulk_update.printable import printable
from bulk_update.stop_request import Interrupted, StopCause, StopRequest
from bulk_update.web.drafts import ChangedMeanwhileError, Draft, NoSuchDraftError
from bulk_update.web.examining import table_of
from bulk_update.web.mapping_text import MappingAnswers, job_name, mapping_text

if TYPE_CHECKING:
    from bulk_update.job.ports import Target
    from bulk_update.plan import Plan
    from bulk_update.web.service import Service

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Check:
    """A check of a draft: how far it is, or how it failed."""

    revision: int
    stop: StopRequest = field(default_factory=StopRequest)
    stage: Stage = Stage.READING
    rows: int = 0
    records: int = 0
    error: BulkUpdateError | None = None
    is_running: bool = True

    def on_event(self, event: object) -> None:
        """Count what was read."""
        match event:
            case RowsRead(rows):
                self.rows += rows
            case RecordsRead(records):
                self.records += records
            case StageBegan(stage):
                self.stage = stage

    def consents(self, _plan: Plan, _target: Target) -> bool:
        """Return False: a check sends nothing."""
        return False


class Checks:
    """The checks that run now, or that failed since the page was started, by draft."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_draft: dict[str, Check] = {}

    def of(self, draft: Draft) -> Check | None:
        """Return the check of a draft's present answers, if it is running or has failed."""
        with self._lock:
            found = self._by_draft.get(draft.id)
        return found if found and found.revision == draft.revision else None

    def are_running(self) -> bool:
        """Return whether any check is running."""
        with self._lock:
            return any(check.is_running for check in self._by_draft.values())

    def start(self, service: Service, draft: Draft) -> None:
        """Begin to check a draft, whose mapping was written, unless that is being done.

        A check of earlier answers ends.
        """
        with self._lock:
            before = self._by_draft.get(draft.id)
            if before and before.is_running and before.revision == draft.revision:
                return
            if before and before.is_running:
                before.stop.request(StopCause.SIGINT)
            check = self._by_draft[draft.id] = Check(draft.revision)
        context = contextvars.copy_context()
        Thread(target=context.run, args=(self._run, service, draft, check), daemon=True).start()

    def _run(self, service: Service, draft: Draft, check: Check) -> None:
        try:
            run_id = _checked(service, draft, check)
            _take_over(service, draft, run_id)
        except BulkUpdateError as error:
            check.error = error
        except (Interrupted, ChangedMeanwhileError, NoSuchDraftError):
            pass  # the answers changed, so nobody needs this check
        except Exception as error:  # noqa: BLE001 - a bug ends the check, and the page says so
            _log.error("a bug in a check", exc_info=error)
            check.error = BulkUpdateError(_("The page made a mistake. Nothing was sent."))
        finally:
            check.is_running = False


def _take_over(service: Service, draft: Draft, run_id: str) -> None:
    """Make a plan the draft's, in place of earlier ones, or delete it if nobody needs it.

    A plan of earlier answers must not stay in the history, where it could be sent.
    """
    options = service.options_for(draft)
    try:
        service.drafts.save(replace(draft, run_id=run_id), revision=draft.revision)
    except (ChangedMeanwhileError, NoSuchDraftError):
        with suppress(LedgerError):
            delete_run(run_id, options)
        raise
    delete_earlier_plans(service, replace(draft, run_id=run_id))


def delete_earlier_plans(service: Service, draft: Draft) -> None:
    """Delete the plans of a draft that its present one replaces, unless the ledger is in use."""
    path, options = service.drafts.input_path(draft.id), service.options_for(draft)
    with suppress(LedgerError):
        delete_plans(path, options, besides=draft.run_id or "")


def _checked(service: Service, draft: Draft, check: Check) -> str:
    """Check a draft and return the id of its run."""
    options = replace(
        service.options_for(draft),
        stop=check.stop,
        ledger_patience_seconds=BUSY_SECONDS,  # no screen waits for it
    )
    drafts = service.drafts
    request = Request(drafts.input_path(draft.id), drafts.mapping_path(draft.id), options)
    try:
        return check_file(request, check).summary.run_id or ""
    except BulkUpdateError as error:
        error.replace_text(str(request.file), draft.file_name)
        error.replace_text(str(request.mapping_path), request.mapping_path.name)
        raise


def checks_of(request: HTTPConnection) -> Checks:
    """Return the checks of the page."""
    checks: Checks = request.app.state.checks
    return checks


def answers_of(service: Service, draft: Draft) -> MappingAnswers:
    """Return everything that the mapping of a draft says."""
    table = table_of(service, draft)
    options = service.options_for(draft)
    base_url = options.settings.base_url
    host = urlsplit(parse_base_url(base_url)).hostname if base_url else None
    order = [column.name for column in table.columns]
    return MappingAnswers(
        title=f"Made with `bulk-update web` for {printable(draft.file_name)}",
        job=draft.values.job or job_name(draft.file_name),
        columns={name: draft.columns[name] for name in order if name in draft.columns},
        values=draft.values,
        campaign=draft.campaign,
        host=None if draft.rehearsal else host,
        source=table.source.lines,
        is_live=bool(options.live),
    )


def write_mapping(service: Service, draft: Draft) -> None:
    """Write the mapping of a draft, which only the owner can read.

    Raises MappingError, and ChangedMeanwhileError if the answers were changed since.
    """
    text = mapping_text(answers_of(service, draft))
    load_mapping(text.encode(), path="mapping.yaml")
    service.drafts.write_mapping(draft, text)
