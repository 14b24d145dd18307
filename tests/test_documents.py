"""The documents agree with the program: tables, links, commands, and the map of the code."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import shlex
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import click
import pytest
from command_line import Desk, start
from documents import (
    ARCHITECTURE,
    CHANGELOG,
    DOCUMENTS,
    MAPPINGS,
    REFERENCE,
    ROOT,
    SAMPLES,
    blocks_of,
    labelled,
)
from readme_tables import GENERATED, mapping_table, renewed
from rooms import LEVEL, PURE
from source_trees import PACKAGE, source_nodes

import bulk_update
from bulk_update.cells.typed_cells import CellType
from bulk_update.cli.main import cli
from bulk_update.columns import FAILED_COLUMNS
from bulk_update.errors import MappingError
from bulk_update.exits import ExitCode, severity_rank
from bulk_update.job.request import delivery_of
from bulk_update.mapping import Mapping, described_keys, json_schema, load_mapping
from bulk_update.mapping.compiled_rules import CompiledRule, RuleContext
from bulk_update.mapping.rule_schema import CellRule, blank_words
from bulk_update.mapping.run_schema import GuardsSection
from bulk_update.records import Status
from bulk_update.results import RunFile
from bulk_update.results.results_csv import RESULT_COLUMNS
from bulk_update.sandbox import SandboxSettings, parse_faults, running_sandbox
from bulk_update.sandbox.faults import Answer
from bulk_update.settings import PREFIX, Settings, load_settings


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def section(document: Path, title: str) -> str:
    """Return the part of a document below a heading, up to the next heading of its level."""
    _, _, rest = text_of(document).partition(f"\n## {title}\n")
    assert rest, f"{document} has no section {title}"
    return rest.partition("\n## ")[0]


def first_cells(table: str) -> list[str]:
    """Return the first cell of each row of the tables in a text, without the tables' heads."""
    found = re.findall(r"^\|(?: )?(.*?)(?<!\\)\|", table, re.MULTILINE)
    cells = [cell.strip() for cell in found]
    heads = {index - 1 for index, cell in enumerate(cells) if set(cell) == {"-"}}
    return [cell for index, cell in enumerate(cells) if index not in heads and set(cell) != {"-"}]


def words(text: str) -> list[str]:
    """Return the contents of the code spans in a text."""
    return re.findall(r"`([^`]+)`", text)


# --- generated parts


@pytest.mark.skipif(os.name != "posix", reason="the commands are written for sh")
@pytest.mark.parametrize("document", GENERATED, ids=lambda path: str(path.relative_to(ROOT)))
def test_generated_parts_are_up_to_date(document: Path) -> None:
    assert renewed(document) == text_of(document), "renew it: python tests/support/readme_tables.py"


def test_the_schema_beside_the_mappings_is_what_the_command_prints() -> None:
    beside = json.loads((ROOT / "mappings" / "mapping.schema.json").read_text(encoding="utf-8"))
    assert beside == json_schema(), (
        "renew it: bulk-update mapping schema > mappings/mapping.schema.json"
    )


# --- commands and options


def _commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            for inner in command.list_commands(context):
                found = command.get_command(context, inner)
                assert found is not None
                yield f"{name} {inner}", found
        else:
            yield name, command


COMMANDS = dict(_commands())


def options_of(command: click.Command) -> list[click.Option]:
    return [each for each in command.params if isinstance(each, click.Option)]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_reference(name: str) -> None:
    assert f"| `bulk-update {name}" in section(REFERENCE, "Commands")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_help_text_that_is_a_sentence(name: str) -> None:
    for option in options_of(COMMANDS[name]):
        text = option.help or ""
        assert text[:1].isupper(), f"{option.name}: {text!r}"
        assert text.endswith("."), f"{option.name}: {text!r}"


_TYPED = re.compile(r"(?:^|[ \\/])bulk-update [a-z][^#;|&\n]*", re.MULTILINE)


