"""`bulk-update sandbox`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bulk_update.cli.options import options, stop_request
from bulk_update.cli.spoken import LANGUAGE, SpokenCommand
from bulk_update.errors import InputError, UsageError
from bulk_update.language import gettext
from bulk_update.messages import phrase
from bulk_update.stop_request import StopRequest

if TYPE_CHECKING:  # the sandbox imports a web server, which help does not need
    from bulk_update.job.record_keys import RecordKeys
    from bulk_update.sandbox import SandboxSettings

_PATH = click.Path(path_type=Path)
_REQUESTS_KEPT = 1000


@click.command(
    cls=SpokenCommand,
    name="sandbox",
    short_help="Run a local stand-in for the API.",
    epilog="Example: bulk-update sandbox --seed crm.csv -m mappings/crm-utf8.yaml",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Port on this machine; 0 picks a free one.",
)
@click.option(
    "--faults",
    type=_PATH,
    metavar="FILE",
    help="YAML file of faults to simulate, and of what agents do during the run.",
)
@click.option(
    "--seed", type=_PATH, metavar="FILE", help="Spreadsheet whose records the sandbox will hold."
)
@click.option(
    "-m",
    "--mapping",
    "mapping_path",
    type=_PATH,
    metavar="MAPPING",
    help="Mapping for --seed. The sandbox then accepts any field, status and agent.",
)
@options(LANGUAGE)
def command(port: int, faults: Path | None, seed: Path | None, mapping_path: Path | None) -> None:
    """Run a local stand-in for the API, to rehearse a run. Stop it with Ctrl-C.

    It has the campaigns 00001 and 00002. User name and password are both "sandbox". Open its
    address in a browser to see its records and the requests it has received.
    """
    from bulk_update.sandbox import serve

    stop = stop_request()
    with stop.interruptible():
        settings, held = _settings(faults, seed, mapping_path, stop=stop)
        serve(settings, port=port, announce=lambda url: _announce(url, held), stop=stop)


def _held(found: RecordKeys, seed: Path) -> Iterator[str]:
    """Yield what a seeded sandbox holds, and which rows it left out."""
    records = dict.fromkeys(found.keys)
    for campaign_id, held in Counter(campaign_id for campaign_id, _ in records).items():
        yield phrase(
            "It holds {count:number} {count:form|record|records} of campaign {campaign:plain} from "
            "{file:line}.",
            count=held,
            campaign=campaign_id,
            file=str(seed),
        )
    if not records:
        yield phrase(
            "It holds no records: no row of {file:line} has a valid identifier and campaign.",
            file=str(seed),
        )
    elif found.unread:
        yield phrase(
            "Left out: {rows:rows} without a valid identifier and campaign.", rows=found.unread
        )


def _announce(url: str, held: Iterable[str]) -> None:
    answers = phrase(
        "The sandbox answers at {url:line} (open it in a browser to watch). To rehearse:", url=url
    )
    click.echo(f"{answers}\n")
    click.echo(f"  export BULK_UPDATE_BASE_URL={url}")
    click.echo("  export BULK_UPDATE_USERNAME=sandbox BULK_UPDATE_PASSWORD=sandbox\n")
    for line in held:
        click.echo(line)
    click.echo(gettext("Stop it with Ctrl-C."))


def _settings(
    faults: Path | None, seed: Path | None, mapping_path: Path | None, *, stop: StopRequest
) -> tuple[SandboxSettings, tuple[str, ...]]:
    """Return the sandbox's settings, and lines that say what it holds."""
    from bulk_update.sandbox import FaultPlan, SandboxSettings, Vocabulary, parse_faults

    plan = parse_faults(_read(faults), path=str(faults)) if faults else FaultPlan()
    if seed is None and mapping_path is None:
        return SandboxSettings(faults=plan, received_limit=_REQUESTS_KEPT), ()
    if seed is None:
        raise UsageError(
            gettext("-m needs --seed, the spreadsheet whose records it names"),
            hint=f"bulk-update sandbox --seed FILE -m {mapping_path}",
        )
    if mapping_path is None:
        raise UsageError(
            gettext("--seed needs the mapping that reads the file"),
            hint=f"bulk-update sandbox --seed {seed} -m MAPPING",
        )
    found = _records(seed, mapping_path, stop=stop)
    settings = SandboxSettings(
        faults=plan,
        received_limit=_REQUESTS_KEPT,
        records=found.keys,
        accept_any_field=True,
        accept_any_status=True,
        accept_any_agent=True,
        vocabulary={
            campaign_id: Vocabulary.of(
                status_ids=words.status_ids,
                status_names=words.status_names,
                agent_logins=words.agent_logins,
            )
            for campaign_id, words in found.words.items()
        },
    )
    return settings, tuple(_held(found, seed))


def _records(seed: Path, mapping_path: Path, *, stop: StopRequest) -> RecordKeys:
    from bulk_update.job.record_keys import record_keys
    from bulk_update.job.request import Request, RunOptions
    from bulk_update.settings import load_settings

    run_options = RunOptions(load_settings({}), stop=stop)
    return record_keys(Request(file=seed, mapping_path=mapping_path, options=run_options))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        fault = phrase(
            "{path:line} cannot be read: {cause:line}", path=str(path), cause=error.strerror or ""
        )
        raise InputError(fault) from error
