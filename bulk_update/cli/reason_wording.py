"""The text about rows that need attention: their most frequent reasons, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from bulk_update.cli.detail import Detail, labelled
from bulk_update.cli.layout import Line, line_of, width_of
from bulk_update.ledger import FrequentReason
from bulk_update.messages import number, phrase, remedy_unless_said, sentence_of
from bulk_update.records import Status


class ReasonLines:
    """Describes the reasons of a run, outcome by outcome; remedies already `said` are omitted."""

    def __init__(
        self,
        reasons: Sequence[FrequentReason],
        detail: Detail,
        *,
        said: str,
        indent: int,
        is_undo: bool,
    ) -> None:
        self._is_undo = is_undo
        self._shown = [each for each in reasons if each.place <= detail.reasons]
        self._detail = detail
        self._said = {said}
        self._indent = " " * indent
        by_place = sorted(self._shown, key=lambda each: each.place)
        self._longer = by_place[: detail.longer]

    def of(self, status: Status) -> list[Line]:
        """Return the reasons of an outcome, and the number of those omitted."""
        found = [each for each in self._shown if each.outcome == status]
        digits = max((len(number(each.rows)) for each in found), default=0)
        lines = [line for each in found for line in self._lines(each, digits)]
        more = found[0].kinds - len(found) if found else 0
        if more:
            others = phrase("and {count:number} other {count:form|reason|reasons}", count=more)
            lines.append(line_of(f"{self._indent}  {others}"))
        return lines

    def _lines(self, found: FrequentReason, digits: int) -> list[Line]:
        times = 2 if found in self._longer else 1
        label = f"{self._indent}  {number(found.rows):>{digits}}  "
        sentence = _sentence(found)
        columns = self._detail.columns
        lines = labelled(label, sentence, most=times, columns=columns)
        remedy = remedy_unless_said(found.code, said=sentence, is_undo=self._is_undo)
        if remedy and self._detail.remedies and remedy not in self._said:
            self._said.add(remedy)
            indent = " " * width_of(label)
            lines += labelled(f"{indent}-> ", remedy, most=times, columns=columns)
        return lines


def _sentence(found: FrequentReason) -> str:
    row = str(found.example)
    one = found.rows == 1
    example = (
        phrase("row {row:plain}", row=row) if one else phrase("such as row {row:plain}", row=row)
    )
    sentence = sentence_of(found.reason)
    return f"{found.code}, {example}" + (f": {sentence}" if sentence else "")
