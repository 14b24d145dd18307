"""The README says what the program does, and its recipes run as they are written."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from readme_tables import README, renewed

from bulk_update.cli.main import cli
from bulk_update.mapping import json_schema
from bulk_update.records import Status
from bulk_update.sandbox import SandboxSettings, running_sandbox

TEXT = README.read_text(encoding="utf-8")
ROOT = README.parent
RECIPES = dict(re.findall(r"<!-- recipe: (.+?) -->\n```sh\n(.+?)```", TEXT, flags=re.DOTALL))


EXIT_CODES = dict.fromkeys(("nightly import", "one-off clean-up", "dry-run validation"), 0)
"""What is wrong in the samples is tolerated by their mappings."""


def _commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        yield name, command


COMMANDS = dict(_commands())
OPTIONS = sorted(
    {
        option
        for command in COMMANDS.values()
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
)


def test_the_tables_made_from_the_code_are_up_to_date() -> None:
    assert renewed(TEXT) == TEXT, "renew them with: python tests/readme_tables.py"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_stands_in_the_readme(name: str) -> None:
    assert f"| `bulk-update {name}" in TEXT


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_stands_in_the_readme(option: str) -> None:
    assert f"`{option}`" in TEXT


@pytest.mark.parametrize("status", Status)
def test_every_outcome_stands_in_the_readme(status: Status) -> None:
    assert f"| `{status}` |" in TEXT


@pytest.mark.parametrize("code", ["0", "1", "2", "3", "4", "5", "70", "129, 130, 143"])
def test_every_exit_code_stands_in_the_readme(code: str) -> None:
    assert f"\n| {code} |" in TEXT


def test_the_schema_beside_the_mappings_is_what_the_command_prints() -> None:
    beside = json.loads((ROOT / "mappings" / "mapping.schema.json").read_text(encoding="utf-8"))
    assert beside == json_schema(), (
        "renew it: bulk-update mapping schema > mappings/mapping.schema.json"
    )


@pytest.mark.skipif(os.name != "posix", reason="the recipes are written for sh")
@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_runs_as_it_is_written(name: str, tmp_path: Path) -> None:
    for folder in ("samples", "mappings"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "bulk-update"
    command.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m bulk_update "$@"\n', encoding="utf-8"
    )
    command.chmod(0o755)
    with running_sandbox(SandboxSettings()) as sandbox:
        environment = {
            **os.environ,
            "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "BULK_UPDATE_BASE_URL": sandbox.url,
            "BULK_UPDATE_USERNAME": "sandbox",
            "BULK_UPDATE_PASSWORD": "sandbox",
            "BULK_UPDATE_STATE": str(tmp_path / "state"),
        }
        done = subprocess.run(  # noqa: S603 - our own README
            ["/bin/sh", "-eu", "-c", RECIPES[name]],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == EXIT_CODES[name], done.stderr
    assert (tmp_path / "bulk-update-results").is_dir()


def test_there_is_a_recipe_for_each_of_the_three_uses() -> None:
    assert set(RECIPES) == set(EXIT_CODES)
