"""Serves the page on the loopback interface until it is stopped, or idle for hours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from bulk_update.errors import LedgerError
from bulk_update.job.request import base_url_of
from bulk_update.language import language
from bulk_update.ledger.folder import obstacle
from bulk_update.loopback import HOST, listening
from bulk_update.network_share import network_share
from bulk_update.records import Issue
from bulk_update.settings import Settings
from bulk_update.stop_request import StopRequest
from bulk_update.web.app import create_app
from bulk_update.web.drafts import Drafts
from bulk_update.web.guard import TICKET_PATH
from bulk_update.web.rehearsal import rehearsing
from bulk_update.web.service import Service
from bulk_update.web.storage import make_private
from bulk_update.web.tickets import Tickets

IDLE_SECONDS = 8 * 3600.0
STOP_SECONDS = 2
_SECONDS_BETWEEN_CHECKS = 0.1


class Activity:
    """Notes when the application was last asked for something."""

    def __init__(self, app: ASGIApp, *, monotonic: Callable[[], float]) -> None:
        self._app = app
        self._monotonic = monotonic
        self._running = 0
        self._last_at = monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        self._running += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._running -= 1
            self.note()

    def note(self) -> None:
        """Note that there is a reason to stay."""
        self._last_at = self._monotonic()

    @property
    def idle_seconds(self) -> float:
        """How long nothing was asked for."""
        return 0.0 if self._running else self._monotonic() - self._last_at


class RunningPage:
    """The page while it is served; `link` lets one browser in."""

    def __init__(
        self, service: Service, *, port: int, tickets: Tickets, activity: Activity
    ) -> None:
        self.port = port
        self._service = service
        self._tickets = tickets
        self._activity = activity

    @property
    def is_sending(self) -> bool:
        """Whether a run is being sent, which goes on without the page."""
        return self._service.is_sending()

    def link(self) -> str:
        """Return a new link, which works once."""
        return f"http://{HOST}:{self.port}{TICKET_PATH}?ticket={self._tickets.issue()}"

    def wait(self, *, idle_seconds: float = IDLE_SECONDS) -> None:
        """Wait for a stop request, or until nothing was asked for or sent for so many seconds."""
        while self._service.stop.cause is None:
            if self._activity.idle_seconds > idle_seconds:
                if not self.is_sending:
                    return
                self._activity.note()
            time.sleep(_SECONDS_BETWEEN_CHECKS)


@contextmanager
def running_page(
    settings: Settings,
    *,
    port: int = 0,
    stop: StopRequest | None = None,
    is_sandbox: bool = False,
    monotonic: Callable[[], float] = time.monotonic,
    share_of: Callable[[Path], str | None] = network_share,
) -> Iterator[RunningPage]:
    """Serve the page in a thread of its own until the block ends; port 0: any free one.

    If the system of the settings `is_sandbox`, no screen calls it live.
    Raises UsageError if the base URL is malformed or the port is in use, and LedgerError if the
    state folder cannot be written or is on a network share.
    """
    base_url_of(settings, None)
    folder = _usable(settings.state_folder, share_of)
    with listening(port) as listener, rehearsing(folder / "rehearsal") as rehearsal:
        bound_port = listener.getsockname()[1]
        drafts = Drafts(folder / "drafts")
        service = Service(
            settings,
            drafts,
            folder,
            rehearsal,
            language=language(),
            is_sandbox=is_sandbox,
            stop=stop or StopRequest(),
        )
        tickets = Tickets(monotonic=monotonic)
        app = Activity(create_app(service, port=bound_port, tickets=tickets), monotonic=monotonic)
        server = uvicorn.Server(_config(app))
        thread = Thread(target=server.run, args=([listener],), name="page", daemon=True)
        thread.start()
        try:
            yield RunningPage(service, port=bound_port, tickets=tickets, activity=app)
        finally:
            server.should_exit = True
            # What still reads a file then is cut off with its thread; drafts and ledger allow that.
            thread.join(STOP_SECONDS + 1)


def _usable(folder: Path, share_of: Callable[[Path], str | None]) -> Path:
    """Return the state folder, which can be written, without uploads that were cut off."""
    if share := share_of(folder):
        raise LedgerError(Issue("ledger", {"folder": str(folder), "share": share}, "network-share"))
    try:
        make_private(folder)
    except OSError as error:
        raise LedgerError(obstacle(folder, str(error.strerror))) from error
    Drafts(folder / "drafts").discard_unfinished()
    return folder


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
