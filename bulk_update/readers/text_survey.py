"""Finds how to read a text file without a mapping: delimiter, header row, quotation marks."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import NoReturn

from bulk_update.errors import InputError
from bulk_update.messages.remarks import Remark
from bulk_update.proposals import SourceOption
from bulk_update.readers.damage import has_unclosed_quote, torn_record
from bulk_update.readers.encoding_survey import find_encoding
from bulk_update.readers.header_rows import HeaderRow, find_header_row
from bulk_update.readers.headers import HINT_ROWS
from bulk_update.readers.survey_findings import Findings
from bulk_update.readers.text import candidates, head, shown
from bulk_update.readers.text_file import TextFile
from bulk_update.records import Issue, SourceOptions

_ENCLOSED = re.compile('"(?:[^"]|"")*"')
_TEXT_AFTER_A_QUOTE = re.compile('"[^"]+" [^"]*[^" ]')


def survey_text(path: Path, named: SourceOptions, findings: Findings) -> SourceOptions:
    """Return the options to read a text file with; `named` ones are certain."""
    file, encoding = find_encoding(path, named.encoding, findings)
    layout = _layout(file, named.delimiter, findings)
    findings.add_header(layout.header)
    return SourceOptions(
        header_row=layout.header.number,
        encoding=encoding,
        delimiter=layout.delimiter,
        quotes_are_text=layout.quotes_are_text,
    )


@dataclass(frozen=True, slots=True)
class _Layout:
    """A text file as read with one delimiter.

    `titles` are the rows above the header; `uneven` are the rows below that differ from its width.
    """

    delimiter: str
    header: HeaderRow
    uneven: int
    quotes_are_text: bool = False

    @property
    def titles(self) -> int:
        return self.header.number - 1


def _layout(file: TextFile, named: str | None, findings: Findings) -> _Layout:
    delimiters = candidates(file, named)
    headers = _headers_with(file, delimiters)
    layouts = _layouts(file, headers)
    torn = [each for each in headers if each not in {layout.delimiter for layout in layouts}]
    if torn and not any(map(_is_plain_table, layouts)):
        found = _layouts_without_quotes(file, torn)
        if found:
            layouts = found
            _ask_about_quotes(replace(file, quotes_are_text=True), layouts, findings)
    if not layouts:
        _refuse(file, next(iter(headers), delimiters[0]))
    fitting = _best_fitting(layouts)
    best = min(fitting, key=lambda layout: (layout.uneven, -len(layout.header.names)))
    if len(best.header.names) > 1:
        is_certain = len(fitting) == 1 and (len(layouts) == 1 or not best.uneven)
        _find_delimiter(best, fitting, findings, is_certain=is_certain)
    return best


def _headers_with(file: TextFile, delimiters: Sequence[str]) -> Mapping[str, HeaderRow]:
    """Return the header that each delimiter shows; of one column only if none shows more."""
    headers = {each: header for each in delimiters if (header := _header(file, each))}
    return {each: h for each, h in headers.items() if len(h.names) > 1} or headers


def _layouts(file: TextFile, headers: Mapping[str, HeaderRow]) -> Sequence[_Layout]:
    found = (_layout_with(file, each, header) for each, header in headers.items())
    return [layout for layout in found if layout]


def _layouts_without_quotes(file: TextFile, delimiters: Sequence[str]) -> Sequence[_Layout]:
    """Return the layouts that are plain tables if quotation marks are text.

    A quote that opens and is never closed is damage, and no sign of that.
    """
    plain = replace(file, quotes_are_text=True)
    sound = [each for each in delimiters if not has_unclosed_quote(file, each)]
    return list(filter(_is_plain_table, _layouts(plain, _headers_with(plain, sound))))


def _is_plain_table(layout: _Layout) -> bool:
    return not layout.uneven and not layout.titles and len(layout.header.names) > 1


def _ask_about_quotes(file: TextFile, layouts: Sequence[_Layout], findings: Findings) -> None:
    """Ask whether quotation marks are text, unless a cell proves it: `"ALFA" Ltd`.

    A cell that begins or ends with its only quotation mark may be one with an unclosed quote.
    """
    cells = [cell for row in file.records(layouts[0].delimiter) for cell in row if '"' in cell]
    beginning = [cell for cell in cells if cell.startswith('"')]
    if all(map(_TEXT_AFTER_A_QUOTE.fullmatch, beginning)):
        findings.add("quote", "none", Remark("quotes-are-text", {"text": beginning[0]}))
        return
    example = next((cell for cell in beginning if not _ENCLOSED.fullmatch(cell)), beginning[0])
    question = Remark("which-quotes", {"text": example})
    option = SourceOption("quote", "none", Remark("quotes-read-as-text"))
    findings.ask("quote", question, [option])


def _best_fitting(layouts: Sequence[_Layout]) -> Sequence[_Layout]:
    """Return the layouts in which every row has the header's width, if there are any."""
    even = [layout for layout in layouts if not layout.uneven]
    return [layout for layout in even if not layout.titles] or even or layouts


def _find_delimiter(
    best: _Layout, fitting: Sequence[_Layout], findings: Findings, *, is_certain: bool
) -> None:
    if not is_certain:
        question = Remark("several-delimiters", {"delimiter": shown(best.delimiter)})
        findings.ask("delimiter", question, list(map(_delimiter_option, fitting)))
        return
    findings.add("delimiter", best.delimiter)
    if best.uneven:
        findings.notes.append(Remark("uneven-rows", {"count": best.uneven}))


def _delimiter_option(layout: _Layout) -> SourceOption:
    names = layout.header.names
    remark = Remark("columns-there", {"count": len(names), "names": names[:5]})
    return SourceOption("delimiter", layout.delimiter, remark)


def _header(file: TextFile, delimiter: str) -> HeaderRow | None:
    return find_header_row(dict(enumerate(head(file, delimiter, HINT_ROWS), 1)))


def _layout_with(file: TextFile, delimiter: str, header: HeaderRow) -> _Layout | None:
    """Read the whole file with a delimiter; return None if its quotes do not match."""
    rows = islice(file.records(delimiter), header.number, None)
    try:
        uneven = sum(1 for row in rows if not _fits(row, len(header.cells)))
    except csv.Error:
        return None
    return _Layout(delimiter, header, uneven, file.quotes_are_text)


def _fits(row: Sequence[str], width: int) -> bool:
    if len(row) == width:
        return True
    return not any(map(str.strip, row if len(row) < width else row[width:]))


def _refuse(file: TextFile, delimiter: str) -> NoReturn:
    """Raise the error that says why no delimiter gives a table."""
    with file.open() as text:
        if not any(map(str.strip, text)):
            raise InputError(Issue("input", {"path": str(file.path)}, "blank-lines"))
    raise torn_record(file, delimiter)
