"""What every screen may use."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bulk_update.errors import UsageError
from bulk_update.job.ledger_place import ledger_place
from bulk_update.job.request import RunOptions, base_url_of
from bulk_update.language import gettext as _
from bulk_update.ledger import LedgerFolder
from bulk_update.settings import PREFIX, Settings
from bulk_update.stop_request import StopRequest
from bulk_update.web.drafts import Draft, Drafts
from bulk_update.web.rehearsal import Rehearsal
from bulk_update.web.uploads import MAX_UPLOAD_BYTES

PATIENCE_SECONDS = 3.0
"""How long a screen waits for another program that is writing to the ledger."""

_NOT_IN_A_REHEARSAL = ("ledger", "password_file", "proxy", "notify", "ping", "metrics")


@dataclass(frozen=True, slots=True)
class Service:
    """The settings of the live system, the drafts, and the sandbox for rehearsals.

    `state_folder` holds ledger, drafts and caches. `language` is that of browsers that have chosen
    none, `stop` ends the page, and `environ` is that of the program. If the system of the settings
    `is_sandbox`, no screen calls it live.
    """

    settings: Settings
    drafts: Drafts
    state_folder: Path
    rehearsal: Rehearsal
    language: str = "en"
    is_sandbox: bool = False
    stop: StopRequest = field(default_factory=StopRequest)
    max_upload_bytes: int = MAX_UPLOAD_BYTES
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def can_be_live(self) -> bool:
        """Whether files can be sent to a live system."""
        return self.settings.base_url is not None and not self.is_sandbox

    def settings_for(self, draft: Draft) -> Settings:
        """Return the settings of the system that a draft is for: the live one, or the sandbox.

        The sandbox holds what the draft's file refers to, as soon as there is a mapping. Raises
        UsageError if it cannot be started, or if the draft is for another live system.
        """
        if not draft.rehearsal:
            self.require_system(draft.base_url)
            return self.settings
        if draft.id:
            paths = self.drafts.input_path(draft.id), self.drafts.mapping_path(draft.id)
            self.rehearsal.seed(*paths, self.settings)
        return self.rehearsal.settings(self.settings)

    @property
    def base_url(self) -> str | None:
        """The base URL of the live system in its canonical form; None: only rehearsals."""
        return base_url_of(self.settings, None)

    def require_system(self, base_url: str | None) -> None:
        """Raise UsageError if this base URL is not that of the page's live system."""
        if base_url is not None and base_url != self.base_url:
            raise UsageError(
                _("this is for {url}, and the page was started for another system").format(
                    url=base_url
                ),
                hint=_("Start bulk-update web with --base-url {url}.").format(url=base_url),
            )

    def options_for(self, draft: Draft) -> RunOptions:
        """Return the options that a draft is planned with; its files are written to its folder.

        Raises UsageError if the sandbox cannot be started.
        """
        settings = self.settings_for(draft)
        return RunOptions(
            settings=settings,
            out=self.drafts.folder(draft.id) / "results",
            live=settings.base_url is not None,
            snapshot=settings.base_url is not None,
            ledger_patience_seconds=PATIENCE_SECONDS,
            stop=self.stop,
        )

    def environment_for(self, draft: Draft) -> dict[str, str]:
        """Return the environment of a command that is started for a draft.

        Raises UsageError if the sandbox cannot be started.
        """
        left_out = (
            [PREFIX + name.upper() for name in _NOT_IN_A_REHEARSAL] if draft.rehearsal else []
        )
        environment = {name: self.environ[name] for name in self.environ if name not in left_out}
        return environment | _variables(self.settings_for(draft))

    def is_sending(self) -> bool:
        """Return whether any run is being sent, even if another program sends it."""
        live, rehearsals = ledger_place(self.settings), LedgerFolder(self.rehearsal.state_folder)
        return any(place.current_holder() is not None for place in (live, rehearsals))


def _variables(settings: Settings) -> dict[str, str]:
    """Return settings as environment variables, in which passwords are readable."""
    password, proxy = settings.password, settings.proxy
    found = {
        "base_url": settings.base_url,
        "username": settings.username,
        "password": password and password.get_secret_value(),
        "password_file": settings.password_file,
        "proxy": proxy and proxy.get_secret_value(),
        "state": settings.state_folder,
        "ledger": settings.ledger,
        "rate": settings.rate,
        "workers": settings.workers,
        "timeout": settings.timeout,
        "retries": settings.retries,
        "patience": settings.patience,
    }
    return {PREFIX + name.upper(): str(value) for name, value in found.items() if value is not None}
