"""Whether a kept connection is still good, asked right before a request is written to it.

libcurl notices a connection that ended while it was idle only once a second, and would take bytes
that came unasked for the next answer. Its sockets are known here by their local address, which is
all that it tells of the connection that it is about to use.
"""

from __future__ import annotations

import selectors
import socket
from contextlib import suppress

_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)

Address = tuple[str, int]
"""A connection's own end: IP address and port."""


class Sockets:
    """The sockets of one pool of connections, as many as are open at once."""

    def __init__(self) -> None:
        self._watches: dict[Address, selectors.BaseSelector] = {}
        self._addresses: dict[int, Address] = {}

    def connected(self, address: Address, candidates: list[int]) -> None:
        """Remember which of the sockets that were tried the connection got."""
        for file in candidates:
            self._forget(file)  # the system gives a closed socket's number to a new one
            if _local_port(file) == address[1]:
                watch = self._watches[address] = _Selector()
                watch.register(file, selectors.EVENT_READ)
                self._addresses[file] = address

    def _forget(self, file: int) -> None:
        address = self._addresses.pop(file, ("", 0))
        watch = self._watches.get(address)
        if watch is not None and file in watch.get_map():
            del self._watches[address]

    def is_silent(self, address: Address) -> bool:
        """Tell whether nothing waits to be read: neither bytes nor the connection's end.

        A connection that is not known is not taken for silent.
        """
        watch = self._watches.get(address)
        return watch is not None and not watch.select(0)


def _local_port(file: int) -> int | None:
    """Return a socket's own port; None for one that is closed already."""
    with suppress(OSError):
        borrowed = socket.socket(fileno=file)
        try:
            return int(borrowed.getsockname()[1])
        finally:
            borrowed.detach()
    return None
