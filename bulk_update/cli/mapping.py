"""`bulk-update mapping`."""

from __future__ import annotations

import json

import click


@click.group(name="mapping", epilog="Example: bulk-update mapping schema > mapping.schema.json")
def command() -> None:
    """Tools for writing mappings."""


@command.command(
    name="schema",
    short_help="Print the JSON Schema of a mapping.",
    epilog="Example: bulk-update mapping schema > mapping.schema.json",
)
def schema() -> None:
    """Print the JSON Schema of a mapping, for completion and validation in editors."""
    from bulk_update.mapping import json_schema

    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
