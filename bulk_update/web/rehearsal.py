"""The sandbox for rehearsals, which the page starts when the first one needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock

from pydantic import SecretStr

from bulk_update.sandbox import RunningSandbox, SandboxSettings, running_sandbox
from bulk_update.settings import Settings

USER = "sandbox"
"""The user name of the sandbox, and its password."""


class Rehearsal:
    """A sandbox in a thread of its own, with a state folder of its own."""

    def __init__(self, state_folder: Path, exits: ExitStack) -> None:
        self._state_folder = state_folder
        self._exits = exits
        self._lock = Lock()
        self._running: RunningSandbox | None = None

    @property
    def state_folder(self) -> Path:
        """The folder of the rehearsals' ledger, which never mixes with that of real runs."""
        return self._state_folder

    @property
    def sandbox(self) -> RunningSandbox:
        """The sandbox, which is started if necessary."""
        with self._lock:
            if self._running is None:
                settings = SandboxSettings(
                    accept_any_field=True, accept_any_agent=True, received_limit=1000
                )
                self._running = self._exits.enter_context(running_sandbox(settings))
            return self._running

    def settings(self, live: Settings) -> Settings:
        """Return the settings of the sandbox; how fast to send is as for the live system."""
        return live.model_copy(
            update={
                "base_url": self.sandbox.url,
                "username": USER,
                "password": SecretStr(USER),
                "password_file": None,
                "proxy": None,
                "state": self._state_folder,
            }
        )


@contextmanager
def rehearsing(state_folder: Path) -> Iterator[Rehearsal]:
    """Provide a sandbox for rehearsals, and stop it at the end of the block."""
    with ExitStack() as exits:
        yield Rehearsal(state_folder, exits)
