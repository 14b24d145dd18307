"""The pace as a server sees it, between real processes."""

from __future__ import annotations

import ssl
import time
from pathlib import Path

import pytest
import trustme
from command_line import CONNECTION, Desk, ended, python
from scripted_server import NO_CONTENT, Reaction, Received, ScriptedServer

CLOSING = NO_CONTENT.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
SECONDS_BETWEEN_HANDSHAKES = 2.0


def at_the_next_round(_number: int) -> Reaction:
    """Let the handshakes of all connections begin together, every few seconds only."""
    rest = time.monotonic() % SECONDS_BETWEEN_HANDSHAKES
    return Reaction(b"", delay_seconds=SECONDS_BETWEEN_HANDSHAKES - rest)


def most_within(seconds: float, moments: list[float]) -> int:
    return max(sum(start <= moment < start + seconds for moment in moments) for start in moments)


@pytest.mark.filterwarnings("ignore:.*ssl.*:ResourceWarning")
def test_despite_slow_handshakes_no_second_contains_more_requests_than_the_rate(
    tmp_path: Path,
) -> None:
    """5 % of a second are left to the network, and to a busy machine."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    trusted = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    arrivals: list[float] = []

    def closes(_request: Received, _count: int) -> Reaction:
        arrivals.append(time.monotonic())
        return Reaction(CLOSING, then="close")

    with ScriptedServer(closes, greeting=at_the_next_round, ssl_context=context) as server:
        desk = Desk(tmp_path, server.url)
        arguments = desk.arguments(
            "run", desk.rows(*map(str, range(30))), "-m", desk.mapping(), "--yes",
            "--rate", 5, "--workers", 64,
        )  # fmt: skip
        environment = {
            **CONNECTION, "BULK_UPDATE_BASE_URL": server.url, "SSL_CERT_FILE": str(trusted)
        }  # fmt: skip
        done = ended(python("-m", "bulk_update", *arguments, environment=environment))
    assert done.exit_code == 0, done.stderr
    assert len(arrivals) == 30
    assert most_within(0.95, arrivals) <= 5
    assert 30 / (arrivals[-1] - arrivals[0]) >= 2.0
