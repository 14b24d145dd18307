"""The parser of fault files; `faults` documents their format.

Messages use a field's description to say what was expected, so it must match the field's limits.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from bulk_update.errors import UsageError
from bulk_update.limits import parse_duration, parse_limit
from bulk_update.sandbox.faults import Answer, Fault, FaultPlan

MAX_DEPTH = 10
_TOO_DEEP = "nested too deeply"
LONGEST_SHOWN = 40
"""How many characters of a value a message shows."""

_STATUS_ANSWERS = {Answer.TOO_MANY, Answer.SERVER_ERROR, Answer.UNAVAILABLE}

_BODYLESS = {204, 205, 304}
"""RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5: such a response has no content."""

_TAB_INDENT = re.compile(r" *\t")

Path = tuple[str | int, ...]
Places = dict[Path, tuple[int, int]]


def _share(text: object) -> float:
    try:
        limit = parse_limit(str(text))
    except ValueError:
        limit = None
    if limit is None or not limit.percent:
        raise ValueError(f"{text} is not a valid share (expected a percentage such as 5%)")
    return float(limit.number) / 100


def _seconds(text: object) -> float:
    """Read a duration; raises an error that is reported with the field's description."""
    try:
        return parse_duration(str(text))
    except ValueError as error:
        raise PydanticCustomError("duration", "{error}", {"error": str(error)}) from None


def _with_a_body(status: int) -> int:
    if status in _BODYLESS:
        raise ValueError(f"{status} has no body for a page (expected another, such as 200 or 502)")
    return status


class _FaultEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    answer: Answer = Field(description=f"{', '.join([*Answer][:-1])} or {[*Answer][-1]}")
    share: Annotated[float, BeforeValidator(_share)] = 0.0
    identifiers: list[str] = Field([], description='a list of identifiers, such as ["00100007"]')
    times: int | None = Field(None, ge=1, description="a whole number from 1")
    retry_after: Annotated[int | None, BeforeValidator(_seconds)] = Field(
        None, ge=0, le=86_400, description="whole seconds from 0 to 86400, or up to 1d"
    )
    retry_after_as: Literal["seconds", "date"] = Field("seconds", description="seconds or date")
    seconds: Annotated[float, BeforeValidator(_seconds)] = Field(
        0.0, ge=0, le=3600, description="a duration up to 1h, such as 0.5 or 2s"
    )
    status: Annotated[int, AfterValidator(_with_a_body)] = Field(
        200, ge=200, le=599, description="a whole number from 200 to 599, such as 502"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> _FaultEntry:
        given = self.model_fields_set
        if not given & {"share", "identifiers"}:
            raise ValueError("matches no record (expected share or identifiers)")
        if "retry_after" in given and self.answer not in _STATUS_ANSWERS:
            raise ValueError(f"has retry_after, which cannot be used with answer: {self.answer}")
        if "retry_after_as" in given and self.retry_after is None:
            raise ValueError("has retry_after_as without retry_after")
        if "status" in given and self.answer is not Answer.HTML:
            raise ValueError("has status, which can only be used with answer: html")
        if self.answer is Answer.SLOW and not self.seconds:
            raise ValueError("has answer: slow but no seconds")
        return self

    def fault(self) -> Fault:
        values = self.model_dump(exclude={"identifiers"})
        return Fault(**values, identifiers=frozenset(self.identifiers))


class _FaultFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seed: int = Field(0, description="a whole number, such as 7")
    faults: list[_FaultEntry] = Field(
        description="a list of faults, such as [{answer: lost, share: 5%}]"
    )


_FIELDS = _FaultEntry.model_fields | _FaultFile.model_fields


def parse_faults(data: bytes, *, path: str) -> FaultPlan:
    """Parse the content of a fault file.

    Raises UsageError with one line `path:line:column: ...` for each mistake.
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
    return f"{path}:{line}:{column}: {_message(error, _subject(location))}"


def _subject(location: Path) -> str:
    match location:
        case ():
            return "this file"
        case (*_, str(name)):
            return name
        case (*_, "identifiers", int()):
            return "an entry of identifiers"
        case _:
            return "this fault"


def _message(error: ErrorDetails, subject: str) -> str:
    match error["type"]:
        case "extra_forbidden":
            near = get_close_matches(subject, _FIELDS, n=1)
            return f"unknown key {subject}" + (f" (did you mean {near[0]}?)" if near else "")
        case "missing":
            return f"{subject} is missing (expected {_FIELDS[subject].description})"
        case "value_error":
            return f"{subject} {error['msg'].removeprefix('Value error, ')}"
        case _:
            return f"{subject} is {_shown(error['input'])} (expected {_expected(subject)})"


def _expected(subject: str) -> str:
    match subject:
        case "this file":
            return "`faults:` followed by a list"
        case "this fault":
            return "keys and values, such as {answer: lost, share: 5%}"
        case "an entry of identifiers":
            return "a single identifier"
        case name:
            return str(_FIELDS[name].description)


def _shown(value: object) -> str:
    """Return a short description of an unexpected value."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a set of keys and values"
    text = str(value)
    cut = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
    return f'"{cut}"' if text else "empty"


def _unusable(message: str) -> UsageError:
    return UsageError(message, reason="faults", hint="Correct the fault file and start again.")
