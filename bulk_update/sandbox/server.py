"""The sandbox as a server, on the loopback interface only."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread

import uvicorn

from bulk_update.loopback import HOST, listening
from bulk_update.sandbox.app import create_app
from bulk_update.sandbox.connection import ConnectionProtocol
from bulk_update.sandbox.received import Received
from bulk_update.sandbox.state import Sandbox, SandboxSettings
from bulk_update.sandbox.store import Record
from bulk_update.stop_request import StopRequest

STOP_SECONDS = 1


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A running sandbox at `url`, for the program that started it."""

    url: str
    sandbox: Sandbox

    @property
    def received(self) -> tuple[Received, ...]:
        """All requests under `/api` so far, oldest first."""
        return self.sandbox.received.requests()

    def record(self, campaign_id: str, identifier: str) -> Record | None:
        """Return the current state of a record, or None."""
        return self.sandbox.records.get(campaign_id, identifier)


@contextmanager
def running_sandbox(
    settings: SandboxSettings | None = None, *, port: int = 0
) -> Iterator[RunningSandbox]:
    """Run a sandbox in its own thread until the block ends; port 0: any free one.

    Raises UsageError if the port is in use.
    """
    with _running(Sandbox(settings or SandboxSettings()), port=port) as running:
        yield running


def serve(
    settings: SandboxSettings,
    *,
    port: int,
    announce: Callable[[str], None] = print,
    stop: StopRequest | None = None,
) -> None:
    """Run a sandbox until a stop is requested or, if no handler is installed, until Ctrl-C.

    `announce` receives its URL once it listens (port 0: any free port). Raises UsageError if the
    port is in use.
    """
    with suppress(KeyboardInterrupt), _running(Sandbox(settings), port=port) as running:
        announce(running.url)
        (stop or StopRequest()).wait()


@contextmanager
def _running(sandbox: Sandbox, *, port: int) -> Iterator[RunningSandbox]:
    """Serve in a thread, in which the web server does not touch signal handlers."""
    with listening(port) as listener:
        server = _server(sandbox)
        thread = Thread(target=server.run, args=([listener],), name="sandbox", daemon=True)
        thread.start()
        try:
            yield RunningSandbox(_url(listener), sandbox)
        finally:
            server.should_exit = True
            thread.join()


def _server(sandbox: Sandbox) -> uvicorn.Server:
    config = uvicorn.Config(
        create_app(sandbox),
        # Resets need the socket itself, which other event loops wrap.
        loop="asyncio",
        http=ConnectionProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    return uvicorn.Server(config)


def _url(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"
