"""The steps of a rule after `blank`: from `case` to `max_length`.

Each is a pure function of one text that returns a text or an Issue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from enum import Enum, auto
from zoneinfo import ZoneInfo

from bulk_update.cells import numbers, values
from bulk_update.cells.comparison import as_seen
from bulk_update.cells.date_bounds import bounds_converter, parse_date_bound
from bulk_update.cells.date_formats import (
    ISO_DATE,
    ISO_DATETIME,
    DateFormat,
    parse_date_format,
)
from bulk_update.cells.everyday import (
    everyday_dates,
    everyday_decimal,
    everyday_examples,
    everyday_integer,
    or_everyday,
)
from bulk_update.cells.issue_codes import IssueCode
from bulk_update.cells.nearest import NearestKeys
from bulk_update.cells.numbers import Negative
from bulk_update.cells.typed_cells import CellType
from bulk_update.cells.values import Converter
from bulk_update.mapping.rule_schema import Case, CellRule, IdentifierRule
from bulk_update.records import Issue


class Notation(Enum):
    """How values are written."""

    RULE = auto()
    """According to the rule's `formats`, `decimal` and words."""
    CELL = auto()
    """As the text of a workbook's cell: ISO dates, decimal points, TRUE and FALSE."""
    FAILED_FILE = auto()
    """Either of the two, or else as people write them, as far as that has one meaning."""


def chained(steps: Sequence[Converter]) -> Converter:
    """Combine several steps into one; the first Issue is the result."""
    steps = [step for step in steps if step is not str]
    if not steps:
        return str
    first, *others = steps
    if not others:
        return first
    rest = chained(others)

    def step(text: str) -> str | Issue:
        result = first(text)
        return result if isinstance(result, Issue) else rest(result)

    return step


def first_steps(rule: CellRule) -> tuple[Converter, ...]:
    """Compile `case` and `lookup`."""
    lookup = () if rule.lookup is None else (_lookup(rule.lookup),)
    return (*_case(rule), *lookup)


def middle_steps(rule: CellRule | IdentifierRule) -> tuple[Converter, ...]:
    """Compile `pad`, `prefix` and `pattern`."""
    steps: list[Converter] = []
    if rule.pad is not None:
        steps.append(_padded(rule.pad))
    if rule.prefix is not None:
        steps.append(_prefixed(rule.prefix))
    if rule.pattern is not None:
        steps.append(_pattern(re.compile(rule.pattern)))
    return tuple(steps)


def last_steps(
    rule: CellRule, *, api_timezone: str, notation: Notation, today: date | None
) -> tuple[Converter, ...]:
    """Compile `type`, its bounds and `max_length`.

    If `today` is None, bounds that depend on it are not checked.
    """
    steps: list[Converter] = []
    if rule.type is not CellType.TEXT:
        steps.append(_type_step(rule, api_timezone, notation))
    if rule.earliest is not None or rule.latest is not None:
        steps.append(bounds_converter(_day(rule.earliest, today), _day(rule.latest, today)))
    if rule.max_length is not None:
        steps.append(_longest(rule.max_length))
    return tuple(steps)


def identifier_steps(rule: IdentifierRule) -> tuple[Converter, ...]:
    """Compile the steps of an identifier, from `case` on."""
    return (*_case(rule), *middle_steps(rule))


def _case(rule: CellRule | IdentifierRule) -> tuple[Converter, ...]:
    if rule.case is None:
        return ()
    return (str.upper if rule.case is Case.UPPER else str.lower,)


def _padded(length: int) -> Converter:
    return lambda text: text.zfill(length) if text.isascii() and text.isdigit() else text


def _prefixed(prefix: str) -> Converter:
    return lambda text: text if text.startswith(prefix) else prefix + text


def _day(bound: str | None, today: date | None) -> date | None:
    if bound is None:
        return None
    parsed = parse_date_bound(bound)
    return parsed.day if today is None else parsed.on(today)


def _lookup(keys: Mapping[str, str]) -> Converter:
    as_people_see = {as_seen(key): value for key, value in keys.items()}
    nearest = NearestKeys(keys)
    expected = values.some(keys, most=5)

    def step(text: str) -> str | Issue:
        found = keys.get(text) or as_people_see.get(as_seen(text))
        if found is not None:
            return found
        near = nearest.of(text)
        if near:
            return Issue(IssueCode.NOT_IN_LOOKUP, {"text": text, "near": near}, "near")
        return Issue(IssueCode.NOT_IN_LOOKUP, {"text": text, **expected})

    return step


