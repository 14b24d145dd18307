"""A mapping file as plain text values, each with its place.

Every scalar stays the text that its author sees: `no`, `0123` and `12:30:45` are words. YAML that
can mean something other than what it shows is refused: anchors, aliases, merges, tags, a second
document, duplicate keys. The parser's events are read one by one, so that nothing is built from a
hostile file before it has been checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from bulk_update.mapping.faults import Fault, Place
from bulk_update.printable import quoted

LARGEST_BYTES = 1_000_000
DEEPEST_LEVEL = 20
"""A mapping that uses every key has six levels."""

_TOO_DEEP = f"more than {DEEPEST_LEVEL} levels of nesting"
_PARSERS_DEPTH = "maximum nesting depth"
"""From an error message of PyYAML since 6.0.4, whose parser reads ahead of its events."""

Path = tuple[str | int, ...]
"""The keys and list positions that lead to a value."""

_START = Place(1, 1)
# Not in the character set of YAML 1.1; the parser's own message has no place.
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_TAB_INDENT = re.compile(r" *\t")


class Unquoted(str):
    """A scalar without quotes: `sheet: 2` is a number, `sheet: "2"` a name."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A mapping file's content: dicts, lists and texts.

    If there are faults, `value` is incomplete, unless all of them are duplicate keys (`tangled`
    is False): then it has the last value of each.
    """

    value: Any
    value_places: dict[Path, Place]
    key_places: dict[Path, Place]
    faults: tuple[Fault, ...]
    tangled: bool


def read_document(data: bytes) -> Document:
    """Read a YAML file. Everything that is wrong with it is in `faults`, nothing is raised."""
    builder = _Builder()
    try:
        for event in _events(_decoded(data)):
            builder.take(event)
        builder.finish()
    except _UnreadableError as unreadable:
        builder.faults.append(unreadable.fault)
        builder.tangled = True
    return Document(
        builder.root,
        builder.value_places,
        builder.key_places,
        tuple(builder.faults),
        builder.tangled or not isinstance(builder.root, dict),
    )


class _UnreadableError(Exception):
    """Nothing after this place can be read."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(place, message)


def _decoded(data: bytes) -> str:
    if len(data) > LARGEST_BYTES:
        raise _UnreadableError(_START, f"the mapping is larger than 1 MB ({len(data)} bytes)")
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        place = _place_after(data[: error.start].decode("utf-8"))
        message = f"byte 0x{data[error.start]:02X} is not UTF-8: save the mapping as UTF-8"
        raise _UnreadableError(place, message) from None
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        message = f"the character {quoted(forbidden[0])} is not allowed in a mapping"
        raise _UnreadableError(_place_after(text[: forbidden.start()]), message)
    return text


def _place_after(text: str) -> Place:
    return Place(text.count("\n") + 1, len(text) - text.rfind("\n"))


def _events(text: str) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=yaml.CBaseLoader)
    except yaml.MarkedYAMLError as error:
        place = _place_of(error.problem_mark)
        if _PARSERS_DEPTH in (error.problem or ""):
            raise _UnreadableError(place, _TOO_DEEP) from None
        line = text.splitlines()[place.line - 1 : place.line]
        if line and _TAB_INDENT.match(line[0]):
            raise _UnreadableError(place, "the line is indented with a TAB: use spaces") from None
        what = ", ".join(part for part in (error.context, error.problem) if part)
        raise _UnreadableError(place, f"invalid YAML: {what}") from None


def _place_of(mark: Any) -> Place:  # the marks of libyaml and PyYAML have no common class
    return Place(mark.line + 1, mark.column + 1)


@dataclass(slots=True)
class _Open:
    """A mapping or list that has not ended yet; the next value belongs to `key`."""

    path: Path
    container: dict[str, Any] | list[Any]
    key: str | None = None


