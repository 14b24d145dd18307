"""Services that receive notifications and pings, on the loopback interface."""

from __future__ import annotations

import asyncio
import email
import email.policy
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.smtp import SMTP


@dataclass(frozen=True, slots=True)
class Post:
    """A request as it arrived."""

    path: str
    body: str
    headers: dict[str, str]


@dataclass(slots=True)
class WebInbox:
    """An HTTP service; `status_of` is its response to a path, None: it never responds."""

    port: int = 0
    posts: list[Post] = field(default_factory=list)
    status_of: Callable[[str], int | None] = lambda _path: 200

    @property
    def paths(self) -> list[str]:
        return [post.path for post in self.posts]

    def wait_for(self, count: int, *, seconds: float = 10.0) -> None:
        """Wait until so many requests have arrived."""
        deadline = time.monotonic() + seconds
        while len(self.posts) < count:
            assert time.monotonic() < deadline
            time.sleep(0.01)


@contextmanager
def web_inbox(status_of: Callable[[str], int | None] = lambda _path: 200) -> Iterator[WebInbox]:
    """Serve HTTP in threads of its own."""
    inbox, is_over = WebInbox(status_of=status_of), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            inbox.posts.append(Post(self.path, body, dict(self.headers)))
            status = inbox.status_of(self.path)
            if status is None:
                is_over.wait(30.0)
                self.close_connection = True
                return
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"http://127.0.0.1:{inbox.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Print nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_request: object) -> None:
            """Print nothing; the client is gone."""

    server = Server(("127.0.0.1", 0), Handler)
    inbox.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield inbox
    finally:
        is_over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it arrived: its subject, and its text as people read it."""

    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str


@dataclass(slots=True)
class MailInbox:
    """A mail server; `reply` is its response to a mail."""

    reply: str = "250 OK"
    mails: list[Mail] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in message.walk()
                 if not part.is_multipart()}  # fmt: skip
        self.mails.append(
            Mail(
                tuple(envelope.rcpt_tos),
                str(message["Subject"]),
                str(parts.get("text/plain", "")),
                str(parts.get("text/html", "")),
            )
        )
        return self.reply


@contextmanager
def mail_inbox(reply: str = "250 OK") -> Iterator[tuple[MailInbox, int]]:
    """Serve SMTP in a thread of its own; yield the inbox and its port."""
    inbox, loop = MailInbox(reply), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> asyncio.Server:
        return await loop.create_server(lambda: SMTP(inbox, loop=loop), "127.0.0.1", 0)

    async def close() -> None:
        server.close()
        await server.wait_closed()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(10.0)
    try:
        yield inbox, server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(close(), loop).result(10.0)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
