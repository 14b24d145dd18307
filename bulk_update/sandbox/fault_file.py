"""Reads a fault file; what it may hold is told in `faults`."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from bulk_update.errors import UsageError
from bulk_update.limits import parse_limit
from bulk_update.sandbox.faults import Answer, Fault, FaultPlan

MAX_DEPTH = 10
_STATUS_ANSWERS = {Answer.TOO_MANY, Answer.SERVER_ERROR, Answer.UNAVAILABLE}

Path = tuple[str | int, ...]
Places = dict[Path, tuple[int, int]]


def _share(text: object) -> float:
    try:
        limit = parse_limit(str(text))
    except ValueError:
        limit = None
    if limit is None or not limit.percent:
        raise ValueError(f"{text} is no share (expected a per cent up to 100%, as 5%)")
    return float(limit.number) / 100


class _FaultEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    answer: Answer
    share: Annotated[float, BeforeValidator(_share)] = 0.0
    identifiers: list[str] = []
    times: int | None = Field(None, ge=1)
    retry_after: int | None = Field(None, ge=0, le=86_400)
    retry_after_as: Literal["seconds", "date"] = "seconds"
    seconds: float = Field(0.0, ge=0, le=3600)
    status: int = Field(200, ge=200, le=599)

    @model_validator(mode="after")
    def _fits_together(self) -> _FaultEntry:
        given = self.model_fields_set
        if not given & {"share", "identifiers"}:
            raise ValueError("hits nobody (expected share or identifiers)")
        if "retry_after" in given and self.answer not in _STATUS_ANSWERS:
            raise ValueError(f"has retry_after, which answer: {self.answer} does not know")
        if "retry_after_as" in given and self.retry_after is None:
            raise ValueError("has retry_after_as without retry_after")
        if "status" in given and self.answer is not Answer.HTML:
            raise ValueError("has status, which only answer: html knows")
        if self.answer is Answer.SLOW and not self.seconds:
            raise ValueError("is slow without saying how many seconds")
        return self

    def fault(self) -> Fault:
        values = self.model_dump(exclude={"identifiers"})
        return Fault(**values, identifiers=frozenset(self.identifiers))


class _FaultFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seed: int = 0
    faults: list[_FaultEntry]


_KEYS = (*_FaultEntry.model_fields, *_FaultFile.model_fields)


def parse_faults(data: bytes, *, path: str) -> FaultPlan:
    """Read a fault file's content.

    Raises UsageError, with a line `path:line:column: ...` for each thing that is wrong.
    """
    places: Places = {}
    document = _plain(_compose(data, path), (), places, path)
    try:
        found = _FaultFile.model_validate(document)
    except ValidationError as error:
        lines = (_line(each, places, path) for each in error.errors(include_url=False))
        raise _unusable("\n".join(lines)) from None
    return FaultPlan(tuple(entry.fault() for entry in found.faults), seed=found.seed)


def _compose(data: bytes, path: str) -> yaml.Node:
    try:
        text = data.decode("utf-8-sig")
        _refuse_tricks(text, path)
        node = yaml.compose(text, yaml.CBaseLoader)
    except UnicodeDecodeError as error:
        raise _unusable(f"{path}: not UTF-8 (byte {error.start})") from None
    except yaml.MarkedYAMLError as error:
        raise _unusable(f"{path}{_mark(error.problem_mark)}: {error.problem}") from None
    except yaml.YAMLError as error:
        raise _unusable(f"{path}: no YAML ({error})") from None
    if node is None:
        raise _unusable(f"{path}: empty (expected `faults:` and a list)")
    return node


def _refuse_tricks(text: str, path: str) -> None:
    # Composing calls itself for each level, in C: a deep file would crash the interpreter.
    depth = 0
    for event in yaml.parse(text, yaml.CBaseLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > MAX_DEPTH:
            trick = "nested too deeply" if depth > MAX_DEPTH else "an alias (*name); write it out"
            raise _unusable(f"{path}{_mark(event.start_mark)}: {trick}")


def _mark(mark: Any) -> str:  # yaml has two classes of marks, without a common base
    return f":{mark.line + 1}:{mark.column + 1}" if mark else ""


def _plain(node: yaml.Node, place: Path, places: Places, path: str) -> Any:
    """Return a node's content, every scalar as its author wrote it, and note where it stands."""
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
            raise _unusable(f"{path}{_mark(key.start_mark)}: this key is no word")
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
    return f"{path}:{line}:{column}: {_words(error, _subject(location))}"


def _subject(location: Path) -> str:
    if location and isinstance(location[-1], str):
        return location[-1]
    return "this fault" if location else "this file"


def _words(error: ErrorDetails, subject: str) -> str:
    match error["type"]:
        case "extra_forbidden":
            near = get_close_matches(subject, _KEYS, n=1)
            return f"unknown key {subject}" + (f" (did you mean {near[0]}?)" if near else "")
        case "missing":
            return f"{subject} is missing"
        case "model_type":
            return f"{subject} is no set of keys with values"
        case "value_error":
            return f"{subject} {error['msg'].removeprefix('Value error, ')}"
        case _:
            return f"{error['msg'].replace('Input', subject, 1)} (found {error['input']!r})"


def _unusable(message: str) -> UsageError:
    return UsageError(message, reason="faults", hint="Mend the fault file and start again.")
