"""Output streams that survive the loss of their reader."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any, TextIO, cast


def survive_closed_pipes() -> None:
    """Let a run continue if the reader of its output exits (`| head`)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # an old code page cannot show every letter
            stream.reconfigure(errors="backslashreplace")
    sys.stdout = cast("TextIO", _Unbreakable(sys.stdout or _nowhere()))
    sys.stderr = cast("TextIO", _Unbreakable(sys.stderr or _nowhere()))


def _nowhere() -> TextIO:
    """Return a stream that replaces one that was closed at the start (`>&-`)."""
    return Path(os.devnull).open("w", encoding="utf-8")


class _Unbreakable:
    """A text stream that discards everything once its reader has exited."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text, or discard it."""
        try:
            return self._stream.write(text)
        except OSError:
            self._fall_silent()
            return len(text)

    def flush(self) -> None:
        """Flush, or discard everything."""
        try:
            self._stream.flush()
        except OSError:
            self._fall_silent()

    def _fall_silent(self) -> None:
        """Redirect the stream to the null device, so that the interpreter's last flush succeeds."""
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, self._stream.fileno())
        os.close(nothing)
