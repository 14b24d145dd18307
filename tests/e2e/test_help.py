"""The help: complete, short, and with an example for every command."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from command_line import ended, python, start

from bulk_update.cli.main import COMMANDS, cli

SCREEN_LINES, SCREEN_COLUMNS = 72, 100
HEAVY = ("pandas", "openpyxl", "httpx", "httptools", "starlette", "uvicorn", "pydantic", "tenacity")


def all_commands() -> list[tuple[str, ...]]:
    """Return the words of every command, groups included."""
    found: list[tuple[str, ...]] = [()]
    context = click.Context(cli)
    for name in cli.list_commands(context):
        found.append((name,))
        command = cli.get_command(context, name)
        if isinstance(command, click.Group):
            found += [(name, each) for each in command.list_commands(context)]
    return found


@pytest.mark.parametrize("words", all_commands(), ids=" ".join)
def test_help_fits_a_screen_and_has_an_example(words: tuple[str, ...]) -> None:
    shown = start(*words, "--help")
    lines = shown.stdout.splitlines()
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert len(lines) <= SCREEN_LINES
    assert max(map(len, lines)) <= SCREEN_COLUMNS
    assert "bulk-update" in lines[-1]
    assert lines[-1].strip().startswith(("Example", "Begin"))


def test_the_help_lists_every_command() -> None:
    listed = start("--help").stdout
    for name in COMMANDS:
        assert f"\n  {name} " in listed


def test_short_help_is_whole_sentences() -> None:
    assert "..." not in start("--help").stdout.partition("Commands:")[2]


@pytest.mark.parametrize(
    "option",
    sorted(
        {
            option
            for name in COMMANDS
            for parameter in cli.get_command(click.Context(cli), name).params
            for option in parameter.opts
            if option.startswith("--")
        }
    ),
)
def test_every_option_is_used_in_a_test(option: str) -> None:
    tests = [path for path in Path(__file__).parents[1].rglob("*.py") if path != Path(__file__)]
    assert any(f'"{option}"' in path.read_text(encoding="utf-8") for path in tests)


def test_the_version_is_printed() -> None:
    assert start("--version").stdout.startswith("bulk-update, version 0.")


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["run", "--nope"]])
def test_help_and_mistakes_import_nothing_heavy(arguments: list[str]) -> None:
    """The program is started in a process of its own: this one has imported everything."""
    script = (
        "import sys\n"
        "from bulk_update.cli.main import main\n"
        f"sys.argv = {['bulk-update', *arguments]!r}\n"
        "try:\n    main()\n"
        f"finally:\n    print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    assert "HEAVY []" in ended(python("-c", script)).stdout
