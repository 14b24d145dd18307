from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from rooms import LAYERS, LEVEL, PURE
from source_trees import PACKAGE, source_trees

IO_MODULES = {
    "asyncio", "click", "concurrent", "filelock", "glob", "httptools", "httpx", "importlib", "io",
    "keyring", "logging", "multiprocessing", "openpyxl", "os", "platform", "psycopg", "random",
    "secrets", "select", "shutil", "signal", "socket", "sqlite3", "ssl", "starlette", "subprocess",
    "tempfile", "threading", "time", "tqdm", "truststore", "urllib", "uuid", "uvicorn", "zipfile",
}  # fmt: skip
"""Modules that read, write, wait, know the time or are random."""

ONLY_IN = {
    "httpx": {"client", "telling"},
    "httptools": {"client"},
    "sqlite3": {"ledger"},
    "starlette": {"sandbox", "web"},
    "uvicorn": {"sandbox", "web"},
    "click": {"cli"},
    "tqdm": {"cli"},
    "openpyxl": {"readers", "results"},
    "psycopg": {"ledger_postgres"},
}

HEAVY = {"pandas", "numpy", "openpyxl", "pydantic", "httpx", "httptools", "psycopg"}


@dataclass(frozen=True)
class Import:
    """One import, wherever in its file it stands: at the top, in a function, for types alone."""

    room: str
    module: str
    place: str

    @property
    def top(self) -> str:
        return self.module.split(".")[0]

    @property
    def imported_room(self) -> str | None:
        """The room of ours that is imported; None for what is not ours."""
        ours, _, rest = self.module.partition(".")
        return rest.split(".")[0] if ours == "bulk_update" and rest else None


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def all_imports() -> list[Import]:
    return [found for path in SOURCES for found in imports_of(path)]


def imports_of(path: Path) -> Iterator[Import]:
    for node in ast.walk(source_trees()[path]):
        for module in modules_of(node):
            yield Import(room_of(path), module, f"{path.relative_to(PACKAGE)}:{node.lineno}")  # type: ignore[attr-defined]


def modules_of(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module="bulk_update", names=names):
            return [f"bulk_update.{alias.name}" for alias in names if alias.name[0] != "_"]
        case ast.ImportFrom(module="pathlib", names=names):
            return [f"pathlib.{alias.name}" for alias in names]
        case ast.ImportFrom(module=str(module), level=0):
            return [module]
        case ast.ImportFrom():
            return [f"bulk_update.relative-import-{node.lineno}"]
        case _:
            return []


SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def test_every_module_belongs_to_a_room_with_a_layer() -> None:
    assert {room_of(path) for path in SOURCES} == set(LEVEL)


def test_no_arrow_points_up_or_sideways() -> None:
    """A pure room may use another pure one below no adapter; an adapter never another adapter."""
    wrong = [
        f"{found.place}: {found.room} imports {found.imported_room}"
        for found in all_imports()
        if found.imported_room not in {None, found.room} and not _may(found)
    ]
    assert wrong == []


def _may(found: Import) -> bool:
    assert found.imported_room is not None
    here, there = LEVEL[found.room], LEVEL.get(found.imported_room, len(LAYERS))
    return there < here or (there == here and here < LEVEL["ledger"])


def test_the_rooms_have_no_circle_within_their_layer() -> None:
    arrows = {
        room: {found.imported_room for found in all_imports() if found.room == room} - {None, room}
        for room in LEVEL
    }
    left = set(LEVEL)
    while free := {room for room in left if not arrows[room] & left}:
        left -= free
    assert left == set()


def test_the_pure_rooms_import_nothing_that_reads_writes_waits_or_is_random() -> None:
    wrong = [
        f"{found.place}: {found.module}"
        for found in all_imports()
        if found.room in PURE and (found.top in IO_MODULES or touches_files(found.module))
    ]
    assert wrong == []


def touches_files(module: str) -> bool:
    """Return whether a module of paths is more than their names: `PurePath` touches no file."""
    return module.startswith("pathlib") and not module.startswith("pathlib.Pure")


def test_the_pure_rooms_open_no_files_and_read_no_clock() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in SOURCES
        if room_of(path) in PURE
        for node in ast.walk(source_trees()[path])
        if isinstance(node, ast.Call)
        and _called(node) in {"open", "input", "print", "now", "today"}
    ]
    assert wrong == []


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


@pytest.mark.parametrize("module", ONLY_IN)
def test_a_foreign_library_stays_in_its_room(module: str) -> None:
    found = {found.room for found in all_imports() if found.top == module}
    assert found == ONLY_IN[module]


def test_readers_use_only_public_functions_of_openpyxl_for_formats_dates_and_references() -> None:
    found = {
        found.module
        for found in all_imports()
        if found.top == "openpyxl" and found.room == "readers"
    }
    assert found == {
        "openpyxl.styles.numbers",
        "openpyxl.utils.cell",
        "openpyxl.utils.datetime",
        "openpyxl.utils.escape",
    }


def test_relative_imports_are_not_used() -> None:
    assert [found.place for found in all_imports() if "relative-import" in found.module] == []


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["--help"], 0),
        (["check", "--help"], 0),
        (["run", "--help"], 0),
        (["--version"], 0),
        (["nonsense"], 2),
        (["check"], 2),
        (["run", "file.csv", "--no-such-option"], 2),
    ],
)
def test_help_and_usage_errors_import_nothing_heavy(arguments: list[str], exit_code: int) -> None:
    program = f"""
import sys
from bulk_update.__main__ import main
sys.argv = ["bulk-update", *{arguments!r}]
try:
    main()
except SystemExit as done:
    code = done.code or 0
else:
    code = 0
print("exit code", code, "heavy", sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stderr.splitlines()[-1] == f"exit code {exit_code} heavy []"


SENDERS = {
    "httptools", "httpx", "tenacity", "bulk_update.client.thulium",
    "bulk_update.job.dispatch", "bulk_update.job.execute", "bulk_update.runner",
}  # fmt: skip
"""What sends requests to the service."""


@pytest.mark.parametrize(("module", "loads"), [("check", False), ("run", True)])
def test_the_use_case_check_loads_nothing_that_can_send(module: str, *, loads: bool) -> None:
    program = f"""
import sys
import bulk_update.job.{module}
print(*sorted({SENDERS!r} & set(sys.modules)))
"""
    done = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert bool(done.stdout.strip()) is loads, done.stdout
