"""The package's modules as syntax trees, parsed once for all tests that look at them."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import bulk_update

PACKAGE = Path(bulk_update.__file__).parent


@cache
def source_trees() -> dict[Path, ast.Module]:
    """Return the tree of each module, by its path, in the order of the paths."""
    return {
        path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))
    }


@cache
def source_nodes(room: str = "") -> tuple[ast.AST, ...]:
    """Return all nodes of the package, or of one of its folders."""
    return tuple(
        node
        for path, tree in source_trees().items()
        if path.is_relative_to(PACKAGE / room)
        for node in ast.walk(tree)
    )
