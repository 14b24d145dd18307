"""`bulk-update mapping`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from bulk_update.cli.options import PRINTING, SOURCE, options, source_of, stop_request
from bulk_update.errors import UsageError


@click.group(name="mapping", epilog="Example: bulk-update mapping schema > mapping.schema.json")
def command() -> None:
    """Tools for writing mappings."""


@command.command(
    name="check",
    short_help="Check a mapping, alone or against FILE.",
    epilog="Example: bulk-update mapping check mappings/crm-utf8.yaml crm.csv",
)
@click.argument("mapping", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path), required=False)
@options(SOURCE, PRINTING)
def check(mapping: Path, file: Path | None, **given: Any) -> None:
    """Check whether MAPPING is sound and, if FILE is given, whether it fits that file.

    Lists all errors at once, or says how FILE is read and which columns are used. Judges no cell:
    `bulk-update check` does. Sends nothing and writes nothing.
    """
    from bulk_update.cli.exits import say
    from bulk_update.cli.mapping_wording import report_json, report_text
    from bulk_update.cli.session import terminal_of
    from bulk_update.job.check_mapping import check_mapping
    from bulk_update.printable import printable

    source = source_of(given)
    if file is None and any(given[name] for name in ("encoding", "delimiter", "sheet")):
        raise UsageError("--encoding, --delimiter and --sheet say how to read FILE: name one")
    report = check_mapping(mapping, file, source, events=terminal_of(given), stop=stop_request())
    for problem in report.problems:
        say(f"bulk-update: {problem}")
    if given["as_json"]:
        click.echo(report_json(report), nl=False)
    elif not report.problems and not given["quiet"]:
        click.echo(printable(report_text(report), keep="\n"))
    sys.exit(report.exit_code)


@command.command(
    name="schema",
    short_help="Print the JSON Schema of a mapping.",
    epilog="Example: bulk-update mapping schema > mapping.schema.json",
)
def schema() -> None:
    """Print the JSON Schema of a mapping, for completion and validation in editors."""
    from bulk_update.mapping import json_schema

    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
