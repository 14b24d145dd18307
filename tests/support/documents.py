"""The documents, and a place where their commands run as a reader would type them."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path

from command_line import start

from bulk_update.sandbox import running_sandbox

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
POLISH = ROOT / "README.pl.md"
CHANGELOG = ROOT / "CHANGELOG.md"
REFERENCE = ROOT / "bulk_update" / "REFERENCE.md"
ARCHITECTURE = ROOT / "bulk_update" / "README.md"
MAPPINGS = ROOT / "mappings" / "README.md"
SAMPLES = ROOT / "samples" / "README.md"
SCHEDULES = ROOT / "samples" / "schedules" / "README.md"
DOCUMENTS = (README, POLISH, CHANGELOG, REFERENCE, ARCHITECTURE, MAPPINGS, SAMPLES, SCHEDULES)

RUN_ID = re.compile(r"\b20[0-9]{6}-[0-9]{6}-[a-z0-9]{4}\b")
SHOWN_RUN_ID = "20260301-021500-k3f9"
"""The run id in all examples."""

_BLOCK = re.compile(
    r"^(?:<!-- (?P<label>[^\n]+?) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a document; `label` is the comment above it, or empty."""

    label: str
    language: str
    text: str


def blocks_of(document: Path) -> list[Block]:
    """Return the fenced blocks of a document, in order."""
    found = _BLOCK.finditer(document.read_text(encoding="utf-8"))
    return [Block(each["label"] or "", each["language"], each["text"]) for each in found]


def labelled(document: Path, label: str) -> str:
    """Return the text of the only block with this label."""
    (text,) = [block.text for block in blocks_of(document) if block.label == label]
    return text


_LOOP = re.compile(r"for \w+ in (?P<words>[\w ]+); do (?P<body>(?!.*\$)[^;]+); done")
_PLAIN = re.compile(r"bulk-update (?:[^;&|<>$`*?~]|\\\n)+")


@dataclass(frozen=True, slots=True)
class Workplace:
    """A folder with the samples and the mappings, and a sandbox in place of the API."""

    folder: Path
    environment: dict[str, str]

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a script with `sh`, as a reader would; both its outputs come in one text."""
        return subprocess.run(  # noqa: S603 - our own documents
            ["/bin/sh", "-eu", "-c", script],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def printed(self, command: str) -> str:
        """Return what a command prints, whether it succeeds or not.

        Where the command is only `bulk-update` with arguments, alone or in a loop, it is started
        within this process. Any other is run with `sh`.
        """
        loop = _LOOP.fullmatch(command)
        if loop:
            return "".join(self.printed(loop["body"]) for _ in loop["words"].split())
        if not _PLAIN.fullmatch(command):
            return self.run(f"{command} || true").stdout
        output = io.StringIO()
        with chdir(self.folder):
            _, *arguments = shlex.split(command)
            start(*arguments, environment=self.environment, stdout=output, stderr=output)
        return output.getvalue()


@contextmanager
def workplace() -> Iterator[Workplace]:
    """Make a workplace in which `bulk-update` is this very code."""
    with tempfile.TemporaryDirectory() as name, running_sandbox() as sandbox:
        folder = Path(name)
        for shown in ("samples", "mappings"):
            shutil.copytree(ROOT / shown, folder / shown)
        command = folder / "bin" / "bulk-update"
        command.parent.mkdir()
        script = f'#!/bin/sh\nexec "{sys.executable}" -m bulk_update "$@"\n'
        command.write_text(script, encoding="utf-8")
        command.chmod(0o755)
        yield Workplace(
            folder,
            {
                **os.environ,
                "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
                "BULK_UPDATE_BASE_URL": sandbox.url,
                "BULK_UPDATE_USERNAME": "sandbox",
                "BULK_UPDATE_PASSWORD": "sandbox",
                "BULK_UPDATE_STATE": str(folder / "state"),
                "BULK_UPDATE_RATE": "200",
            },
        )
