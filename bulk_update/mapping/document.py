"""A mapping file as plain text values, each with its place in the file.

Every scalar stays the text that its author sees: `no`, `0123` and `12:30:45` are strings. YAML
that can mean something other than it shows is refused: anchors, aliases, merges, tags, a second
document, duplicate keys. The parser's events are read one by one so that nothing is built from a
hostile file before it has been checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

import yaml

from bulk_update.mapping.faults import Fault, Place, finding
from bulk_update.mapping.file_text import START, UnreadableError, text_of
from bulk_update.mapping.layout_mistakes import (
    replaced_equals_sign,
    spaced_colon,
    suspicious_indentation,
)
from bulk_update.mapping.quoting_mistakes import quoted_mark, straightened
from bulk_update.mapping.repaired_text import Repair, RepairedText
from bulk_update.mapping.repairs import repair_of
from bulk_update.mapping.syntax import SyntaxFault, TooDeepError, events_of, place_of
from bulk_update.records import Issue

DEEPEST_LEVEL = 20
"""A mapping that uses every key has six levels."""

_TOO_DEEP = finding("too-deep", most=DEEPEST_LEVEL)

MOST_REPAIRS = 30
"""Syntax errors to repair before giving up, so that later faults are reported, too."""

_MOST_READ = 300_000
"""Characters that may be parsed again for these repairs."""

_WINDOW = 200
"""Characters, or lines, to examine when explaining a missing value."""

Path = tuple[str | int, ...]
"""The keys and list positions that lead to a value."""

_AFTER_COMMA = frozenset({",", "}", "]"})
_LIKE_A_VALUE = re.compile(r"[ :]*#[^\s#]")
"""`#1`, which YAML takes for a comment; people put a space between the sign and a remark."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Unquoted(str):
    """A scalar without quotes: `sheet: 2` is a number, `sheet: "2"` a name."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A mapping file's content: dicts, lists and texts.

    If there are faults, `value` is the usable part: the last value of a duplicate key, and no key
    without a value (`incomplete` has the path of its section). If the document is `tangled`, the
    content cannot be judged. `text` is the text of the file, for showing its lines.
    """

    value: Any
    value_places: dict[Path, Place]
    key_places: dict[Path, Place]
    faults: tuple[Fault, ...]
    tangled: bool
    incomplete: frozenset[Path] = frozenset()
    text: str = ""


def read_document(data: bytes) -> Document:
    """Read a YAML file; errors are not raised but collected in `faults`."""
    try:
        text, faults = text_of(data)
    except UnreadableError as unreadable:
        return Document(None, {}, {}, (unreadable.fault,), tangled=True)
    return _Reading(text, [*faults]).document()


