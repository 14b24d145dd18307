"""Sending what an earlier run planned and has not settled, and sending again what failed."""

from __future__ import annotations

import hashlib
import os
import platform

from bulk_update.errors import UsageError
from bulk_update.job.delivering import Deliverer, connection_of
from bulk_update.job.guarding import guards_of
from bulk_update.job.observing import Observer
from bulk_update.job.planning import Planned, current_user, new_run_id, now_us
from bulk_update.job.reporting import Report
from bulk_update.job.request import LoadedMapping, Terms, base_url_of, reload
from bulk_update.job.running import patience_of, planned_again, sending_ledger
from bulk_update.ledger import Ledger, NewRun, Run, RunState

FRESH_PLAN_US = 24 * 3600 * 1_000_000
"""How old a plan may be for its name to be consent enough."""


def apply(run_id: str, terms: Terms, observer: Observer) -> Report:
    """Send the rows of a run that are planned, unsent, halted or in doubt; write all its files.

    Raises UsageError where there is no such run, or where the settings name another system.
    """
    with sending_ledger(terms) as ledger:
        with terms.stop.interruptible():
            run = ledger.find(run_id)
            loaded = _loaded(run)
            connection = connection_of(terms, loaded, base_url=_base_url(run, terms, loaded))
        ledger.patience_seconds = patience_of(terms, loaded)
        if run.base_url is None:
            ledger.update(run.id, base_url=connection.base_url)
            run = ledger.run(run.id)
        stale = now_us() - (run.planned_at_us or run.created_at_us) > FRESH_PLAN_US
        planned = planned_again(terms, loaded, ledger, run)
        return Deliverer(terms, loaded, ledger, observer, connection).deliver(planned, ask=stale)


def retry(run_id: str, terms: Terms, observer: Observer) -> Report:
    """Send the rejected, failed and doubtful rows of a run once more, as a run of their own.

    The rows keep their numbers, and the results hold only them. Raises UsageError as `apply`.
    """
    with sending_ledger(terms) as ledger:
        with terms.stop.interruptible():
            parent = ledger.find(run_id)
            loaded = _loaded(parent)
            guards_of(loaded.mapping, given=terms.guards)  # a wrong one stages no rows
            connection = connection_of(terms, loaded, base_url=_base_url(parent, terms, loaded))
        ledger.patience_seconds = patience_of(terms, loaded)
        planned = _stage_again(ledger, parent, loaded, terms)
        return Deliverer(terms, loaded, ledger, observer, connection).deliver(planned, ask=True)


def _loaded(run: Run) -> LoadedMapping:
    return reload(run.mapping, path=run.mapping_path, overrides=run.overrides)


def _base_url(run: Run, terms: Terms, loaded: LoadedMapping) -> str | None:
    """Return the run's own base URL, unless it has none; the settings may not name another."""
    named = base_url_of(terms.settings, loaded.mapping)
    if run.base_url and named and named != run.base_url:
        raise UsageError(
            f"run {run.run_id} is for {run.base_url}, and the settings name {named}",
            hint="Leave --base-url and BULK_UPDATE_BASE_URL away, or name the run's own.",
        )
    return run.base_url or named


def _stage_again(ledger: Ledger, parent: Run, loaded: LoadedMapping, terms: Terms) -> Planned:
    new = NewRun(
        run_id=new_run_id(),
        command="retry",
        job=parent.job,
        identity=hashlib.sha256(f"retry {parent.identity} {parent.run_id}".encode()).hexdigest(),
        base_url=parent.base_url,
        mapping_path=parent.mapping_path,
        mapping=parent.mapping,
        overrides=parent.overrides,
        input_path=parent.input_path,
        input_sha256=parent.input_sha256,
        header=parent.header,
        delimiter=parent.delimiter,
        ours=parent.ours,
        user=current_user(),
        host=platform.node(),
        pid=os.getpid(),
        created_at_us=now_us(),
        claimed=True,
    )
    key = ledger.begin(new, origin=parent.origin)
    try:
        data_rows = ledger.stage_again(key, parent=parent.id)
    except BaseException:
        ledger.abandon(key)
        raise
    ledger.update(key, state=RunState.PLANNED, data_rows=data_rows, planned_at_us=now_us())
    return planned_again(terms, loaded, ledger, ledger.run(key))
