"""The answers about a file as a mapping, which `bulk-update check FILE -m MAPPING` plans alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bulk_update.cells.numbers import Negative
from bulk_update.cells.typed_cells import CellType
from bulk_update.mapping.schema import STATUS_ID
from bulk_update.printable import printable
from bulk_update.proposals import Reading, SourceOption, printable_json, scalar, source_value
from bulk_update.web.answers import ColumnAnswer, ColumnValues, Goal, ValueAnswers

Keys = Mapping[str, str | tuple[str, ...]]
"""The keys of a rule; those with an empty value are not written."""

_ORDER = (
    Goal.STATUS_NAME,
    Goal.STATUS_LOOKUP,
    Goal.STATUS_ID,
    Goal.AGENT,
    Goal.AGENT_LOOKUP,
    Goal.NEXT_CALL,
)
_LONGEST_JOB = 60


@dataclass(frozen=True, slots=True)
class MappingAnswers:
    """Everything that a mapping says; `columns` are in the order of the file.

    `title` is the comment on its first line. `host` is the only system that it may be used with
    (None: any). `source` are the lines that say how the file is read.
    """

    title: str
    job: str
    columns: Mapping[str, ColumnAnswer]
    values: ValueAnswers
    campaign: str | None = None
    host: str | None = None
    source: Sequence[SourceOption] = ()
    is_live: bool = True

    def columns_of(self, *goals: Goal) -> list[str]:
        """Return the columns that go to one of these."""
        return [name for name, answer in self.columns.items() if answer.goal in goals]


def mapping_text(answers: MappingAnswers) -> str:
    """Return the mapping; it loads if the answers are complete and without contradictions."""
    return "\n".join([*_lines(answers), ""])


def job_name(file_name: str) -> str:
    """Return the name of the job that a file begins: that of the file, without its suffix."""
    return printable(Path(file_name).stem).strip()[:_LONGEST_JOB].strip() or "web"


def _lines(answers: MappingAnswers) -> Iterator[str]:
    yield f"# {answers.title}"
    yield "version: 1"
    yield f"name: {scalar(answers.job)}"
    if answers.host:
        yield f"host: {scalar(answers.host)}"
    if answers.source:
        yield "source:"
        for option in answers.source:
            yield f"  {option.key}: {source_value(option)}"
    yield from _campaign(answers)
    for name in answers.columns_of(Goal.IDENTIFIER):
        values = answers.values.of(name)
        yield f"identifier: {_rule(name, {'blanks': values.blanks, 'pad': values.padded})}"
    yield "update:"
    yield from _update(answers)
    yield from _where(answers)
    yield f"duplicates: {answers.values.duplicates}"
    if answers.is_live:
        yield "live: true"


def _campaign(answers: MappingAnswers) -> Iterator[str]:
    columns = answers.columns_of(Goal.CAMPAIGN)
    if columns:
        yield f"campaign: {_rule(columns[0], {})}"
    elif answers.campaign:
        yield f"campaign: {printable_json(answers.campaign)}"


def _update(answers: MappingAnswers) -> Iterator[str]:
    for goal in _ORDER:
        for name in answers.columns_of(goal):
            yield from _field(
                _key_of(goal), name, answers.columns[name], answers.values.of(name), 2
            )
    fields = answers.columns_of(Goal.FIELD)
    if fields:
        yield "  record_fields:"
    for name in fields:
        answer = answers.columns[name]
        yield from _field(answer.field, name, answer, answers.values.of(name), 4)


def _key_of(goal: Goal) -> str:
    """Return the key of a field's rule below `update`."""
    match goal:
        case Goal.STATUS_LOOKUP:
            return STATUS_ID
        case Goal.AGENT_LOOKUP:
            return Goal.AGENT
        case _:
            return goal


def _field(
    key: str, column: str, answer: ColumnAnswer, values: ColumnValues, indent: int
) -> Iterator[str]:
    margin = " " * indent
    keys = dict(_keys(answer, values))
    if not values.lookup or answer.goal in {Goal.FIELD, Goal.NEXT_CALL}:
        yield f"{margin}{scalar(key)}: {_rule(column, keys)}"
        return
    yield f"{margin}{scalar(key)}:"
    yield f"{margin}  column: {scalar(column)}"
    yield from (f"{margin}  {name}: {_written(value)}" for name, value in keys.items() if value)
    yield f"{margin}  lookup:"
    for text, value in values.lookup.items():
        yield f"{margin}    {scalar(text)}: {scalar(value)}"


def _keys(
    answer: ColumnAnswer, values: ColumnValues
) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """Yield the keys of a rule besides its column and its `lookup`."""
    if answer.goal is Goal.NEXT_CALL:
        yield "type", CellType.DATETIME
        yield "formats", answer.reading.formats if answer.reading else ()
        yield "time", values.time
    elif answer.goal is Goal.FIELD and answer.reading is not None:
        yield from reading_keys(answer.reading)
        if answer.reading.type is CellType.BOOLEAN:
            yield "true", values.true_words
            yield "false", values.false_words
    yield "blanks", values.blanks
    if answer.goal is Goal.FIELD and (answer.reading is None or _is_text(answer.reading)):
        yield "remove", values.removed


def reading_keys(reading: Reading) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """Yield the keys that a reading needs; text needs none."""
    if _is_text(reading):
        return
    yield "type", reading.type
    yield "formats", reading.formats
    if reading.type is CellType.DECIMAL and reading.decimal == ",":
        yield "decimal", reading.decimal
    yield "grouping", reading.grouping
    if reading.negative is not Negative.LEADING:
        yield "negative", reading.negative


def _is_text(reading: Reading) -> bool:
    return reading.type is CellType.TEXT


def _where(answers: MappingAnswers) -> Iterator[str]:
    left_out = [
        (name, texts) for name in answers.columns if (texts := answers.values.of(name).left_out)
    ]
    if left_out:
        yield "where:"
    for name, texts in left_out:
        yield f"  - {_rule(name, {'not_in': texts})}"


def _rule(column: str, keys: Keys) -> str:
    written = [f"{key}: {_written(value)}" for key, value in keys.items() if value]
    return f"{{{', '.join([f'column: {scalar(column)}', *written])}}}"


def _written(value: str | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(scalar, value))}]"
    return scalar(value)