class _Reading:
    """Parses a text repeatedly, each time with the last syntax error repaired."""

    def __init__(self, text: str, faults: list[Fault]) -> None:
        self._text = text
        self._repaired = RepairedText(text)
        self._faults = faults
        self._guessed: set[int] = set()
        """Numbers of the lines that were repaired by a guess."""

    def document(self) -> Document:
        self._apply(suspicious_indentation(self._text))
        builder = self._read()
        for _ in range(min(MOST_REPAIRS, 1 + _MOST_READ // (len(self._text) + 1))):
            if builder.repair is None:
                break
            self._apply(builder.repair)
            builder = self._read()
        is_left = builder.repair is not None
        self._apply(builder.repair)
        at = self._repaired.original
        self._faults += [
            Fault(at(fault.place), fault.issue)
            for fault in builder.faults
            if fault.place.line not in self._guessed
        ]
        return Document(
            builder.root,
            {path: at(place) for path, place in builder.value_places.items()},
            {path: at(place) for path, place in builder.key_places.items()},
            tuple(self._faults),
            tangled=(
                builder.tangled
                or bool(self._guessed)
                or is_left
                or not isinstance(builder.root, dict)
            ),
            incomplete=frozenset(builder.incomplete),
            text=self._text,
        )

    def _apply(self, repair: Repair | None) -> None:
        if repair is None:
            return
        place = self._repaired.original(repair.fault.place)
        self._faults.append(Fault(place, repair.fault.issue))
        self._repaired.apply(repair.lines)
        if repair.is_guess:
            self._guessed.update(repair.lines)

    def _read(self) -> _Builder:
        """Parse the current text up to the first syntax error."""
        text = self._repaired.text
        builder = _Builder(text.splitlines())
        try:
            for event in events_of(text):
                builder.take(event)
            builder.finish()
        except SyntaxFault as broken:
            builder.repair = builder.repair or repair_of(text, broken)
            if builder.repair is None:
                builder.refuse(broken.begin, broken.issue)
        except TooDeepError as error:
            builder.refuse(error.place, _TOO_DEEP)
        except UnreadableError as unreadable:
            builder.refuse(unreadable.fault.place, unreadable.fault.issue)
        return builder


@dataclass(slots=True)
class _Open:
    """A mapping or list that is still open; the next value belongs to `key`."""

    path: Path
    container: dict[str, Any] | list[Any]
    key: str | None = None
    key_place: Place = START


@dataclass(slots=True)
class _Builder:
    lines: list[str]
    root: Any = None
    value_places: dict[Path, Place] = field(default_factory=dict)
    key_places: dict[Path, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    aliases: set[str | None] = field(default_factory=set)
    open: list[_Open] = field(default_factory=list)
    incomplete: set[Path] = field(default_factory=set)
    tangled: bool = False
    repair: Repair | None = None

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent() if self.root is not None:
                raise UnreadableError(place_of(event.start_mark), finding("second-document"))
            case yaml.NodeEvent():
                self._take_node(event, place_of(event.start_mark))
            case yaml.CollectionEndEvent():
                self.open.pop()

    def finish(self) -> None:
        if isinstance(self.root, dict) or self.faults:
            return
        found = {type(None): "empty-mapping", list: "list-not-mapping"}
        raise UnreadableError(START, finding(found.get(type(self.root), "no-mapping")))

    def _take_node(self, event: yaml.NodeEvent, place: Place) -> None:
        self._refuse_extras(event, place)
        match event:
            case yaml.ScalarEvent() if self._expects_key():
                self._take_key(event, place)
            case yaml.ScalarEvent() if event.implicit[0] and not event.value:
                self._take_nothing(event, place)
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
            self.refuse(place, finding("anchor", name=event.anchor))
        tag = getattr(event, "tag", None)  # an alias has none
        if tag:
            self.refuse(place, finding("tag", tag=tag))

    def _refuse_alias(self, name: str | None, place: Place) -> None:
        if name not in self.aliases:
            self.refuse(place, finding("alias", name=str(name)))
        self.aliases.add(name)

    def _expects_key(self) -> bool:
        return (
            bool(self.open)
            and isinstance(self.open[-1].container, dict)
            and (self.open[-1].key is None)
        )

    def _repair_of_nothing(self, key: str, at: Place, place: Place) -> Repair | None:
        """Return a repair for a key that contains its value, or for a bare comma."""
        if ":" in key:
            column = self.lines[at.line - 1].find(":", at.column - 1) + 1
            return spaced_colon(self.lines, at, column)
        if "=" in key:
            return replaced_equals_sign(self.lines, at)
        line = self.lines[place.line - 1] if place.line <= len(self.lines) else ""
        rest = line[place.column - 1 : place.column + _WINDOW].replace(" ", "")
        if at.line == place.line and rest[:1] == "," and rest[1:2] in _AFTER_COMMA:
            return quoted_mark(self.lines, place)
        return None

    def _take_key(self, event: yaml.ScalarEvent, place: Place) -> None:
        parent = self.open[-1]
        key = str(event.value)
        if event.implicit[0]:
            self._straighten(place)
        first = self.key_places.setdefault((*parent.path, key), place)
        if first is not place:
            self.faults.append(Fault(place, finding("duplicate-key", key=key, line=first.line)))
        if key == "<<" and not event.style:
            self.refuse(place, finding("merge-key"))
        self._refuse_control(key, place)
        parent.key, parent.key_place = key, place

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> str:
        self._refuse_control(event.value, place)
        if event.style in {"|", ">"} and not event.value.strip():
            self.repair = self.repair or quoted_mark(self.lines, place)
        if not event.implicit[0]:
            return str(event.value)
        self._straighten(place)
        return Unquoted(event.value)

    def _straighten(self, place: Place) -> None:
        self.repair = self.repair or straightened(self.lines, place)

    def _take_nothing(self, event: yaml.ScalarEvent, place: Place) -> None:
        """Report a key or list item without a value, and omit it."""
        if not self.open or isinstance(self.open[-1].container, list):
            self.refuse(place, finding("missing-item"))
            return
        parent = self.open[-1]
        key, parent.key = str(parent.key), None
        at = parent.key_place
        if not event.anchor and not event.tag:
            self.repair = self.repair or self._repair_of_nothing(key, at, place)
        self.incomplete.add(parent.path)
        if event.anchor or event.tag:
            return
        issue = _missing_value(self.lines, at, place, path=(*parent.path, key))
        self.faults.append(Fault(place, issue))

    def _refuse_control(self, text: str, place: Place) -> None:
        if _CONTROL.search(text):
            self.refuse(place, finding("control-character", text=text))

    def _enter(self, container: dict[str, Any] | list[Any], place: Place) -> None:
        if len(self.open) >= DEEPEST_LEVEL:
            raise UnreadableError(place, _TOO_DEEP)
        self.open.append(_Open(self._take_value(container, place), container))

    def _take_value(self, value: Any, place: Place) -> Path:
        """Add a value to its parent and return its path."""
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
            raise UnreadableError(place, finding("bracket-in-key"))
        key, parent.key = parent.key, None
        parent.container[key] = value
        return (*parent.path, key)

    def refuse(self, place: Place, issue: Issue) -> None:
        """Report a fault that makes it impossible to judge the content."""
        self.tangled = True
        self.faults.append(Fault(place, issue))


def _is_comment(line: str) -> bool:
    return line.startswith("#")


def _missing_value(lines: list[str], key: Place, place: Place, *, path: Path) -> Issue:
    """Return the finding that a key has no value, with the likely reason."""
    line = lines[key.line - 1]
    before = line[max(0, key.column - _WINDOW) : key.column - 1].rstrip()
    if before.endswith(",") and ":" in before:
        return finding("missing-value-comma")
    after = line[place.column - 1 : place.column + _WINDOW] if key.line == place.line else ""
    if _LIKE_A_VALUE.match(after):
        return finding("missing-value-sign")
    if path[-2:-1] == ("lookup",):
        variant = "missing-id" if "status_id" in path else "missing-in-lookup"
        return finding(variant, key=str(path[-1]))
    if path == ("campaign",):
        return finding("missing-campaign")
    is_first = before.strip("- ") == ""
    return _explained(lines[key.line : key.line + _WINDOW], key) if is_first else _MISSING


_MISSING = finding("missing-value")


def _explained(lines: list[str], key: Place) -> Issue:
    """Return the finding about a key without a value, with what the lines below it suggest."""
    below = [each for each in lines if each.strip()]
    if any(each.startswith("# ") for each in takewhile(_is_comment, below)):
        return finding("missing-value-comment")
    following = next(iter(below), "")
    indent = len(following) - len(following.lstrip(" "))
    if indent == key.column - 1 and following:
        return finding("missing-value-indent")
    return _MISSING