@dataclass(slots=True)
class _Builder:
    root: Any = None
    value_places: dict[Path, Place] = field(default_factory=dict)
    key_places: dict[Path, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    aliases: set[str | None] = field(default_factory=set)
    open: list[_Open] = field(default_factory=list)
    tangled: bool = False

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent() if self.root is not None:
                raise _UnreadableError(_place_of(event.start_mark), "a second document begins here")
            case yaml.NodeEvent():
                self._take_node(event, _place_of(event.start_mark))
            case yaml.CollectionEndEvent():
                self.open.pop()

    def finish(self) -> None:
        if isinstance(self.root, dict) or self.faults:
            return
        found = "the mapping is empty" if self.root is None else "this is not a mapping"
        raise _UnreadableError(_START, f"{found} (expected keys such as campaign:)")

    def _take_node(self, event: yaml.NodeEvent, place: Place) -> None:
        self._refuse_extras(event, place)
        match event:
            case yaml.ScalarEvent() if self._expects_key():
                self._take_key(event, place)
            case yaml.ScalarEvent():
                self._take_value(self._scalar(event, place), place)
            case yaml.AliasEvent():
                self._take_value("", place)
            case yaml.SequenceStartEvent():
                self._enter([], place)
            case _:
                self._enter({}, place)

    def _refuse_extras(self, event: yaml.NodeEvent, place: Place) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._refuse_alias(event.anchor, place)
        elif event.anchor:
            self._fault(place, f"the anchor &{event.anchor} is not allowed")
        tag = getattr(event, "tag", None)  # an alias has none
        if tag:
            self._fault(place, f"the tag {quoted(tag)} is not allowed")

    def _refuse_alias(self, name: str | None, place: Place) -> None:
        if name not in self.aliases:
            self._fault(place, f"the alias *{name} is not allowed: write the value itself")
        self.aliases.add(name)

    def _expects_key(self) -> bool:
        return (
            bool(self.open)
            and isinstance(self.open[-1].container, dict)
            and (self.open[-1].key is None)
        )

    def _take_key(self, event: yaml.ScalarEvent, place: Place) -> None:
        parent = self.open[-1]
        key = str(event.value)
        first = self.key_places.setdefault((*parent.path, key), place)
        if first is not place:
            message = f"duplicate key {quoted(key)} (first in line {first.line})"
            self.faults.append(Fault(place, message))
        if key == "<<" and not event.style:
            self._fault(place, "the merge key << is not allowed: write the keys themselves")
        self._refuse_control(key, place)
        parent.key = key

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> str:
        self._refuse_control(event.value, place)
        unquoted = event.implicit[0]
        if unquoted and not event.value:
            self._fault(place, "missing value: add one or remove the key")
        return Unquoted(event.value) if unquoted else str(event.value)

    def _refuse_control(self, text: str, place: Place) -> None:
        if _CONTROL.search(text):
            self._fault(place, f"{quoted(text)} contains a control character")

    def _enter(self, container: dict[str, Any] | list[Any], place: Place) -> None:
        if len(self.open) >= DEEPEST_LEVEL:
            raise _UnreadableError(place, _TOO_DEEP)
        self.open.append(_Open(self._take_value(container, place), container))

    def _take_value(self, value: Any, place: Place) -> Path:
        """Put a value into its parent, and return its path."""
        path = self._put(value, place)
        self.value_places[path] = place
        return path

    def _put(self, value: Any, place: Place) -> Path:
        if not self.open:
            self.root = value
            return ()
        parent = self.open[-1]
        if isinstance(parent.container, list):
            parent.container.append(value)
            return (*parent.path, len(parent.container) - 1)
        if parent.key is None:
            raise _UnreadableError(place, "a key must be a single word or text")
        key, parent.key = parent.key, None
        parent.container[key] = value
        return (*parent.path, key)

    def _fault(self, place: Place, message: str) -> None:
        self.tangled = True
        self.faults.append(Fault(place, message))
