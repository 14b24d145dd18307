"""`bulk-update mapping`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bulk_update.cli.options import (
    CONNECTION,
    PRINTING,
    SOURCE,
    STATE,
    options,
    source_of,
    stop_request,
    viewing_options,
)
from bulk_update.cli.spoken import LANGUAGE, SpokenCommand, SpokenGroup
from bulk_update.errors import UsageError
from bulk_update.language import gettext, language, speaking
from bulk_update.records import Issue

if TYPE_CHECKING:
    from bulk_update.job.propose_mapping import MappingProposal

_PATH = click.Path(path_type=Path)
_FILE = click.Path(path_type=str)


@click.group(
    cls=SpokenGroup, name="mapping", epilog="Example: bulk-update mapping init crm.xlsx -o crm.yaml"
)
@options(LANGUAGE)
def command() -> None:
    """Tools for writing mappings."""


@command.command(
    cls=SpokenCommand,
    name="init",
    short_help="Propose a mapping for FILE.",
    epilog="Example: bulk-update mapping init crm.xlsx -o crm.yaml",
)
@click.argument("file", type=_FILE)
@click.option("-o", "--output", type=_PATH, metavar="MAPPING",
              help="Write the mapping to this new file (default: standard output).")  # fmt: skip
@click.option("--live", is_flag=True,
              help="Compare statuses and agents with those of the campaign.")  # fmt: skip
@click.option("--campaign", "campaign_id", metavar="ID",
              help="The campaign of the rows, if the file does not name it.")  # fmt: skip
@options(SOURCE, CONNECTION, STATE, LANGUAGE)
@click.option("--json", "as_json", is_flag=True,
              help="Print the proposals with their evidence as one JSON object.")  # fmt: skip
def init(
    file: str, output: Path | None, *, campaign_id: str | None, as_json: bool, **given: Any
) -> None:
    """Propose a mapping for FILE, with questions about everything uncertain.

    Every cell is read, nothing is sent. The exit code is 0 if the mapping can be used unchanged,
    1 if questions are left.
    """
    from bulk_update.cli.exits import say
    from bulk_update.cli.proposal_json import failure_json, proposal_json
    from bulk_update.errors import BulkUpdateError
    from bulk_update.job.propose_mapping import propose_mapping
    from bulk_update.messages import phrase, sentence_of
    from bulk_update.sources import shown_name

    run_options = viewing_options(given)
    try:
        with speaking("en" if as_json else language()):
            found = propose_mapping(
                file, run_options, source=source_of(given), output=output, campaign_id=campaign_id
            )
    except BulkUpdateError as error:
        if not as_json or run_options.stop.cause:
            raise
        say(f"bulk-update: {error}")
        click.echo(failure_json(error, file=shown_name(file)))
        sys.exit(error.exit_code)
    for notice in found.notices:
        say(sentence_of(notice))
    if as_json:
        with speaking("en"):
            click.echo(proposal_json(found, file=shown_name(file), output=output))
    elif output is None:
        _print_utf8(found.text)
    if found.questions:
        left = phrase("still to answer: {questions:list}", questions=tuple(found.questions))
        say(f"bulk-update: {left}")
    if output is not None and not as_json:
        _say_next_step(found, output)
    sys.exit(found.exit_code)


def _say_next_step(found: MappingProposal, output: Path) -> None:
    from bulk_update.cli.exits import say
    from bulk_update.messages import phrase
    from bulk_update.messages.remarks import remark_text

    questions = found.proposed.left_to_answer
    said = (
        phrase("Open {path:line} in an editor and answer:", path=str(output))
        if questions
        else phrase("Open {path:line} in an editor and read it.", path=str(output))
    )
    say(said)
    for key, question in questions.items():
        say(f"  {key:10}  {remark_text(question)}")
    following = gettext("next:")
    say(f"\n  {following}\n    {found.check_command}")


def _print_utf8(text: str) -> None:
    """Print a mapping as UTF-8, whatever the encoding of stdout, unless it is a terminal."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None or sys.stdout.isatty():
        click.echo(text, nl=False)
        return
    sys.stdout.flush()
    buffer.write(text.encode())
    buffer.flush()


@command.command(
    cls=SpokenCommand,
    name="check",
    short_help="Check a mapping, alone or against FILE.",
    epilog="Example: bulk-update mapping check mappings/crm-utf8.yaml crm.csv",
)
@click.argument("mapping", type=click.Path(path_type=Path))
@click.argument("file", type=_FILE, required=False)
@options(SOURCE, PRINTING, LANGUAGE)
def check(mapping: Path, file: str | None, **given: Any) -> None:
    """Check whether MAPPING is valid and, if FILE is given, whether it fits that file.

    Lists all errors at once, or shows how FILE is read and which columns are used. Does not check
    cells: use `bulk-update check` for that. Sends nothing and writes nothing.
    """
    from bulk_update.cli.exits import say
    from bulk_update.cli.mapping_wording import report_json, report_text
    from bulk_update.cli.session import terminal_of
    from bulk_update.job.check_mapping import check_mapping
    from bulk_update.printable import printable

    source = source_of(given)
    if file is None and any(given[name] for name in ("encoding", "delimiter", "sheet")):
        raise UsageError(Issue("usage", variant="needs-file"))
    report = check_mapping(mapping, file, source, events=terminal_of(given), stop=stop_request())
    for problem in report.problems:
        say(f"bulk-update: {problem}")
    if given["as_json"]:
        with speaking("en"):
            click.echo(report_json(report), nl=False)
    elif not report.problems and not given["quiet"]:
        click.echo(printable(report_text(report), keep="\n"))
    sys.exit(report.exit_code)


@command.command(
    cls=SpokenCommand,
    name="schema",
    short_help="Print the JSON Schema of a mapping.",
    epilog="Example: bulk-update mapping schema > mapping.schema.json",
)
def schema() -> None:
    """Print the JSON Schema of a mapping, for completion and validation in editors."""
    from bulk_update.mapping import json_schema

    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