def _pattern(pattern: re.Pattern[str]) -> Converter:
    def step(text: str) -> str | Issue:
        if pattern.fullmatch(text):
            return text
        return Issue(IssueCode.PATTERN, {"text": text, "pattern": pattern.pattern})

    return step


def _longest(length: int) -> Converter:
    def step(text: str) -> str | Issue:
        if len(text) <= length:
            return text
        return Issue(IssueCode.TOO_LONG, {"text": text, "length": len(text), "most": length})

    return step


def _type_step(rule: CellRule, api_timezone: str, notation: Notation) -> Converter:
    compile_type, code = _TYPES[rule.type]
    written = compile_type(rule, api_timezone)
    if notation is Notation.RULE:
        return written
    canonical = compile_type(rule.model_copy(update=_CELL_NOTATION), api_timezone)
    # A number cell may still be one of the rule's own words: 1 and 0.
    if notation is Notation.CELL and rule.type is not CellType.BOOLEAN:
        return canonical
    both = values.either(written, canonical, code=code)
    return both if notation is Notation.CELL else _as_people_write(rule, both, api_timezone)


def _as_people_write(rule: CellRule, strict: Converter, api_timezone: str) -> Converter:
    """Return the converter for cells that a person may have typed."""
    if rule.type is CellType.INTEGER:
        return or_everyday(strict, everyday_integer, shown=())
    if rule.type is CellType.DECIMAL:
        return or_everyday(strict, everyday_decimal, shown=())
    formats = everyday_dates(rule.formats or ())
    if rule.type is CellType.DATE:
        shown = (ISO_DATE, *everyday_examples(formats, has_time=False))
        return or_everyday(strict, _date_in(api_timezone, formats), shown=shown)
    if rule.type is CellType.DATETIME:
        shown = (ISO_DATETIME, *everyday_examples(formats, has_time=True))
        return or_everyday(strict, _datetime_in(rule, api_timezone, formats), shown=shown)
    return strict


_CELL_NOTATION = {
    "formats": None,
    "decimal": None,
    "grouping": None,
    "negative": Negative.LEADING,
    "true_words": ("TRUE",),
    "false_words": ("FALSE",),
}


def _integer(rule: CellRule, _api_timezone: str) -> Converter:
    return numbers.integer_converter(_number_notation(rule))


def _decimal(rule: CellRule, _api_timezone: str) -> Converter:
    return numbers.decimal_converter(_number_notation(rule))


def _number_notation(rule: CellRule) -> numbers.NumberNotation:
    return numbers.NumberNotation(rule.decimal or ".", rule.grouping, rule.negative)


def _boolean(rule: CellRule, _api_timezone: str) -> Converter:
    if rule.true_words is None and rule.false_words is None:
        return values.boolean_converter(any_case=True)
    return values.boolean_converter(rule.true_words or (), rule.false_words or ())


def _date(rule: CellRule, api_timezone: str) -> Converter:
    return _date_in(api_timezone, _formats(rule))


def _datetime(rule: CellRule, api_timezone: str) -> Converter:
    return _datetime_in(rule, api_timezone, _formats(rule))


def _formats(rule: CellRule) -> tuple[DateFormat, ...]:
    return tuple(map(parse_date_format, rule.formats or ()))


def _date_in(api_timezone: str, formats: Sequence[DateFormat]) -> Converter:
    return values.date_converter(formats, zone=ZoneInfo(api_timezone))


def _datetime_in(rule: CellRule, api_timezone: str, formats: Sequence[DateFormat]) -> Converter:
    return values.datetime_converter(
        formats,
        zone=ZoneInfo(rule.timezone or api_timezone),
        sent_in=ZoneInfo(api_timezone),
        time_of_day=time.fromisoformat(rule.time) if rule.time else None,
    )


_TYPES: dict[CellType, tuple[Callable[[CellRule, str], Converter], IssueCode]] = {
    CellType.INTEGER: (_integer, IssueCode.BAD_INTEGER),
    CellType.DECIMAL: (_decimal, IssueCode.BAD_NUMBER),
    CellType.BOOLEAN: (_boolean, IssueCode.BAD_BOOLEAN),
    CellType.DATE: (_date, IssueCode.BAD_DATE),
    CellType.DATETIME: (_datetime, IssueCode.BAD_DATE),
}
