"""A store that speaks as much of S3's protocol as a test scripts, and keeps what was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

MODIFIED = "Mon, 30 Nov 2026 02:00:00 GMT"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its method, its target, and its headers in lower case."""

    method: str
    target: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. `length` is what it says about its body, if that differs."""

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    delay_seconds: float = 0.0


Script = Callable[[Asked, int], Answer]
"""The response to a request; the number counts requests of its method and target, from 1."""


def an_object(size: int, *, etag: str = '"e1"') -> Answer:
    """Return the response about an object."""
    return Answer(headers={"ETag": etag, "Last-Modified": MODIFIED}, length=size)


def error(status: int, code: str) -> Answer:
    """Return an error of S3."""
    return Answer(status, f"<Error><Code>{code}</Code><Message>made up</Message></Error>")


class ScriptedStore:
    """A server on loopback, in threads of its own."""

    def __init__(self, script: Script) -> None:
        self.asked: list[Asked] = []
        self._script = script
        self._closed = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def _handler(store) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler has a self
        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers)
                store.asked.append(asked)
                answer = store._script(asked, store._count(asked))
                store._closed.wait(answer.delay_seconds)
                with suppress(OSError):
                    self.respond(answer)

            def respond(self, answer: Answer) -> None:
                body = answer.body.encode()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                length = len(body) if answer.length is None else answer.length
                self.send_header("Content-Length", str(length))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = True

            do_GET = do_HEAD = do_PUT = do_DELETE = answer  # noqa: N815 - the library's names

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        return Handler

    def _count(self, asked: Asked) -> int:
        return sum((a.method, a.target) == (asked.method, asked.target) for a in self.asked)
