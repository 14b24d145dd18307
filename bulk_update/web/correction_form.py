"""The form in which refused rows are corrected: what it shows, and what came back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from bulk_update.columns import column_key
from bulk_update.job.apply import loaded_mapping_of
from bulk_update.job.inspect import RowsToCorrect
from bulk_update.mapping import Mapping as RunMapping
from bulk_update.messages import told
from bulk_update.printable import printable
from bulk_update.reasons import restored
from bulk_update.records import FailedRow, Status
from bulk_update.web.cell_choices import CellChoices, Choice

NOT_CHOSEN = "not-chosen"
"""The code of a row that lost to another row for the same record."""

_CORRECTABLE = frozenset({Status.INVALID, Status.REJECTED, Status.DUPLICATE})
"""Outcomes that another text in a cell can change."""

_LONG = 60
_MOST_IN_A_LIST = 60
"""A longer list is offered beside a field of text, so that the page stays small."""

_PHONE_SIGNS = frozenset(" \u00a0-()./")
_PHONE = re.compile(r"\+?[0-9][0-9 \u00a0()./-]*")


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell of a row that was refused, with its invisible characters escaped.

    `name` is that of its field in the form, or empty if the cell is not offered for correction.
    `typed` is what the field holds; `choices` are the values that its column accepts.
    """

    column: str
    text: str
    name: str = ""
    typed: str = ""
    choices: tuple[Choice, ...] = ()

    @property
    def is_untouched(self) -> bool:
        """Whether its field holds the text of the file."""
        return self.typed == self.text

    @property
    def is_long(self) -> bool:
        """Whether its text needs a field with several lines."""
        return "\n" in self.text or len(self.text) > _LONG

    @property
    def is_list(self) -> bool:
        """Whether its values are few enough for a list to choose from."""
        return 0 < len(self.choices) <= _MOST_IN_A_LIST

    @property
    def other_texts(self) -> tuple[str, ...]:
        """The texts that the field may hold besides the values: the file's own, and a typed one."""
        known = {choice.text for choice in self.choices} | {""}
        return tuple(dict.fromkeys(each for each in (self.text, self.typed) if each not in known))


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row that needs attention, with its cells and the sentence that says why.

    Another row was chosen in place of one that `is_optional`: it is sent only if a person wants it,
    which `is_wanted` says.
    """

    number: int
    identifier: str
    outcome: str
    code: str
    sentence: str
    cells: tuple[ShownCell, ...]
    is_wanted: bool = False

    @property
    def is_correctable(self) -> bool:
        """Whether any of its cells is offered for correction."""
        return bool(self.offered)

    @property
    def offered(self) -> tuple[ShownCell, ...]:
        """The cells that are offered for correction."""
        return tuple(cell for cell in self.cells if cell.name)

    @property
    def others(self) -> tuple[ShownCell, ...]:
        """The other cells."""
        return tuple(cell for cell in self.cells if not cell.name)

    @property
    def is_optional(self) -> bool:
        """Whether there is nothing to correct, and another row was chosen."""
        return self.code == NOT_CHOSEN and self.is_correctable

    @property
    def wish(self) -> str:
        """The name of the field that says whether a row is wanted that another one replaced."""
        return f"send-{self.number}"

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of its fields in the form."""
        names = tuple(cell.name for cell in self.offered)
        return (self.wish, *names) if self.is_optional else names


class Corrections(NamedTuple):
    """What came back of a form: the rows to send, and what was typed into the fields."""

    rows: list[FailedRow]
    typed: dict[str, str]


def shown_rows(
    found: RowsToCorrect, typed: Mapping[str, str], choices: CellChoices
) -> tuple[ShownRow, ...]:
    """Return the rows as the form shows them; `typed` are texts by the names of fields.

    The cells that a reason names can be corrected; if none is named, such as after a refusal by
    the service, all cells that the mapping uses.
    """
    used = {column_key(name) for name in loaded_mapping_of(found.run).mapping.column_names}
    return tuple(_shown(row, found.header, used, typed, choices) for row in found.rows)


def corrections_in(
    found: RowsToCorrect, shown: Sequence[ShownRow], answers: Mapping[str, str]
) -> Corrections:
    """Return the rows in which a person changed at least one cell, and those that are wanted.

    Cells whose text comes back as it was shown keep their original text. Signs that people write
    between the digits of a phone number are left out where the mapping removes such signs.
    """
    mapping = loaded_mapping_of(found.run).mapping
    rows: list[FailedRow] = []
    typed: dict[str, str] = {}
    for row, form in zip(found.rows, shown, strict=True):
        texts = {cell.name: _text_in(cell, answers) for cell in form.offered}
        changed = {cell.name: texts[cell.name] for cell in form.offered
                   if texts[cell.name] != cell.text}  # fmt: skip
        is_wanted = form.is_optional and form.wish in answers
        typed |= changed
        if is_wanted:
            typed[form.wish] = "on"
        if changed or is_wanted:
            rows.append(_corrected(row, form, changed, mapping))
    return Corrections(rows, typed)


def _text_in(cell: ShownCell, answers: Mapping[str, str]) -> str:
    return _with_line_feeds(answers.get(cell.name, cell.text))


def _corrected(
    row: FailedRow, form: ShownRow, changed: Mapping[str, str], mapping: RunMapping
) -> FailedRow:
    cells = json.loads(row.cells)
    for index, cell in enumerate(form.cells):
        if cell.name in changed:
            cells[index] = _as_phone(changed[cell.name], cell.column, mapping)
    return row._replace(cells=json.dumps(cells).encode())


def _as_phone(text: str, column: str, mapping: RunMapping) -> str:
    """Return a phone number without the signs between its digits, any other text unchanged."""
    removed = {
        sign
        for _, rule in mapping.update.rules()
        if rule.column is not None and column_key(rule.column) == column_key(column)
        for sign in rule.remove or ""
    }
    if not removed or not removed <= _PHONE_SIGNS or not _PHONE.fullmatch(text.strip()):
        return text
    return "".join(sign for sign in text if sign not in _PHONE_SIGNS)


def _shown(
    row: FailedRow,
    header: Sequence[str],
    used: set[str],
    typed: Mapping[str, str],
    choices: CellChoices,
) -> ShownRow:
    cells = json.loads(row.cells)
    named = {column_key(name) for issue in restored(row.reasons) for name in issue.columns}
    offered = named if named & {column_key(name) for name in header} else used
    if row.outcome not in _CORRECTABLE or len(cells) != len(header):
        offered = set()
    shown = ShownRow(
        row.number,
        printable(row.identifier or ""),
        row.outcome,
        row.code,
        told(row.reasons),
        tuple(_cells(row, cells, header, offered, typed, choices)),
    )
    return replace(shown, is_wanted=shown.wish in typed)


def _cells(
    row: FailedRow,
    cells: Sequence[str],
    header: Sequence[str],
    offered: set[str],
    typed: Mapping[str, str],
    choices: CellChoices,
) -> Iterator[ShownCell]:
    for index, (column, cell) in enumerate(zip(header, cells, strict=False)):
        text = _shown_text(cell)
        if column_key(column) not in offered:
            yield ShownCell(printable(column), text)
            continue
        name = f"cell-{row.number}-{index}"
        listed = choices.of(column, row.campaign_id)
        yield ShownCell(printable(column), text, name, typed.get(name, text), listed)


def _shown_text(cell: str) -> str:
    """Return a cell as a form can hold it: lines end with a line feed, as browsers see them."""
    return printable(_with_line_feeds(cell), keep="\n")


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
