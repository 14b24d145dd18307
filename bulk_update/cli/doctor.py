"""`bulk-update doctor`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from bulk_update.cli.options import (
    CONNECTION,
    STATE,
    TIMEOUT,
    options,
    settings_of,
    stop_request,
)
from bulk_update.cli.spoken import LANGUAGE, SpokenCommand
from bulk_update.language import language, speaking


@click.command(
    cls=SpokenCommand,
    name="doctor",
    short_help="Check whether everything is set up.",
    epilog="Example: bulk-update doctor -m mappings/crm-utf8.yaml",
)
@click.option(
    "-m",
    "--mapping",
    "mapping_path",
    type=click.Path(path_type=Path),
    metavar="MAPPING",
    help="Also check this mapping, and access to its campaign.",
)
@options(CONNECTION, TIMEOUT, STATE, LANGUAGE)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as one JSON object.")
def command(mapping_path: Path | None, *, as_json: bool, **given: Any) -> None:
    """Check the settings, the connection, the permissions and the state folder.

    Sends only requests that read, and writes no file. The exit code is 0, or 2 if something is
    wrong.
    """
    from bulk_update.cli.doctor_wording import diagnosis_json, diagnosis_lines
    from bulk_update.cli.session import show
    from bulk_update.job.doctor import examine

    with speaking("en" if as_json else language()):
        diagnosis = examine(lambda: settings_of(given), mapping_path, stop=stop_request())
    if as_json:
        with speaking("en"):
            click.echo(diagnosis_json(diagnosis), nl=False)
    else:
        show(diagnosis_lines(diagnosis))
    sys.exit(diagnosis.exit_code)
