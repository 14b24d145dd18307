"""Parses workbooks in a thread, for the many tests that are not about the process that does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import IO

from bulk_update.readers.workbook.messages import Message, receive, send, unless_refused
from bulk_update.readers.workbook.server import serve


class WorkbookThread:
    """The server of the process, and the messages to and from it, without the process."""

    def __init__(self, inbox: IO[bytes], outbox: IO[bytes]) -> None:
        self._inbox, self._outbox = inbox, outbox

    def ask(self, request: Message) -> Message:
        with suppress(OSError):  # the server has ended; its last reply shows why
            send(self._outbox, request)
        return self.next_reply()

    def next_reply(self) -> Message:
        return unless_refused(receive(self._inbox))


@contextmanager
def workbook_thread(path: Path) -> Iterator[WorkbookThread]:
    """Start such a thread; it ends with the context."""
    del path  # the first request names it
    requests, replies = _pipe(), _pipe()
    thread = Thread(target=_serve, args=(requests[0], replies[1]))
    thread.start()
    try:
        yield WorkbookThread(replies[0], requests[1])
    finally:
        for end in (requests[1], replies[0]):
            with suppress(OSError):  # it holds a request that the server no longer reads
                end.close()
        thread.join()


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    reader, writer = os.pipe()
    return os.fdopen(reader, "rb"), os.fdopen(writer, "wb")


def _serve(inbox: IO[bytes], outbox: IO[bytes]) -> None:
    with inbox, suppress(BrokenPipeError), outbox:
        serve(inbox, outbox)
