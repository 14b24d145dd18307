"""Where a run is: in the ledger of the live system or in that of the rehearsals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bulk_update.errors import UsageError
from bulk_update.job.inspect import opened_ledger
from bulk_update.job.ledger_place import ledger_place
from bulk_update.job.request import RunOptions
from bulk_update.ledger import Run
from bulk_update.settings import Settings
from bulk_update.web.drafts import Draft
from bulk_update.web.sending import Commands
from bulk_update.web.service import PATIENCE_SECONDS, Service


class NoSuchRunError(Exception):
    """There is no run with this id in any ledger of the page."""


@dataclass(frozen=True, slots=True)
class RunPlace:
    """A run, and what is needed to look at it and to start commands for it.

    `options` are for looking only: they open no connection. `draft` is the one that the run was
    planned from, if the page still has it.
    """

    service: Service
    run: Run
    options: RunOptions
    is_rehearsal: bool
    draft: Draft | None

    @property
    def commands(self) -> Commands:
        """The commands that the page has started for the runs of this ledger."""
        return Commands(self.options.settings.state_folder)

    def environment(self) -> Mapping[str, str]:
        """Return the environment of a command for this run.

        Raises BulkUpdateError if the sandbox of a rehearsal cannot be started, or if the run is for
        another live system than the page.
        """
        if not self.is_rehearsal:
            self.service.require_system(self.run.base_url)
        return self.service.environment_for(self.draft or _nobodys_draft(self.is_rehearsal))


def place_of(service: Service, run_id: str) -> RunPlace:
    """Return where a run is. Raises NoSuchRunError."""
    for is_rehearsal, options in _ledgers(service):
        if not ledger_place(options.settings).exists():
            continue
        try:
            with opened_ledger(options) as store:
                run = store.runs.find(run_id)
        except UsageError:
            continue
        draft = draft_of(service, run_id)
        return RunPlace(service, run, options, is_rehearsal, draft)
    raise NoSuchRunError(run_id)


def looking_options(service: Service, *, is_rehearsal: bool) -> RunOptions:
    """Return the options for looking at one of the two ledgers."""
    return dict(_ledgers(service))[is_rehearsal]


def draft_of(service: Service, run_id: str) -> Draft | None:
    """Return the draft whose present plan is this run."""
    return next((each for each in service.drafts.recent() if each.run_id == run_id), None)


def _ledgers(service: Service) -> tuple[tuple[bool, RunOptions], ...]:
    return (
        (False, _looking(service.settings, service.state_folder)),
        (True, _looking(service.settings, service.rehearsal.state_folder, ledger=None)),
    )


def _looking(settings: Settings, state: Path, **others: None) -> RunOptions:
    return RunOptions(
        settings=settings.model_copy(update={"state": state, **others}),
        ledger_patience_seconds=PATIENCE_SECONDS,
    )


def _nobodys_draft(is_rehearsal: bool) -> Draft:  # noqa: FBT001 - the only thing that counts here
    return Draft("", 0, "", is_rehearsal)
