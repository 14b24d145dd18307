"""The parser of fault files; `faults` documents their format, `fault_entries` their keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bulk_update.errors import UsageError
from bulk_update.sandbox.fault_entries import CallEntry, DepartureEntry, FaultEntry, FaultFile
from bulk_update.sandbox.faults import FaultPlan

MAX_DEPTH = 10
_TOO_DEEP = "nested too deeply"
LONGEST_SHOWN = 40
"""How many characters of a value a message shows."""

_TAB_INDENT = re.compile(r" *\t")

Path = tuple[str | int, ...]
Places = dict[Path, tuple[int, int]]


class _Kind(NamedTuple):
    """How messages name an entry of a list, an example of one, and its keys."""

    name: str
    example: str
    fields: Mapping[str, FieldInfo]


_KINDS: dict[object, _Kind] = {
    "faults": _Kind("this fault", "{answer: lost, share: 5%}", FaultEntry.model_fields),
    "calls": _Kind("this call", '{share: 5%, status_id: "3"}', CallEntry.model_fields),
    "agents": _Kind("this agent", "{login: p.nowak, after: 20}", DepartureEntry.model_fields),
}
"""The lists of a fault file."""


def parse_faults(data: bytes, *, path: str) -> FaultPlan:
    """Parse the content of a fault file.

    Raises UsageError with one line `path:line:column: ...` for each mistake.
    """
    places: Places = {}
    document = _plain(_compose(data, path), (), places, path)
    try:
        found = FaultFile.model_validate(document)
    except ValidationError as error:
        lines = (_line(each, places, path) for each in error.errors(include_url=False))
        raise _unusable("\n".join(lines)) from None
    return found.plan()


def _compose(data: bytes, path: str) -> yaml.Node:
    try:
        text = data.decode("utf-8-sig")
        _refuse_unsafe_yaml(text, path)
        node = yaml.compose(text, yaml.CBaseLoader)
    except UnicodeDecodeError as error:
        raise _unusable(f"{path}: not UTF-8 (byte {error.start})") from None
    except yaml.MarkedYAMLError as error:
        raise _unusable(
            f"{path}{_mark(error.problem_mark)}: {_yaml_message(error, text)}"
        ) from None
    except yaml.YAMLError as error:
        raise _unusable(f"{path}: invalid YAML ({error})") from None
    if node is None:
        raise _unusable(f"{path}: empty (expected `faults:` followed by a list)")
    return node


def _refuse_unsafe_yaml(text: str, path: str) -> None:
    # The C composer recurses once per level, so a deeply nested file would crash the interpreter.
    depth = 0
    for event in yaml.parse(text, yaml.CBaseLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > MAX_DEPTH:
            problem = _TOO_DEEP if depth > MAX_DEPTH else "aliases (*name) are not allowed"
            raise _unusable(f"{path}{_mark(event.start_mark)}: {problem}")


def _yaml_message(error: yaml.MarkedYAMLError, text: str) -> str:
    line = text.splitlines()[error.problem_mark.line :][:1] if error.problem_mark else []
    if line and _TAB_INDENT.match(line[0]):
        return "this line is indented with a TAB; use spaces"
    if "maximum nesting depth" in (error.problem or ""):  # PyYAML's own limit, since 6.0.4
        return _TOO_DEEP
    return f"invalid YAML: {', '.join(filter(None, (error.context, error.problem)))}"


def _mark(mark: Any) -> str:  # yaml has two classes of marks without a common base
    return f":{mark.line + 1}:{mark.column + 1}" if mark else ""


def _plain(node: yaml.Node, place: Path, places: Places, path: str) -> Any:
    """Return a node's content, with every scalar as it was written, and store its position."""
    places.setdefault(place, (node.start_mark.line + 1, node.start_mark.column + 1))
    if isinstance(node, yaml.SequenceNode):
        return [
            _plain(each, (*place, index), places, path) for index, each in enumerate(node.value)
        ]
    if not isinstance(node, yaml.MappingNode):
        return node.value
    content: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value)
        if not isinstance(key, yaml.ScalarNode):
            raise _unusable(f"{path}{_mark(key.start_mark)}: a key must be a single word")
        if name in content:
            raise _unusable(f"{path}{_mark(key.start_mark)}: {name} is given twice")
        places[*place, name] = (key.start_mark.line + 1, key.start_mark.column + 1)
        content[name] = _plain(value, (*place, name), places, path)
    return content


def _line(error: ErrorDetails, places: Places, path: str) -> str:
    place = location = error["loc"]
    while place not in places:
        place = place[:-1]
    line, column = places[place]
    return f"{path}:{line}:{column}: {_message(error, location)}"


def _subject(location: Path) -> str:
    match location:
        case ():
            return "this file"
        case (*_, "identifiers", int()):
            return "an entry of identifiers"
        case (*_, str(name)):
            return name
        case _:
            return _KINDS[location[0]].name


def _fields_at(location: Path) -> Mapping[str, FieldInfo]:
    """Return the keys that are possible beside a key."""
    return FaultFile.model_fields if len(location) == 1 else _KINDS[location[0]].fields


def _message(error: ErrorDetails, location: Path) -> str:
    subject = _subject(location)
    match error["type"]:
        case "extra_forbidden":
            near = get_close_matches(subject, _fields_at(location), n=1)
            return f"unknown key {subject}" + (f" (did you mean {near[0]}?)" if near else "")
        case "missing":
            return f"{subject} is missing (expected {_expected(location)})"
        case "value_error":
            return f"{subject} {error['msg'].removeprefix('Value error, ')}"
        case _:
            return f"{subject} is {_shown(error['input'])} (expected {_expected(location)})"


def _expected(location: Path) -> str:
    match _subject(location):
        case "this file":
            return "`faults:` followed by a list"
        case "an entry of identifiers":
            return "a single identifier"
        case name if name in _fields_at(location):
            return str(_fields_at(location)[name].description)
        case _:
            return f"keys and values, such as {_KINDS[location[0]].example}"


def _shown(value: object) -> str:
    """Return a short description of an unexpected value."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a set of keys and values"
    text = str(value)
    cut = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
    return f'"{cut}"' if text else "empty"


def _unusable(message: str) -> UsageError:
    return UsageError(message, reason="faults", hint="Correct the fault file and start again.")
