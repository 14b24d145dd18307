"""Output whose reader may go away."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any, TextIO, cast


def survive_closed_pipes() -> None:
    """Let a run go on when the reader of its output goes away (`| head`)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # an old code page cannot show every letter
            stream.reconfigure(errors="backslashreplace")
    sys.stdout = cast("TextIO", _Unbreakable(sys.stdout or _nowhere()))
    sys.stderr = cast("TextIO", _Unbreakable(sys.stderr or _nowhere()))


def _nowhere() -> TextIO:
    """Return a stream for a program that was started with a closed one (`>&-`)."""
    return Path(os.devnull).open("w", encoding="utf-8")


class _Unbreakable:
    """A text stream that goes silent when its reader has gone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, or fall silent."""
        try:
            return self._stream.write(text)
        except OSError:
            self._fall_silent()
            return len(text)

    def flush(self) -> None:
        """Flush, or fall silent."""
        try:
            self._stream.flush()
        except OSError:
            self._fall_silent()

    def _fall_silent(self) -> None:
        """Point the stream at nothing, so that the interpreter's last flush succeeds too."""
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, self._stream.fileno())
        os.close(nothing)
