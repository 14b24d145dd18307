"""The dependencies are those that are used, each for a stated reason."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(TEXT)["project"]
EXTRAS = PROJECT["optional-dependencies"]

EXTENDED = {"httptools", "openpyxl", "uvicorn"}
"""Libraries of which more than their documented interface is used."""

OPTIONAL = [
    name for extra in ("keyring", "notify", "postgres", "s3", "sftp") for name in EXTRAS[extra]
]

NEVER_IMPORTED = {"tzdata"}
"""`zoneinfo` finds it."""

OF_ANOTHER = {"pydantic-core", "pydantic_core", "botocore"}
"""pydantic allows exactly one version of its core, and boto3 one minor version of botocore."""


def name_of(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower()


def imported(folder: str) -> set[str]:
    """Return the libraries that the modules of a folder import, as PyPI calls them."""
    modules: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=names):
                    modules |= {each.name.partition(".")[0] for each in names}
                case ast.ImportFrom(module=str(module), level=0):
                    modules.add(module.partition(".")[0])
                case ast.Call(
                    func=ast.Attribute(attr="import_module"),
                    args=[ast.Constant(value=str(module))],
                ):
                    modules.add(module.partition(".")[0])
    owners = packages_distributions()
    libraries = modules - sys.stdlib_module_names - {"bulk_update"}
    return {owners.get(module, [module])[0].lower() for module in libraries}


def test_every_dependency_has_its_reason() -> None:
    declared = [*PROJECT["dependencies"], *OPTIONAL, *EXTRAS["test"]]
    lines = [
        line
        for line in TEXT.splitlines()
        if re.match(r'\s*((keyring|notify|postgres|s3|sftp) = \[)?"[\w.\[\]-]+>=', line)
    ]
    assert len(lines) == len(declared)
    assert [line for line in lines if not re.search(r'"\]?,?\s+# \w', line)] == []


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    declared = set(map(name_of, PROJECT["dependencies"])) - NEVER_IMPORTED
    found = imported("bulk_update") - OF_ANOTHER
    assert found == declared | set(map(name_of, OPTIONAL))


def test_only_what_is_used_beyond_its_documented_interface_has_an_upper_bound() -> None:
    bounded = {name_of(each) for each in PROJECT["dependencies"] if "<" in each}
    assert bounded == EXTENDED


def test_the_extras_for_remote_files_are_bounded_on_both_sides_and_tested() -> None:
    for requirement in (*EXTRAS["s3"], *EXTRAS["sftp"]):
        assert re.fullmatch(r"\w+>=[\d.]+,<\d+", requirement)
        assert requirement in EXTRAS["test"]
