"""The main job: check, ask, send; or continue what was left unfinished."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from bulk_update.job.delivering import Deliverer, connection_of
from bulk_update.job.guarding import guards_of
from bulk_update.job.observing import Observer
from bulk_update.job.planning import (
    Planned,
    Planner,
    current_user,
    identity_of,
    known_before,
    now_us,
    planned_of,
)
from bulk_update.job.reporting import Report
from bulk_update.job.request import (
    LoadedMapping,
    Request,
    Terms,
    delivery_of,
    load,
    overrides_json,
    readable_file,
)
from bulk_update.ledger import Holder, Ledger, Run, RunState, sending_lock
from bulk_update.plan import ANY_NUMBER_OF_ROWS
from bulk_update.readers import fingerprint
from bulk_update.results import utc_text
from bulk_update.settings import DEFAULT_PATIENCE_SECONDS


def run(request: Request, observer: Observer) -> Report:
    """Check a file and send what changes; continues an unfinished run of the same identity.

    Raises BulkUpdateError where there is nothing to report.
    """
    with request.terms.stop.interruptible():
        loaded = load(request)
        connection = connection_of(request.terms, loaded)
        readable_file(request.file)
    patience_seconds = patience_of(request.terms, loaded)
    with sending_ledger(request.terms, patience_seconds=patience_seconds) as ledger:
        with request.terms.stop.interruptible():  # the file may have been replaced meanwhile
            file = fingerprint(readable_file(request.file))
        found = ledger.unfinished(
            identity=identity_of(loaded.mapping, file), base_url=connection.base_url
        )
        if found:
            observer.notice(f"continuing run {found.run_id}, which was left unfinished")
            ledger.update(
                found.id,
                job=loaded.mapping.name,
                mapping=loaded.data,
                mapping_path=loaded.path,
                overrides=overrides_json(request),
                again=request.again or found.again,
            )
            planned = planned_again(request.terms, loaded, ledger, ledger.run(found.id))
        else:
            planner = Planner(request, loaded, ledger, observer, file, connection.base_url)
            planned = planner.plan("run")
        deliverer = Deliverer(request.terms, loaded, ledger, observer, connection)
        return deliverer.deliver(planned, ask=True)


@contextmanager
def sending_ledger(terms: Terms, *, patience_seconds: float | None = None) -> Iterator[Ledger]:
    """Open the ledger with the right to send; what a crash left behind is settled first.

    `patience_seconds` None: what the settings say, where the mapping is not known yet. Raises
    LockedError where another process is sending.
    """
    folder = terms.settings.state_folder
    if patience_seconds is None:
        patience_seconds = terms.settings.patience
    if patience_seconds is None:
        patience_seconds = DEFAULT_PATIENCE_SECONDS
    with Ledger(
        folder, group_readable=terms.group_readable, patience_seconds=patience_seconds
    ) as ledger:
        holder = Holder(os.getpid(), platform.node(), current_user(), utc_text(now_us()))
        with ExitStack() as held:
            with terms.stop.interruptible():
                held.enter_context(sending_lock(folder, holder, wait_seconds=terms.wait_seconds))
            ledger.settle_dead_runs(now_us=now_us())
            yield ledger


def patience_of(terms: Terms, loaded: LoadedMapping) -> float:
    """Return how many seconds to wait for whoever holds a run up: the ledger's writers too."""
    return delivery_of(terms.settings, loaded.mapping).patience_seconds


def planned_again(terms: Terms, loaded: LoadedMapping, ledger: Ledger, run: Run) -> Planned:
    """Return what is left of a run, judged as of now and by today's guards.

    Whoever asks has the sending lock: nobody else sends until the plan is carried out. A run that
    is finished stays as it is.
    """
    run = ledger.claim(run.id)
    if run.base_url is not None and run.state is not RunState.FINISHED:
        known = known_before(
            ledger,
            job=run.job,
            identity=run.identity,
            base_url=run.base_url,
            again=run.again,
            only_changed=loaded.mapping.only_changed,
            besides=run.id,
        )
        ledger.judge(run, known)
    guards = guards_of(loaded.mapping, given=terms.guards, ours=run.ours)
    if run.command == "retry":
        guards = replace(guards, expect_rows=ANY_NUMBER_OF_ROWS)
    return planned_of(
        ledger,
        run.id,
        loaded.mapping,
        data_rows=run.data_rows or 0,
        guards=guards,
        notices=tuple(json.loads(run.notices)),
    )
