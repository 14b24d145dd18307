"""The pace as a server sees it, between real processes."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme
from command_line import CONNECTION, Desk, ended, python
from raw_server import NO_CONTENT

CLOSING = NO_CONTENT.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
SECONDS_BETWEEN_HANDSHAKES = 2.0


@dataclass
class SlowHandshakes:
    """A TLS server on loopback that shakes hands with all who came, every few seconds only.

    It closes each connection after one answer.
    """

    context: ssl.SSLContext
    arrivals: list[float] = field(default_factory=list)

    @contextmanager
    def serving(self) -> Iterator[str]:
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            yield f"https://localhost:{listener.getsockname()[1]}"
            listener.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                plain, _ = listener.accept()
                threading.Thread(target=self._answer, args=(plain,), daemon=True).start()

    def _answer(self, plain: socket.socket) -> None:
        rest = time.monotonic() % SECONDS_BETWEEN_HANDSHAKES
        time.sleep(SECONDS_BETWEEN_HANDSHAKES - rest)
        with plain, suppress(OSError), self.context.wrap_socket(plain, server_side=True) as secured:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (some := secured.recv(65_536)):
                    return
                head += some
            self.arrivals.append(time.monotonic())
            secured.sendall(CLOSING)


def most_within(seconds: float, moments: list[float]) -> int:
    return max(sum(start <= moment < start + seconds for moment in moments) for start in moments)


@pytest.mark.filterwarnings("ignore:.*ssl.*:ResourceWarning")
def test_slow_handshakes_let_no_second_hold_more_than_the_rate(tmp_path: Path) -> None:
    """5 % of a second are left to the network, and to a busy machine."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    trusted = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    server = SlowHandshakes(context)
    with server.serving() as base_url:
        desk = Desk(tmp_path, base_url)
        arguments = desk.arguments(
            "run", desk.rows(*map(str, range(30))), "-m", desk.mapping(), "--yes",
            "--rate", 5, "--workers", 64,
        )  # fmt: skip
        environment = {
            **CONNECTION, "BULK_UPDATE_BASE_URL": base_url, "SSL_CERT_FILE": str(trusted)
        }  # fmt: skip
        done = ended(python("-m", "bulk_update", *arguments, environment=environment))
    assert done.exit_code == 0, done.stderr
    assert len(server.arrivals) == 30
    assert most_within(0.95, server.arrivals) <= 5
    assert 30 / (server.arrivals[-1] - server.arrivals[0]) >= 2.0
