"""Counts the steps of a backtracking matcher, which `re` does not report.

A pattern is compiled to the program of a small virtual machine that tries the same alternatives in
the same order as `re` does, without its shortcuts. So the counts are the same on every machine, and
what grows linearly here does in `re` too. The parse tree of a pattern is private to `re`: only
this module depends on it, and a test compares each result with that of `re`.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

_parser: Any = importlib.import_module("re._parser")
_Parsed = Any
"""A sequence of pairs: an operation's name as `str()` shows it, and its arguments."""

SMALL_BOUND = 1000
"""The largest finite bound of a repetition that counts as one: it multiplies the steps."""
SHRUNK_BOUND = 6
"""What such a bound is cut down to, so that short texts show how the steps grow."""

_CLASSES: dict[str, Callable[[str], bool]] = {
    "SPACE": str.isspace,
    "DIGIT": str.isdecimal,
    "WORD": lambda character: character.isalnum() or character == "_",
}
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")

Program = list[tuple[Any, ...]]
"""Instructions: an operation and its arguments."""


class Place(NamedTuple):
    """Where a matcher is in a text, and the positions that groups and loops have saved."""

    position: int
    saved: dict[object, int]


@dataclass(slots=True)
class StepCounter:
    """A pattern's program; `steps` adds up over all calls."""

    pattern: re.Pattern[Any]
    steps: int = 0

    def match(self, text: str, position: int = 0, *, whole: bool = False) -> int | None:
        """Return where a match from `position` on ends, or None."""
        found = self._run(_program(self.pattern), text, Place(position, {}), whole=whole)
        return None if found is None else found.position

    def find_all(self, text: str) -> list[tuple[int, int]]:
        """Return where the matches begin and end, as `re.finditer` finds them."""
        found: list[tuple[int, int]] = []
        start = 0
        while start <= len(text):
            end = self.match(text, start)
            if end is not None:
                found.append((start, end))
            start = start + 1 if end is None else max(end, start + 1)
        return found

    def _run(
        self, program: Program, text: str, start: Place, *, whole: bool = False
    ) -> Place | None:
        """Run a program until it matches or has no alternative left."""
        alternatives = [(0, start)]
        while alternatives:
            at, place = alternatives.pop()
            found: Place | None = place
            while found is not None:
                self.steps += 1
                place = found
                operation = program[at][0]
                arguments = program[at][1:]
                at += 1
                match operation:
                    case "character":  # by far the most frequent, so it comes first
                        position, saved = place
                        accepted = position < len(text) and arguments[0](text[position])
                        found = Place(position + 1, saved) if accepted else None
                    case "match":
                        if not whole or place.position == len(text):
                            return place
                        break
                    case "jump":
                        at = arguments[0]
                    case "split":
                        at, other = arguments
                        alternatives.append((other, place))
                    case "unless_empty":
                        at = at if place.position == place.saved[arguments[0]] else arguments[1]
                    case _:
                        found = self._advance(operation, arguments, text, place)
        return None

    def _advance(
        self, operation: str, arguments: tuple[Any, ...], text: str, place: Place
    ) -> Place | None:
        """Return the place behind what an operation accepts, or None where it accepts nothing."""
        position, saved = place
        match operation:
            case "save":
                return Place(position, {**saved, arguments[0]: position})
            case "back":
                group = text[saved[arguments[0], 0] : saved[arguments[0], 1]]
                accepted = text.startswith(group, position)
                return Place(position + len(group), saved) if accepted else None
            case "at":
                return place if arguments[0](text, position) else None
            case "atomic":
                return self._run(arguments[0], text, place)
        inner, behind, is_wanted = arguments
        before = Place(position - behind, saved)
        found = self._run(inner, text, before) if before.position >= 0 else None
        return place if (found is not None) is is_wanted else None


@cache
def _program(pattern: re.Pattern[Any]) -> Program:
    compiler = _Compiler(_flags(pattern))
    compiler.sequence(parsed(pattern))
    return [*compiler.code, ("match",)]


@cache
def parsed(pattern: re.Pattern[Any]) -> _Parsed:
    """Return a pattern's parse tree."""
    source = pattern.pattern
    text = source.decode("latin-1") if isinstance(source, bytes) else source
    return _parser.parse(text, _flags(pattern) & ~re.UNICODE)


def _flags(pattern: re.Pattern[Any]) -> int:
    return pattern.flags | (re.ASCII if isinstance(pattern.pattern, bytes) else 0)


@cache
def has_shrunk_bound(pattern: re.Pattern[Any]) -> bool:
    """Return whether a bound of the pattern is changed here, so that results may differ."""
    return any(
        max(arguments[0], 0 if arguments[1] == _parser.MAXREPEAT else arguments[1]) > SHRUNK_BOUND
        for operation, arguments in walk(parsed(pattern))
        if operation in _REPEATS
    )


