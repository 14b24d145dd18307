"""The patterns of the package, how each is used, and texts that are hard on it."""

from __future__ import annotations

import ast
import gc
import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from source_trees import PACKAGE, source_trees
from step_counter import Sampler

import bulk_update

SEARCHING = frozenset({"search", "sub", "subn", "split", "findall", "finditer"})
METHODS = SEARCHING | {"match", "fullmatch"}
METHODS_OF_TEXT = {"split"}

CHARACTERS = " \ta0-+.,'\"<=:%/\\é\u00a0\n"
ENDINGS = ("", "\x00")


@dataclass(frozen=True)
class KnownPattern:
    """A pattern, and the variables that hold it, each with the name of its module."""

    pattern: re.Pattern[Any]
    places: tuple[str, ...]

    @property
    def methods(self) -> set[str]:
        """The methods that the modules call on it."""
        calls, found = _calls_by_name(), set[str]()
        for place in self.places:
            module, _, variable = place.rpartition(".")
            # A pattern in a table is called by another name: any method may be meant.
            found |= calls.get(variable) or calls[module] - METHODS_OF_TEXT
        return found

    def __str__(self) -> str:
        return self.places[0]


def package_modules() -> list[str]:
    """Return the names of all modules of the package."""
    found = pkgutil.walk_packages(bulk_update.__path__, prefix="bulk_update.")
    return sorted(module.name for module in found if module.name != "bulk_update.__main__")


def known_patterns() -> list[KnownPattern]:
    """Return every compiled pattern that a module of the package keeps."""
    found: dict[re.Pattern[Any], set[str]] = {}
    for name in package_modules():
        for variable, value in vars(importlib.import_module(name)).items():
            for pattern in _patterns_in(value):
                found.setdefault(pattern, set()).add(f"{name}.{variable}")
    return [KnownPattern(pattern, tuple(sorted(places))) for pattern, places in found.items()]


def _patterns_in(value: object) -> Iterator[re.Pattern[Any]]:
    """Yield the patterns in a value, in containers, and in instances of the package's classes."""
    waiting, seen = [value], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, re.Pattern):
            yield each
        elif isinstance(each, dict | list | tuple | set | frozenset):
            waiting += gc.get_referents(each)
        elif type(each).__module__.startswith("bulk_update"):
            waiting += [held for held in gc.get_referents(each) if not isinstance(held, type)]


def syntax_trees() -> Iterator[tuple[str, ast.Module]]:
    """Yield each module's name and syntax tree."""
    for path, tree in source_trees().items():
        yield ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts), tree


@cache
def _calls_by_name() -> dict[str, set[str]]:
    """Return the methods of patterns that are called on each name, and anywhere in each module."""
    calls: dict[str, set[str]] = {}
    for module, tree in syntax_trees():
        calls[module.removesuffix(".__init__")] = anywhere = set()
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Attribute) and node.attr in METHODS):
                continue
            anywhere.add(node.attr)
            if isinstance(node.value, ast.Name):
                calls.setdefault(node.value.id, set()).add(node.attr)
    return calls


def hostile_texts(pattern: re.Pattern[Any], size: int) -> Iterator[tuple[str, str]]:
    """Yield texts of about this size, each with a name: a long run behind a good start."""
    sampler = Sampler(pattern, CHARACTERS)
    prefixes = sampler.prefixes()
    pumps = list(dict.fromkeys([*sampler.pumps(), *CHARACTERS, *filter(None, prefixes)]))
    for prefix in prefixes:
        for pump in pumps:
            for ending in ENDINGS:
                text = prefix + pump * (size // len(pump)) + ending
                yield f"{prefix!r} + {pump!r} * n + {ending!r}", text
