"""Messages between the process that parses a workbook and the one that started it.

They are plain JSON in frames that begin with their length. Even if a hostile file takes over the
parser, no message can execute code in the main process.
"""

from __future__ import annotations

import json
import struct
from enum import StrEnum
from typing import IO, Any

from bulk_update.errors import InputError
from bulk_update.reasons import restored

Message = dict[str, Any]

_LENGTH = struct.Struct(">I")


class SheetKind(StrEnum):
    """The kind of a sheet that the workbook lists."""

    TABLE = "table"
    CHART = "chart"
    """A chart, a dialog or macros: anything without cells."""
    MISSING = "missing"
    """Its part is missing."""
    OUTSIDE = "outside"
    """Its part is outside the workbook."""


class SilenceError(Exception):
    """The other process has ended."""


def send(stream: IO[bytes], message: Message) -> None:
    """Send one message. Raises OSError if the other process no longer reads."""
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def receive(stream: IO[bytes]) -> Message:
    """Wait for one message. Raises SilenceError if the other process has ended."""
    start = stream.read(_LENGTH.size)
    if len(start) < _LENGTH.size:
        raise SilenceError
    (length,) = _LENGTH.unpack(start)
    body = stream.read(length)
    if len(body) < length:
        raise SilenceError
    message: Message = json.loads(body)
    return message


def unless_refused(reply: Message) -> Message:
    """Return a reply. Raises InputError if it says that the workbook is refused."""
    if "refused" in reply:
        raise InputError(*restored(reply["refused"]))
    return reply
