"""A command on a real terminal of 80 columns, and a picture of what it wrote: an SVG with text."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shlex
import struct
import subprocess
import termios
from collections.abc import Iterator, Mapping
from contextlib import suppress
from html import escape
from itertools import groupby
from pathlib import Path

COLUMNS = 80
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
"""Other spaces in a row are drawn as one."""

_FONT_SIZE, _ADVANCE, _LINE, _MARGIN = 14, 8.43, 19, 16
_COLOURS = {"31": "#ff8a80", "32": "#7ee08a", "33": "#f2cc60", "prompt": "#8ab4f8"}
"""Readable on the dark background, by the code of the terminal's colour."""

_ESCAPE = re.compile(r"\x1b\[([\d;]*)m")

Line = list[tuple[str, str]]
"""Characters, each with its colour's code."""


def seen_on_a_terminal(command: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Return everything that a command writes to its terminal, with its escape sequences."""
    terminal, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    coloured = {name: each for name, each in environment.items() if name != "NO_COLOR"}
    with subprocess.Popen(  # noqa: S603 - our own command
        shlex.split(command),
        cwd=folder,
        env={**coloured, "TERM": "xterm-256color", "BULK_UPDATE_LANG": "en"},
        stdin=inner,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
    ):
        os.close(inner)
        seen = b""
        with suppress(OSError):  # as Linux says that the last process has left the terminal
            while part := os.read(terminal, 65536):
                seen += part
    os.close(terminal)
    return seen.decode("utf-8")


def svg_of(command: str, written: str) -> str:
    """Draw a command with what it wrote; the background is always dark."""
    lines = [[(each, "prompt") for each in f"$ {command}"], *_lines_of(written)]
    width, height = COLUMNS * _ADVANCE + 2 * _MARGIN, len(lines) * _LINE + 2 * _MARGIN
    texts = "".join(_drawn(line, number) for number, line in enumerate(lines, start=1))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img">\n'
        f"<title>{escape(command)}</title>\n"
        '<rect width="100%" height="100%" rx="10" fill="#16191d"/>\n'
        f'<g fill="#e4e7eb" font-size="{_FONT_SIZE}" font-family="'
        "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace\">\n"
        f"{texts}</g>\n</svg>\n"
    )


def words_of(written: str) -> str:
    """Return what was left on the terminal, without colours."""
    return "\n".join("".join(each for each, _ in line).rstrip() for line in _lines_of(written))


def _lines_of(written: str) -> Iterator[Line]:
    """Yield the lines as they were left: what follows a carriage return writes over its line."""
    colour = ""
    for text in written.rstrip().split("\n"):
        line: Line = []
        for layer in text.removesuffix("\r").split("\r"):
            parts = _ESCAPE.split(layer)
            layered: Line = []
            for part, code in zip(parts[::2], ["", *parts[1::2]], strict=True):
                colour = code.removeprefix("0") if code or layered else colour
                layered += [(each, colour) for each in part]
            line[: len(layered)] = layered
        yield line


def _drawn(line: Line, number: int) -> str:
    """Draw a line at its place, each stretch of one colour on its own."""
    spans, column = "", 0
    for colour, stretch in groupby(line, key=lambda each: each[1]):
        text = "".join(each for each, _ in stretch)
        if text.strip():
            left = _MARGIN + (column + len(text) - len(text.lstrip())) * _ADVANCE
            length = len(text.strip()) * _ADVANCE
            fill = f' fill="{_COLOURS[colour]}"' if colour in _COLOURS else ""
            spans += (
                f'<tspan x="{left:.1f}" textLength="{length:.1f}"{fill}>'
                f"{escape(text.strip(), quote=False).replace(' ', NO_BREAK_SPACE)}</tspan>"
            )
        column += len(text)
    return f'<text y="{_MARGIN + number * _LINE - 5}">{spans}</text>\n' if spans else ""
