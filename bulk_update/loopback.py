"""Listening on this computer only, for the pages and the sandbox."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from bulk_update.errors import UsageError
from bulk_update.records import Issue

HOST = "127.0.0.1"


@contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """Listen on a port of the loopback interface (0: any free one) until the block ends.

    Raises UsageError if the port is in use.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        if os.name == "posix":  # on Windows this option would share a port in use
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise UsageError(Issue("usage", {"port": port, "error": why}, "port")) from None
        # From now on connections are queued, even if no server accepts them yet.
        listener.listen(1024)
        yield listener
