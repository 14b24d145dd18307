"""Pings of a monitoring service: that a run has begun, and with which exit code it ended.

The URLs are those of healthchecks.io: `<URL>/start` and `<URL>/<exit code>`. Their parameter `rid`
is derived from the run id, so that a resumed run also closes what an interrupted one began.
"""

from __future__ import annotations

import ssl
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import httpx
import truststore

from bulk_update.errors import UsageError
from bulk_update.records import Issue
from bulk_update.system_errors import name_of_system_error
from bulk_update.telling.notification import INTERRUPTED, TIMEOUT, failed

TIMEOUT_SECONDS = 5.0
TRIES = 2
LARGEST_BODY = 100_000
"""In bytes; healthchecks.io keeps no more."""

_NAMESPACE = uuid.UUID("6a8bb5a7-9d4b-5c0e-8a57-1f1d4bb0d9c4")
_SECONDS_BETWEEN_LOOKS = 0.05
_FIRST_SERVER_ERROR = 500


def rid_of(run_id: str) -> str:
    """Return the UUID that stands for a run."""
    return str(uuid.uuid5(_NAMESPACE, run_id))


def host_of(url: str, *, said_in: str = "--ping") -> str:
    """Return the host of a ping URL, with its port.

    Raises UsageError if it cannot be pinged; the error names the option where it was `said_in`.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        raise _not_a_ping_url(said_in) from None
    if parts.scheme not in {"http", "https"} or not host or not url.isprintable() or " " in url:
        raise _not_a_ping_url(said_in)
    return f"{host}{port}"


def _not_a_ping_url(said_in: str) -> UsageError:
    return UsageError(Issue("usage", {"option": said_in}, "ping-url"))


def ping_url(base: str, suffix: str, *, rid: str) -> str:
    """Return the URL that tells `suffix` of a run; a query string of `base` is kept."""
    parts = urlsplit(base)
    query = f"{parts.query}&rid={rid}" if parts.query else f"rid={rid}"
    path = f"{parts.path.rstrip('/')}/{suffix}"
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def _failure(error: httpx.HTTPError) -> Issue:
    """Return why a ping got no response, without any text of a library, which could be secret."""
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return failed("certificate")
        if isinstance(cause, OSError) and cause.errno and not isinstance(cause, ssl.SSLError):
            return failed("system", error=name_of_system_error(cause))
        cause = cause.__cause__ or cause.__context__
    return failed("said", words=type(error).__name__)


@dataclass(slots=True)
class Pinger:
    """Pings one URL, each time in a thread of its own, which nobody has to wait for."""

    url: str = field(repr=False)
    timeout_seconds: float = TIMEOUT_SECONDS
    _started: _Post | None = field(default=None, init=False)
    _run_id: str = field(default="", init=False)

    def start(self, run_id: str) -> None:
        """Tell that a run has begun, without waiting."""
        if self._started is None:
            self._run_id = run_id
            self._started = self._post("start", b"")

    def finish(
        self, exit_code: int, body: str, *, deadline: float, is_urgent: Callable[[], bool]
    ) -> Issue | None:
        """Tell how the run ended; return why that failed, or None.

        Waits until `deadline` (of the monotonic clock) at most. If no run has begun, the ping has
        a `rid` of its own.
        """
        if self._started:  # what began has to arrive first
            latest = (time.monotonic() + deadline) / 2
            self._started.wait(deadline=latest, is_urgent=is_urgent)
        data = body.encode(errors="replace")[:LARGEST_BODY]
        post = self._post(str(exit_code), data)
        return post.wait(deadline=deadline, is_urgent=is_urgent)

    def _post(self, suffix: str, data: bytes) -> _Post:
        rid = rid_of(self._run_id) if self._run_id else str(uuid.uuid4())
        post = _Post(ping_url(self.url, suffix, rid=rid), data, self.timeout_seconds)
        threading.Thread(target=post.send, daemon=True).start()
        return post


@dataclass(slots=True)
class _Post:
    """One ping, tried again after a lost connection or a server's error."""

    url: str = field(repr=False)
    data: bytes = field(repr=False)
    timeout_seconds: float
    fault: Issue | None = None
    is_done: threading.Event = field(default_factory=threading.Event)

    def send(self) -> None:
        """Send the ping; no exception leaves the thread, because its text could be secret."""
        try:
            for _ in range(TRIES):
                self.fault, is_final = self._try()
                if is_final:
                    break
        except Exception as error:  # noqa: BLE001 - whatever happens, the run has its exit code
            self.fault = failed("said", words=type(error).__name__)
        self.is_done.set()

    def wait(self, *, deadline: float, is_urgent: Callable[[], bool]) -> Issue | None:
        """Wait for the end of the ping; return why it failed, or None."""
        while not self.is_done.wait(_SECONDS_BETWEEN_LOOKS):
            if is_urgent():
                return failed(INTERRUPTED)
            if time.monotonic() >= deadline:
                return failed(TIMEOUT)
        return self.fault

    def _try(self) -> tuple[Issue | None, bool]:
        """Return why one try failed, or None, and whether it is not worth another."""
        trust: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            with (
                httpx.Client(
                    timeout=self.timeout_seconds, follow_redirects=False, verify=trust
                ) as client,
                client.stream("POST", self.url, content=self.data) as response,
            ):
                status = response.status_code
        except httpx.TimeoutException:
            return failed(TIMEOUT), False
        except httpx.HTTPError as error:
            return _failure(error), False
        if response.is_success:
            return None, True
        return failed("http", status=status), status < _FIRST_SERVER_ERROR
