"""The names of the operating system's errors on connections, the same on every platform."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping

_BY_CLASS: Mapping[type[OSError], str] = {
    ConnectionRefusedError: "ECONNREFUSED",
    ConnectionResetError: "ECONNRESET",
    ConnectionAbortedError: "ECONNABORTED",
    BrokenPipeError: "EPIPE",
    TimeoutError: "ETIMEDOUT",
}
"""Errors that Windows numbers differently."""

_LOOKUP_ERRORS = {
    getattr(socket, name): name for name in sorted(dir(socket)) if name.startswith("EAI_")
}


def name_of_system_error(error: OSError) -> str:
    """Return the POSIX name, such as ECONNREFUSED or EAI_NONAME; the number if it has none."""
    number = error.errno or 0
    if isinstance(error, socket.gaierror):
        name = _LOOKUP_ERRORS.get(number, "")
    else:
        named = (name for kind, name in _BY_CLASS.items() if isinstance(error, kind))
        name = next(named, errno.errorcode.get(number, "")).removeprefix("WSA")
    return name or str(number)