def walk(tree: _Parsed) -> Iterator[tuple[str, Any]]:
    """Yield all operations of a tree with their arguments."""
    for operation, arguments in tree:
        yield str(operation), arguments
        for inner in inner_trees(str(operation), arguments):
            yield from walk(inner)


def inner_trees(operation: str, arguments: Any) -> list[_Parsed]:
    """Return the trees that an operation holds."""
    match operation:
        case "SUBPATTERN":
            return [arguments[3]]
        case "ATOMIC_GROUP":
            return [arguments]
        case "BRANCH":
            return list(arguments[1])
        case "ASSERT" | "ASSERT_NOT":
            return [arguments[1]]
        case _ if operation in _REPEATS:
            return [arguments[2]]
    return []


class _Compiler:
    """Turns a parse tree into instructions; raises NotImplementedError for an unknown operation."""

    def __init__(self, flags: int) -> None:
        self.code: Program = []
        self._flags = flags

    def sequence(self, tree: _Parsed) -> None:
        """Add the operations of a tree."""
        for operation, arguments in tree:
            self._one(str(operation), arguments)

    def _one(self, operation: str, arguments: Any) -> None:
        match operation:
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                accepts = _acceptance(operation, arguments, self._flags)
                self.code.append(("character", accepts))
            case "SUBPATTERN":
                self._group(arguments[0], arguments[3])
            case "BRANCH":
                self._branch(arguments[1])
            case "MAX_REPEAT" | "MIN_REPEAT":
                self.repeat(*arguments, eager=operation == "MAX_REPEAT")
            case "POSSESSIVE_REPEAT":
                repeat = self._separately(lambda inner: inner.repeat(*arguments, eager=True))
                self.code.append(("atomic", repeat))
            case "ATOMIC_GROUP":
                self.code.append(
                    ("atomic", self._separately(lambda inner: inner.sequence(arguments)))
                )
            case "ASSERT" | "ASSERT_NOT":
                direction, tree = arguments
                inner = self._separately(lambda compiler: compiler.sequence(tree))
                behind = tree.getwidth()[1] if direction < 0 else 0
                self.code.append(("look", inner, behind, operation == "ASSERT"))
            case "AT":
                self.code.append(("at", _position_check(str(arguments), self._flags)))
            case "GROUPREF":
                self.code.append(("back", arguments))
            case _:
                raise NotImplementedError(operation)

    def _separately(self, build: Callable[[_Compiler], None]) -> Program:
        inner = _Compiler(self._flags)
        build(inner)
        return [*inner.code, ("match",)]

    def _group(self, number: int | None, tree: _Parsed) -> None:
        if number is None:
            self.sequence(tree)
            return
        self.code.append(("save", (number, 0)))
        self.sequence(tree)
        self.code.append(("save", (number, 1)))

    def _branch(self, alternatives: list[_Parsed]) -> None:
        ends: list[int] = []
        for tree in alternatives[:-1]:
            split = self._reserve()
            self.sequence(tree)
            ends.append(self._reserve())
            self.code[split] = ("split", split + 1, len(self.code))
        self.sequence(alternatives[-1])
        for end in ends:
            self.code[end] = ("jump", len(self.code))

    def repeat(self, least: int, most: int, tree: _Parsed, *, eager: bool) -> None:
        """Add a repetition."""
        least = min(int(least), SHRUNK_BOUND)
        for _ in range(least):
            self.sequence(tree)
        if most > SMALL_BOUND:
            self._loop(tree, eager=eager)
            return
        optional = max(0, min(int(most), SHRUNK_BOUND) - least)
        splits: list[int] = []
        for _ in range(optional):
            splits.append(self._reserve())
            self.sequence(tree)
        for split in splits:
            self._split(split, split + 1, len(self.code), eager=eager)

    def _loop(self, tree: _Parsed, *, eager: bool) -> None:
        split = self._reserve()
        if tree.getwidth()[0]:
            self.sequence(tree)
            self.code.append(("jump", split))
        else:
            self.code.append(("save", ("loop", split)))
            self.sequence(tree)
            self.code.append(("unless_empty", ("loop", split), split))
        self._split(split, split + 1, len(self.code), eager=eager)

    def _split(self, at: int, inside: int, behind: int, *, eager: bool) -> None:
        self.code[at] = ("split", inside, behind) if eager else ("split", behind, inside)

    def _reserve(self) -> int:
        self.code.append(("jump", len(self.code) + 1))
        return len(self.code) - 1


