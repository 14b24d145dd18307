"""The demo's script: a sandbox, then the same `check` and `run` that users call."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import NoReturn

import click
from pydantic import SecretStr

from bulk_update import job
from bulk_update.cli.terminal import Terminal
from bulk_update.cli.wording import plan_text, report_text
from bulk_update.job.request import Request, Terms
from bulk_update.printable import printable
from bulk_update.sandbox import SandboxSettings, parse_faults, running_sandbox
from bulk_update.settings import Settings

FOLDER = Path("bulk-update-demo")
SPREADSHEET = "crm-export-utf8.csv"
MAPPING = "crm-utf8.yaml"

_FAULTS = b"""
seed: 7
faults:
  - {answer: lost, share: 2%, times: 1}
  - {answer: "503", share: 1%, times: 1, retry_after: 1}
  - {answer: "500", share: 2%, times: 1}
"""
"""A service as it is on a bad day: some answers are lost, some requests are tried again."""


def demonstrate(*, progress: bool) -> NoReturn:
    """Show the whole job and leave with its exit code."""
    file, mapping = _bundled(SPREADSHEET), _bundled(MAPPING)
    shutil.rmtree(FOLDER / "state", ignore_errors=True)
    terminal = Terminal(yes=True, quiet=False, verbose=False, progress=progress)
    faults = parse_faults(_FAULTS, path="demo")
    with running_sandbox(SandboxSettings(faults=faults)) as sandbox:
        request = Request(file, mapping, _terms(sandbox.url, out=FOLDER / "check"))
        _say(f"A stand-in for the API answers at {sandbox.url}. First, what would the file do?\n")
        _say(f"$ bulk-update check {file} -m {mapping}\n")
        checked = job.check(request, terminal)
        _say(f"{plan_text(checked.plan)}\n\n{report_text(checked, command='check')}\n")
        _say("Now it is sent. Some answers get lost on purpose, and are asked for again:\n")
        _say(f"$ bulk-update run {file} -m {mapping}\n")
        request = replace(request, terms=_terms(sandbox.url, out=FOLDER / "run"))
        report = job.run(request, terminal)
        _say(f"{report_text(report, command='run')}\n")
    _explain(report, request)
    sys.exit(report.ending.exit_code)


def _bundled(name: str) -> Path:
    """Return the path of a copy of a bundled file, where a person can look at it and change it."""
    FOLDER.mkdir(exist_ok=True)
    target = FOLDER / name
    source = resources.files("bulk_update.sandbox") / "data" / name
    target.write_bytes(source.read_bytes())
    return target


def _terms(base_url: str, *, out: Path) -> Terms:
    settings = Settings(
        base_url=base_url,
        username="sandbox",
        password=SecretStr("sandbox"),
        password_file=None,
        proxy=None,
        state=FOLDER / "state",
        rate=80.0,
        workers=8,
        timeout=5.0,
        retries=4,
        patience=60.0,
    )
    return Terms(settings, out=out)


def _explain(report: job.Report, request: Request) -> None:
    """Say which rows were refused and why, and what to try next."""
    run_id = str(report.summary.run_id)
    _say("These rows are wrong on purpose:\n")
    refused = job.refused_rows(run_id, request.terms)
    for row in refused:
        _say(f"  row {row.number:>3}  {row.outcome:<9}  {row.message}")
    first = refused[0].number if refused else 2
    _say("\nNext, try:\n")
    _say(f"  bulk-update show {run_id} --row {first} --state {FOLDER / 'state'}")
    _say(f"  bulk-update check {request.file} -m {request.mapping_path}")
    _say("  bulk-update sandbox    (and rehearse with a file of your own)")


def _say(text: str) -> None:
    click.echo(printable(text, keep="\n"))