def example_commands() -> Iterator[tuple[str, list[str]]]:
    """Yield the words of every `bulk-update` command in a block of a document."""
    for document in DOCUMENTS:
        for block in blocks_of(document):
            text = block.text.replace("\\\n", " ")
            if block.language == "console":
                text = "\n".join(re.findall(r"^\$ (.+)$", text, re.MULTILINE))
            if block.language in {"sh", "console", "powershell"}:
                for typed in _TYPED.findall(text):
                    name = document.relative_to(ROOT).as_posix()
                    yield name, shlex.split(typed.replace("\\", "/"))[1:]


@pytest.mark.parametrize(("document", "given"), list(example_commands()), ids=str)
def test_every_command_in_an_example_is_valid(document: str, given: list[str]) -> None:
    del document
    count = 2 if given[0] == "mapping" else 1
    command = COMMANDS[" ".join(given[:count])]
    known = {name for option in options_of(command) for name in option.opts}
    known |= {name for option in options_of(command) for name in option.secondary_opts}
    assert {word for word in given if word.startswith("-")} <= known


def test_the_settings_are_those_of_the_program() -> None:
    table = section(REFERENCE, "Settings")
    named = set(re.findall(rf"`{PREFIX}(\w+)`", table))
    assert {name.lower() for name in named} == set(Settings.model_fields)
    run = {name for option in options_of(COMMANDS["run"]) for name in option.opts}
    options = re.findall(r"^\| `(--[\w-]+)` \| `" + PREFIX, table, re.MULTILINE)
    assert set(options) <= run
    assert len(options) == len(Settings.model_fields) - 1  # the password has none


@pytest.mark.parametrize("name", ["rate", "workers", "timeout", "retries", "patience"])
def test_the_defaults_are_those_of_the_help_and_of_the_program(name: str) -> None:
    row = re.compile(rf"\| `--{name}` \| `\w+` \| (\d+) \|")
    (documented,) = row.findall(section(REFERENCE, "Settings"))
    (option,) = [each for each in options_of(COMMANDS["run"]) if each.name == name]
    assert f"(default {documented})" in (option.help or "")
    delivery = delivery_of(load_settings({}), mapping_with((None, "name"), "x"))
    used = {"timeout": "timeout_seconds", "patience": "patience_seconds"}.get(name, name)
    assert getattr(delivery, used) == float(documented)


# --- outcomes, exit codes and files


def test_the_outcomes_are_those_of_the_program() -> None:
    assert first_cells(section(REFERENCE, "Outcomes")) == [f"`{status}`" for status in Status]


def test_the_exit_codes_are_those_of_the_program() -> None:
    documented = [int(code) for cell in first_cells(section(REFERENCE, "Exit codes"))
            for code in cell.split(", ")]  # fmt: skip
    known = set(ExitCode)
    assert sorted(documented) == sorted(known)


def test_the_order_of_exit_codes_is_that_of_the_program() -> None:
    (documented,) = re.findall(r"the first of ([\d/, ]+) is returned", text_of(REFERENCE))
    codes = [int(code) for code in re.split(r"[/,] ?", documented)]
    assert codes == sorted(codes, key=severity_rank)


def test_the_files_of_a_run_are_those_of_the_program() -> None:
    cells = first_cells(section(REFERENCE, "Files of a run"))
    count = len(RunFile)
    files, columns = cells[:count], ", ".join(cells[count:])
    assert files == [f"`{file}`" for file in RunFile]
    assert set(words(columns)) == set(RESULT_COLUMNS)
    for column in FAILED_COLUMNS:
        assert f"`{column}`" in section(REFERENCE, "Files of a run")


