"""Couriers without what it takes to start Python and load apprise.

One process has done both. For each courier it forks, while a small program takes the place of
Python: it lends its input and output to the fork, and one of them ends with the other.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE

from command_line import killed_at_the_end, python

_LENDER = """
import socket, sys
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[1])
    socket.send_fds(connection, [b"x"], [0, 1])
    connection.recv(1)
"""


@contextmanager
def ready_courier() -> Iterator[str]:
    """Yield a program that acts like Python where a courier is started."""
    if sys.platform == "win32":  # it has no fork
        yield sys.executable
        return
    with tempfile.TemporaryDirectory() as name:
        place, program = Path(name, "courier"), Path(name, "python")
        words = (sys.executable, "-I", "-S", "-c", _LENDER, str(place))
        program.write_text(f"#!/bin/sh\nexec {shlex.join(words)}\n", encoding="utf-8")
        program.chmod(0o700)
        with killed_at_the_end(python(__file__, place, output=PIPE)) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield str(program)


def _serve(place: str) -> None:
    import apprise  # noqa: PLC0415 - only this process loads it

    apprise.Apprise.instantiate("json://localhost")  # loads all plugins
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(place)
        listener.listen()
        print("ready", flush=True)  # noqa: T201 - the parent waits for it
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _be_courier(connection)
            connection.close()


def _be_courier(connection: socket.socket) -> None:
    from bulk_update.telling.courier import main  # noqa: PLC0415 - as above

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, borrowed, _, _ = socket.recv_fds(connection, 1, 2)
    for number, descriptor in enumerate(borrowed):
        os.dup2(descriptor, number)
        os.close(descriptor)
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    try:
        main()
    finally:
        os._exit(1)


def _end_with(connection: socket.socket) -> None:
    connection.recv(1)
    os._exit(1)


if __name__ == "__main__":
    _serve(sys.argv[1])
