"""Every method of the port `Store` is tested, including new ones."""

from __future__ import annotations

import ast
import typing
from collections.abc import Iterator
from pathlib import Path

import store_runs

from bulk_update.job.store import Store
from bulk_update.runner import Journal

FILES = [Path(str(store_runs.__file__)), *Path(__file__).parent.glob("test_*.py")]


def members_of(protocol: type) -> set[str]:
    """Return the public methods and attributes that a protocol itself defines."""
    names = {*vars(protocol), *typing.get_type_hints(protocol)}
    return {name for name in names if not name.startswith("_")}


def parts() -> Iterator[tuple[str, type]]:
    """Yield the parts of the port with the names that the suite uses for them."""
    yield "store", Store
    for name, member in vars(Store).items():
        if isinstance(member, property):
            yield name, typing.get_type_hints(member.fget)["return"]
    yield "projection", typing.get_type_hints(Store.projection)["return"]
    yield "journal", Journal


def used() -> Iterator[tuple[str, str]]:
    """Yield each attribute that the suite uses, with the name of its object."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                yield _name_of(node.value), node.attr


def _name_of(asked: ast.expr) -> str:
    match asked:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case ast.Call(func=called):
            return _name_of(called)
        case _:
            return ""


def test_every_method_of_the_port_is_used_by_this_suite() -> None:
    expected = {(part, member) for part, kind in parts() for member in members_of(kind)}
    assert len(expected) > 40
    assert expected - set(used()) == set()