@pytest.mark.parametrize(
    ("document", "title"), [(REFERENCE, "Troubleshooting"), (MAPPINGS, "Common errors")]
)
def test_every_message_in_a_troubleshooting_table_exists(document: Path, title: str) -> None:
    texts = {
        node.value
        for node in source_nodes()
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    documented = [word for cell in first_cells(section(document, title)) for word in words(cell)]
    parts = [part.strip(' "') for word in documented for part in word.split("…")]
    assert len(parts) > len(documented) // 2
    for part in parts:
        assert any(part in text for text in texts), part


# --- the mapping


@pytest.mark.parametrize("label", ["mapping: minimal", "mapping: complete"])
def test_an_example_mapping_is_valid(label: str) -> None:
    found = load_mapping(labelled(MAPPINGS, label).encode(), path="shown.yaml")
    assert found.warnings() == ()


def test_the_guards_are_those_of_the_program() -> None:
    documented = words(" ".join(first_cells(section(MAPPINGS, "Guards and tolerances"))))
    assert sorted(documented) == sorted(GuardsSection.model_fields)


def test_every_key_is_explained_or_shown_outside_the_table() -> None:
    without_table = text_of(MAPPINGS).replace(mapping_table(), "")
    names = {described.key.rsplit(".", maxsplit=1)[-1] for described in described_keys()}
    found = {name for name in names if re.search(rf"\b{name}\b", without_table)}
    assert names - found == set()


STEPS: dict[str, dict[str, Any]] = {
    "strip": {},
    "clear_token": {},
    "blanks": {"blanks": ["-"]},
    "remove": {"remove": "-"},
    "default": {"default": "x"},
    "on_blank": {"on_blank": "error"},
    "case": {"case": "upper"},
    "lookup": {"lookup": {"X": "11", "Y": "1111"}},
    "pad": {"pad": "3"},
    "prefix": {"prefix": "+"},
    "pattern": {"pattern": "[0-9]+"},
    "type": {"type": "integer"},
    "earliest": {"earliest": "2027-01-01"},
    "latest": {"latest": "2027-01-01"},
    "max_length": {"max_length": "3"},
}


def test_the_documented_steps_are_complete_and_in_order() -> None:
    documented = re.findall(
        r"^\d+\. (.+?):", section(MAPPINGS, "What happens to a cell"), re.MULTILINE
    )
    assert [word for step in documented for word in words(step)] == list(STEPS)


def mapped(text: str, **rule: Any) -> object:
    cell_rule = CellRule.model_validate({"column": "A", **rule})
    context = RuleContext(
        clear_token="--CLEAR--",
        api_timezone="Europe/Warsaw",
        can_clear=True,
        blanks=blank_words(cell_rule.blanks),
    )
    found = CompiledRule(cell_rule, context).of_cell(text)
    return getattr(found, "code", found)


@pytest.mark.parametrize(
    ("text", "steps", "result"),
    [
        (" --CLEAR-- ", ["blanks", "remove", "on_blank", "case", "lookup", "pad", "prefix"], ""),
        (" --CLEAR-- ", ["pattern", "type", "max_length"], ""),
        ("-", ["blanks", "remove", "on_blank"], "blank"),
        ("--", ["blanks", "remove", "on_blank"], "blank"),
        ("4,86E+10", ["case"], "damaged-number"),
        ("4-,86E+10", ["remove", "pad"], "damaged-number"),
        ("Y", ["lookup", "pad"], "1111"),
        ("X", ["lookup", "pad"], "011"),
        ("7", ["pad", "prefix"], "+007"),
        ("7", ["pad", "pattern"], "007"),
        ("7", ["prefix", "pattern"], "pattern"),
        ("  ", ["on_blank"], "blank"),
        ("  ", ["default", "on_blank"], "x"),
        ("  ", ["default", "case", "lookup"], "11"),
        (" x ", ["case", "lookup"], "11"),
        (" x ", ["lookup"], "not-in-lookup"),
        ("y", ["case", "lookup", "pattern", "type", "max_length"], "too-long"),
        ("007", ["pattern", "type"], "7"),
        ("+7", ["pattern", "type"], "pattern"),
        ("0007", ["type", "max_length"], "7"),
    ],
)
def test_a_cell_goes_through_the_steps_in_the_documented_order(
    text: str, steps: list[str], result: str
) -> None:
    keys = {key: value for step in steps for key, value in STEPS[step].items()}
    assert mapped(text, **keys) == result


KEYS = {
    "`expect_rows`": ("guards", "expect_rows"),
    "switch": (None, "only_changed"),
    "time zone": (None, "api_timezone"),
    "delimiter": ("source", "delimiter"),
    "encoding": ("source", "encoding"),
    "campaign": (None, "campaign"),
    "duration": ("guards", "max_duration"),
    "number of rows": ("guards", "max_rows"),
    "limit": ("guards", "max_invalid"),
    "`window`": ("guards", "window"),
    "`rate`": ("delivery", "rate"),
    "`workers`": ("delivery", "workers"),
    "`retries`": ("delivery", "retries"),
}
"""A key that takes each kind of value."""


def documented_values() -> Iterator[tuple[str, str]]:
    for line in section(MAPPINGS, "Values").splitlines():
        cells = re.split(r"(?<!\\)\|", line)
        if len(cells) > 3 and "`" in cells[2]:
            kind = cells[1].strip()
            yield from ((kind, word.replace("\\|", "|")) for word in words(cells[2]))


@pytest.mark.parametrize(("kind", "written"), list(documented_values()))
def test_every_documented_value_is_accepted(kind: str, written: str) -> None:
    mapping_with(KEYS[kind], written)


def mapping_with(key: tuple[str | None, str], written: str) -> Mapping:
    outer, name = key
    line = f"{name}: {written}" if outer is None else f"{outer}: {{{name}: {written}}}"
    kept = labelled(MAPPINGS, "mapping: minimal").splitlines(keepends=True)
    own = [text for text in kept if not text.startswith(f"{name}:")]
    return load_mapping(f"{''.join(own)}{line}\n".encode(), path="shown.yaml")


@pytest.mark.parametrize(
    ("key", "written"),
    [
        (("guards", "max_duration"), "0"),
        (("guards", "max_duration"), "36501d"),
        (("guards", "max_invalid"), "101%"),
        (("delivery", "rate"), "0"),
        (("delivery", "workers"), "0"),
        (("delivery", "workers"), "10001"),
        (("delivery", "retries"), "1001"),
        (("guards", "expect_rows"), "[2, 1]"),
    ],
)
def test_a_value_outside_the_documented_bounds_is_refused(
    key: tuple[str | None, str], written: str
) -> None:
    with pytest.raises(MappingError, match=r"shown\.yaml:\d"):
        mapping_with(key, written)


def test_only_patience_may_be_0() -> None:
    mapping_with(("delivery", "patience"), "0")


def test_every_type_is_documented() -> None:
    assert first_cells(section(MAPPINGS, "Types")) == [f"`{cell_type}`" for cell_type in CellType]


def test_the_example_of_a_status_is_what_the_sandbox_returns() -> None:
    from bulk_update.sandbox.campaigns import CAMPAIGNS  # noqa: PLC0415 - of this test alone
    from bulk_update.sandbox.reference import statuses_of  # noqa: PLC0415 - of this test alone

    assert json.loads(labelled(MAPPINGS, "statuses"))[0] in statuses_of(CAMPAIGNS[0])


# --- the samples


def test_the_example_fault_files_are_valid() -> None:
    for label in ("faults", "calls"):
        parse_faults(labelled(SAMPLES, label).encode(), path="shown.yaml")


def test_every_fault_is_documented() -> None:
    listed = re.findall(r"^- (`.+?):", section(SAMPLES, "The fault file"), re.MULTILINE)
    documented = words(" ".join(listed))
    assert sorted(documented) == sorted(Answer)


# --- the map of the code

ROOMS = "|".join(sorted(LEVEL, key=len, reverse=True))
NAME = re.compile(rf"`((?:{ROOMS})(?:\.(?!csv)\w+)+)`")


def resolved(name: str) -> object:
    """Return the object that a name such as `runner.worker_pool.WorkerPool.run` refers to."""
    parts = name.split(".")
    found: Any = bulk_update
    for index, part in enumerate(parts):
        if (PACKAGE.joinpath(*parts[: index + 1]).with_suffix(".py")).exists() or (
            PACKAGE.joinpath(*parts[: index + 1], "__init__.py").exists()
        ):
            found = importlib.import_module(".".join(["bulk_update", *parts[: index + 1]]))
        else:
            found = getattr(found, part)
    return found


@pytest.mark.parametrize("name", dict.fromkeys(NAME.findall(text_of(ARCHITECTURE))))
def test_every_name_on_the_map_exists(name: str) -> None:
    resolved(name)


def test_the_rooms_are_those_that_the_layers_know() -> None:
    table = section(ARCHITECTURE, "Rooms")
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \| (.+) \|$", table, re.MULTILINE)
    assert {room: int(level) - 1 for level, room, _ in rows} == LEVEL
    assert {room for _, room, what in rows if what.endswith("(pure)")} == set(PURE)


def way(title: str) -> list[str]:
    _, _, rest = text_of(ARCHITECTURE).partition(f"<!-- way: {title} -->\n")
    listed = rest.partition("<!--")[0].partition("\n#")[0]
    stops = re.findall(r"^\d+\. `([\w.]+)`", listed, re.MULTILINE)
    assert stops
    return stops


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """Run one row that the API refuses, and return in which order functions were first called."""
    order: dict[str, int] = {}

    def profile(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(PACKAGE)):
            module = ".".join(Path(code.co_filename).relative_to(PACKAGE).with_suffix("").parts)
            order.setdefault(f"{module}.{code.co_qualname}", len(order))

    with running_sandbox(SandboxSettings()) as sandbox:
        desk = Desk(tmp_path_factory.mktemp("way"), sandbox.url)
        file, mapping = desk.rows("unknown"), desk.mapping()
        arguments = desk.arguments("run", file, "-m", mapping, "--yes")
        environment = {
            **desk.environment,
            "BULK_UPDATE_USERNAME": "sandbox",
            "BULK_UPDATE_PASSWORD": "sandbox",
        }
        before = sys.getprofile(), threading.getprofile()
        threading.setprofile(profile)
        sys.setprofile(profile)
        try:
            ended = start(*arguments, environment=environment)
        finally:
            sys.setprofile(before[0])
            threading.setprofile(before[1])
    assert ended.exit_code == 1, ended.stderr
    assert desk.outcomes() == ["rejected http-404"]
    return order


@pytest.mark.parametrize("title", ["from a cell to its PUT", "from the response to results.csv"])
def test_a_row_passes_the_stops_in_the_documented_order(title: str, calls: dict[str, int]) -> None:
    stops = way(title)
    assert [stop for stop in stops if stop not in calls] == []
    assert sorted(stops, key=calls.__getitem__) == stops


@pytest.mark.parametrize(
    ("title", "most", "most_files"),
    [("from a cell to its PUT", 30, 25), ("from the response to results.csv", 14, 13)],
)
def test_the_way_is_short_and_seldom_returns_to_a_module(
    title: str, most: int, most_files: int
) -> None:
    modules = [re.sub(r"(\.[A-Z]\w*)?\.\w+$", "", stop) for stop in way(title)]
    returns = sum(
        module in modules[: index - 1] and module != modules[index - 1]
        for index, module in enumerate(modules)
        if index
    )
    assert len(modules) <= most
    assert len(set(modules)) <= most_files
    assert returns <= 3


# --- links and paths


def anchors(document: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", text_of(document), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    prose = re.sub(r"```.*?```", "", text_of(document), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)]+)\)", prose):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        found = (document.parent / path).resolve() if path else document
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_of_the_project_exists(document: Path) -> None:
    named = re.findall(r"(?:tests|samples|mappings|bulk_update|\.ci)/[\w./-]*\w", text_of(document))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_changelog_has_the_sections_of_its_form() -> None:
    titles = re.findall(r"^### (.+)$", text_of(CHANGELOG), re.MULTILINE)
    known = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
    assert titles == [title for title in known if title in titles]
    assert f"\n## {bulk_update.__version__}" in text_of(CHANGELOG)


def test_the_benchmarks_are_those_that_can_be_run() -> None:
    source = ast.parse((ROOT / "tests" / "bench" / "bench.py").read_text(encoding="utf-8"))
    (names,) = [
        [ast.literal_eval(key) for key in node.value.keys if key]
        for node in source.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict)
    ]
    assert [word for cell in first_cells(section(ARCHITECTURE, "Benchmarks"))
            for word in words(cell)] == names  # fmt: skip
