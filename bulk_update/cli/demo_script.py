"""The demo's script: a sandbox, then the same `check` and `run` that users call, and the page."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from enum import Enum, auto
from importlib import resources
from pathlib import Path
from typing import NoReturn

import click
from pydantic import SecretStr

from bulk_update.cli.demo_page import show_page
from bulk_update.cli.layout import text_of
from bulk_update.cli.options import stop_request
from bulk_update.cli.terminal import Terminal
from bulk_update.cli.wording import report_lines
from bulk_update.errors import LedgerError, LockedError, UsageError
from bulk_update.job.check import check_file
from bulk_update.job.environment import current_user, now_us
from bulk_update.job.inspect import refused_rows
from bulk_update.job.report import Report
from bulk_update.job.request import Request, RunOptions
from bulk_update.job.run import run_file
from bulk_update.language import N_, gettext
from bulk_update.ledger import Holder, sending_lock
from bulk_update.messages import phrase, told
from bulk_update.printable import printable
from bulk_update.records import Issue, Status
from bulk_update.results import RunFile, utc_text
from bulk_update.sandbox import SandboxSettings, parse_faults, running_sandbox
from bulk_update.settings import Settings

FOLDER = Path("bulk-update-demo")
SPREADSHEET = "crm-export-utf8.csv"
MAPPING = "crm-utf8.yaml"
STATE, CHECKED, SENT = "state", "check", "run"
"""The folders for the ledger and for the results of `check` and `run`."""

_FAULTS = b"""
seed: 7
faults:
  - {answer: lost, share: 2%, times: 1}
  - {answer: "503", share: 1%, times: 1, retry_after: 1}
  - {answer: "500", share: 2%, times: 1}
"""
"""A service on a bad day: some responses are lost, and some requests have to be retried."""

_QUIET_SECONDS = 60
"""The age of a file that is certainly complete."""

_WRONG_ON_PURPOSE = {Status.INVALID, Status.DUPLICATE, Status.REJECTED}
"""Rows end in doubt or failed only if the demo was stopped."""


_OPENING = {"win32": "start", "darwin": "open"}
"""The command that opens a file, by platform."""


class Ending(Enum):
    """What follows the job: nothing, the page, or the page in a browser."""

    CONSOLE = auto()
    PAGE = auto()
    BROWSER = auto()


def demonstrate(ending: Ending, *, progress: bool) -> NoReturn:
    """Show the whole job and exit with its exit code.

    Raises UsageError if the folder cannot be written, and LockedError if another demo uses it.
    """
    terminal = Terminal(yes=True, quiet=False, verbose=False, progress=progress)
    with _locked_folder() as (file, mapping):
        report = _check_and_run(file, mapping, terminal, ending)
    sys.exit(report.end.exit_code)


@contextmanager
def _locked_folder() -> Iterator[tuple[Path, Path]]:
    """Lock the folder, and yield the paths of its spreadsheet and mapping.

    The ledger of earlier demos is kept, so their runs can still be shown. None of them is
    continued, since each sandbox has its own port.
    """
    holder = Holder(os.getpid(), platform.node(), current_user(), utc_text(now_us()))
    with ExitStack() as held:
        with _refusals():
            FOLDER.mkdir(exist_ok=True)
            for name in (STATE, CHECKED, SENT):
                (FOLDER / name).mkdir(exist_ok=True, mode=0o700)
            held.enter_context(sending_lock(FOLDER, holder))
            files = _bundled(SPREADSHEET), _bundled(MAPPING)
        yield files


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn errors that prevent a demo into ones with remedies that need no options."""
    try:
        yield
    except LockedError as error:
        raise LockedError(replace(error.issues[0], variant="demo")) from None
    except LedgerError as error:
        raise UsageError(Issue("usage", {"error": error.issues[0]}, "demo-folder")) from error
    except OSError as error:
        params = {"path": str(error.filename or FOLDER), "error": str(error.strerror)}
        raise UsageError(Issue("usage", params, "demo-unwritable")) from error


def _bundled(name: str) -> Path:
    """Copy a bundled file to where the user can view and change it, and return its path."""
    target = FOLDER / name
    source = resources.files("bulk_update.sandbox") / "data" / name
    target.write_bytes(source.read_bytes())
    written_at = target.stat().st_mtime - _QUIET_SECONDS  # nobody else writes it
    os.utime(target, (written_at, written_at))
    return target


def _check_and_run(file: Path, mapping: Path, terminal: Terminal, ending: Ending) -> Report:
    faults = parse_faults(_FAULTS, path="demo")
    with running_sandbox(SandboxSettings(faults=faults)) as sandbox:
        run_options = _run_options(sandbox.url, out=FOLDER / CHECKED)
        request = Request(file, mapping, run_options)
        begins = N_("A stand-in for the API answers at {url:line}. First, check the file:")
        _say(f"{phrase(begins, url=sandbox.url)}\n")
        _say(f"$ bulk-update check {file} -m {mapping}\n")
        checked = check_file(request, terminal)
        _say(f"{text_of(report_lines(checked, command='check'))}\n")
        run_options.stop.raise_if_requested()
        goes_on = N_(
            "Now send it. Some responses are lost on purpose, and their rows are sent again:"
        )
        _say(f"{gettext(goes_on)}\n")
        _say(f"$ bulk-update run {file} -m {mapping}\n")
        request = replace(request, options=replace(run_options, out=FOLDER / SENT))
        report = run_file(request, terminal)
        _say(f"{text_of(report_lines(report, command='run'))}\n")
        _explain(report, request)
        if ending is not Ending.CONSOLE and run_options.stop.cause is None:
            _say("")
            opens_browser = ending is Ending.BROWSER
            show_page(file, run_options.settings, run_options.stop, opens_browser=opens_browser)
    return report


def _run_options(base_url: str, *, out: Path) -> RunOptions:
    settings = Settings(
        base_url=base_url,
        username="sandbox",
        password=SecretStr("sandbox"),
        password_file=None,
        proxy=None,
        state=FOLDER / STATE,
        ledger=None,
        rate=80.0,
        workers=8,
        timeout=5.0,
        retries=4,
        patience=60.0,
    )
    return RunOptions(settings, out=out, stop=stop_request())


def _explain(report: Report, request: Request) -> None:
    """Print which rows were refused and why, and what to try next."""
    run_id = str(report.summary.run_id)
    rows = refused_rows(run_id, request.options)
    refused = [row for row in rows if row.outcome in _WRONG_ON_PURPOSE]
    _say(gettext("These rows are wrong on purpose:") + "\n")
    label = gettext("row")
    for row in refused:
        _say(f"  {label} {row.number:>3}  {row.outcome:<9}  {told(row.reasons)}")
    first = refused[0].number if refused else 2
    _say("\n" + gettext("Next, try:") + "\n")
    if report.end.exit_code:
        _say("  bulk-update demo    " + gettext("(again, and to the end this time)"))
    opening = _OPENING.get(sys.platform, "xdg-open")
    report_path = FOLDER / SENT / RunFile.REPORT
    _say(f"  {opening} {report_path}    " + gettext("(the report, in a browser)"))
    _say(f"  bulk-update show {run_id} --row {first} --state {FOLDER / STATE}")
    _say(f"  bulk-update check {request.file} -m {request.mapping_path}")
    _say("  bulk-update web    " + gettext("(to rehearse with your own file)"))


def _say(text: str) -> None:
    click.echo(printable(text, keep="\n"))
