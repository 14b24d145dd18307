"""A kept connection is used again only while nothing waits on it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from bulk_update.client.sockets import Address, Sockets


@contextmanager
def connection() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Yield both ends of a connection, ours first."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    with ours, theirs:
        yield ours, theirs


def address_of(end: socket.socket) -> Address:
    ip, port = end.getsockname()
    return ip, port


def test_a_connection_on_which_nothing_waits_is_silent() -> None:
    with connection() as (ours, _):
        sockets = Sockets()
        sockets.connected(address_of(ours), [ours.fileno()])
        assert sockets.is_silent(address_of(ours))


@pytest.mark.parametrize("ending", ["bytes", "end", "closed here"])
def test_a_connection_with_bytes_or_an_end_is_not_silent(ending: str) -> None:
    with connection() as (ours, theirs):
        sockets, address = Sockets(), address_of(ours)
        sockets.connected(address, [ours.fileno()])
        match ending:
            case "bytes":
                theirs.send(b"HTTP/1.1 400 Bad Request\r\n")
            case "end":
                theirs.close()
            case _:
                ours.close()
        assert not sockets.is_silent(address)


def test_a_connection_that_is_not_known_is_not_silent() -> None:
    assert not Sockets().is_silent(("127.0.0.1", 1))


@pytest.mark.parametrize("winner_comes_first", [True, False])
def test_of_several_sockets_that_were_tried_the_connected_one_is_watched(
    *, winner_comes_first: bool
) -> None:
    with connection() as (ours, theirs), socket.socket() as loser:
        sockets, address = Sockets(), address_of(ours)
        tried = [ours.fileno(), loser.fileno()]
        sockets.connected(address, tried if winner_comes_first else tried[::-1])
        assert sockets.is_silent(address)
        theirs.close()
        assert not sockets.is_silent(address)


def test_an_address_that_comes_again_is_watched_at_its_new_socket() -> None:
    with ExitStack() as stack:
        (first, _), (second, _) = (stack.enter_context(connection()) for _ in range(2))
        sockets, address = Sockets(), address_of(second)
        sockets._addresses[first.fileno()] = address  # noqa: SLF001 - a port given twice in a row
        sockets.connected(address, [second.fileno()])
        sockets.connected(address_of(first), [first.fileno()])
        assert sockets.is_silent(address)
        assert sockets.is_silent(address_of(first))


def test_only_open_connections_are_remembered() -> None:
    sockets = Sockets()
    for _ in range(200):
        with connection() as (ours, _):
            sockets.connected(address_of(ours), [ours.fileno()])
    assert len(sockets._watches) < 10  # noqa: SLF001 - memory that nobody else sees
