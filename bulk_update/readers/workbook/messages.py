"""What the process that parses a workbook and the one that asked for it say to each other.

Plain JSON in frames that begin with their length: whatever a hostile file may do to the parser,
nothing that it sends can run anything here.
"""

from __future__ import annotations

import json
import struct
from enum import StrEnum
from typing import IO, Any

Message = dict[str, Any]

_LENGTH = struct.Struct(">I")


class SheetKind(StrEnum):
    """What a sheet that the workbook lists turns out to be."""

    TABLE = "table"
    CHART = "chart"
    """A chart, a dialog or macros: whatever has no cells."""
    MISSING = "missing"
    """Its part is not there."""
    OUTSIDE = "outside"
    """Its part lies outside of the workbook."""


class SilenceError(Exception):
    """The other side has ended."""


def send(stream: IO[bytes], message: Message) -> None:
    """Send one message; raises OSError where nobody listens any more."""
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def receive(stream: IO[bytes]) -> Message:
    """Wait for one message; raises SilenceError where none can come any more."""
    start = stream.read(_LENGTH.size)
    if len(start) < _LENGTH.size:
        raise SilenceError
    (length,) = _LENGTH.unpack(start)
    body = stream.read(length)
    if len(body) < length:
        raise SilenceError
    message: Message = json.loads(body)
    return message
