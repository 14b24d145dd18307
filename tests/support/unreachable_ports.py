"""Ports of this machine to which no connection can be made."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def refused_port() -> Iterator[int]:
    """Yield a port on which nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextmanager
def black_hole() -> Iterator[int]:
    """Yield a port whose connection queue is full: a connection attempt gets no response."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for knocker in waiting:
            knocker.settimeout(0)
            knocker.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for knocker in waiting:
            knocker.close()