def _position_check(code: str, flags: int) -> Callable[[str, int], bool]:
    if code in {"AT_BOUNDARY", "AT_NON_BOUNDARY"}:
        is_word = _class_check("CATEGORY_WORD", flags)
        wanted = code == "AT_BOUNDARY"

        def at_boundary(text: str, position: int) -> bool:
            before = position > 0 and is_word(text[position - 1])
            behind = position < len(text) and is_word(text[position])
            return (before != behind) is wanted

        return at_boundary
    checks: dict[str, Callable[[str, int], bool]] = {
        "AT_BEGINNING": lambda _, position: position == 0,
        "AT_BEGINNING_STRING": lambda _, position: position == 0,
        "AT_END": lambda text, position: text[position:] in {"", "\n"},
        "AT_END_STRING": lambda text, position: position == len(text),
    }
    return checks[code]


def _acceptance(operation: str, arguments: Any, flags: int) -> Callable[[str], bool]:
    match operation:
        case "ANY":
            return lambda character: bool(flags & re.DOTALL) or character != "\n"
        case "LITERAL":
            return _literal_check(arguments, flags)
        case "NOT_LITERAL":
            literal = _literal_check(arguments, flags)
            return lambda character: not literal(character)
    negated = str(arguments[0][0]) == "NEGATE"
    checks = [
        _item_check(str(item), value, flags) for item, value in arguments if str(item) != "NEGATE"
    ]
    return cache(lambda character: any(check(character) for check in checks) is not negated)


def _literal_check(code: int, flags: int) -> Callable[[str], bool]:
    literal = chr(code)
    if flags & re.IGNORECASE:
        return lambda character: character.lower() == literal.lower()
    return literal.__eq__


def _item_check(item: str, value: Any, flags: int) -> Callable[[str], bool]:
    match item:
        case "LITERAL":
            return _literal_check(value, flags)
        case "RANGE":
            low, high = value
            if flags & re.IGNORECASE:
                return lambda c: any(low <= ord(x) <= high for x in (c, *c.lower(), *c.upper()))
            return lambda character: low <= ord(character) <= high
        case "CATEGORY":
            return _class_check(str(value), flags)
    raise NotImplementedError(item)


def _class_check(category: str, flags: int) -> Callable[[str], bool]:
    name = category.removeprefix("CATEGORY_")
    in_class = _CLASSES[name.removeprefix("NOT_")]
    wanted = not name.startswith("NOT_")
    if flags & re.ASCII:
        return lambda character: (character.isascii() and in_class(character)) is wanted
    return lambda character: in_class(character) is wanted


class Sampler:
    """Makes texts that a pattern can only just not match."""

    def __init__(self, pattern: re.Pattern[Any], alphabet: str) -> None:
        self._flags = _flags(pattern)
        self._tree = parsed(pattern)
        self._alphabet = alphabet

    def prefixes(self) -> list[str]:
        """Return texts that lead up to each repetition of the pattern, and the empty one."""
        return list(dict.fromkeys(["", *self._leading_up_to("", self._tree)]))

    def pumps(self) -> list[str]:
        """Return texts that repetitions of the pattern repeat, and each character that it names."""
        repeated = (self._sample(a[2]) for o, a in walk(self._tree) if o in _REPEATS)
        named = (
            c
            for operation, arguments in walk(self._tree)
            if operation in {"LITERAL", "IN"}
            for c in self._members(operation, arguments)
        )
        return [text for text in dict.fromkeys([*repeated, *named]) if text]

    def _members(self, operation: str, arguments: Any) -> Iterator[str]:
        if operation == "LITERAL":
            yield chr(arguments)
            return
        for item, value in arguments:
            if str(item) == "LITERAL":
                yield chr(value)
            elif str(item) == "RANGE":
                yield chr(value[0])

    def _leading_up_to(self, before: str, tree: _Parsed) -> Iterator[str]:
        for operation, arguments in tree:
            if str(operation) in _REPEATS:
                yield before
            for inner in inner_trees(str(operation), arguments):
                yield from self._leading_up_to(before, inner)
            before += self._sample([(operation, arguments)])

    def _sample(self, tree: _Parsed) -> str:
        """Return a short text that the tree matches."""
        return "".join(self._sample_of(str(o), a) for o, a in tree)

    def _sample_of(self, operation: str, arguments: Any) -> str:
        match operation:
            case "LITERAL":
                return chr(arguments)
            case "NOT_LITERAL" | "ANY" | "IN":
                accepts = _acceptance(operation, arguments, self._flags)
                named = self._members(operation, arguments) if operation == "IN" else ()
                return next((c for c in (*self._alphabet, *named) if accepts(c)), "")
            case "BRANCH":
                return self._sample(arguments[1][0])
            case "SUBPATTERN" | "ATOMIC_GROUP":
                return self._sample(inner_trees(operation, arguments)[0])
            case _ if operation in _REPEATS:
                return self._sample(arguments[2]) * min(max(int(arguments[0]), 1), SHRUNK_BOUND)
        return ""
