"""Surveys a file without a mapping: how to read it, and what only a person can decide.

The whole file is read strictly. If several readings fit, the question stays open.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import filterfalse, islice
from pathlib import Path
from typing import NoReturn

from bulk_update.errors import InputError
from bulk_update.messages.remarks import Remark
from bulk_update.proposals import SourceEvidence, SourceOption
from bulk_update.readers.damage import has_unclosed_quote, torn_record, undecodable
from bulk_update.readers.header_rows import HeaderRow, find_header_row
from bulk_update.readers.headers import HINT_ROWS
from bulk_update.readers.kinds import kind_of, kind_to_name
from bulk_update.readers.text import candidates, head, shown
from bulk_update.readers.text_file import TextFile, UndecodableError, Utf8Error, open_text_file
from bulk_update.readers.workbook.selection import SheetHead, sheet_heads
from bulk_update.records import FileKind, Param, SourceOptions

_CODECS = ("cp1250", "iso8859_2", "cp1252")
"""The usual encodings of Polish and Western files, besides UTF-8."""
_UNSEEN = re.compile("[\x80-\x9f]")
_WORD = re.compile(rb"[^\s,;|\"']+")
_TEXT_AFTER_A_QUOTE = re.compile('"[^"]+" [^"]*[^" ]')
_WORDS = 3
_WORDS_LOOKED_AT = 10_000
_BLOCK_BYTES = 1 << 18
_BLOCK_CHARACTERS = 1 << 20


@dataclass(frozen=True, slots=True)
class SurveyedSource:
    """How to open a file, and the evidence for it."""

    options: SourceOptions
    evidence: SourceEvidence


def survey_source(path: Path, named: SourceOptions) -> SurveyedSource:
    """Find the encoding, the delimiter or sheet, and the header row; `named` options are certain.

    Raises InputError if the file is damaged or cannot be read, and UsageError for an invalid
    option.
    """
    findings = _Findings([], [], {}, [])
    kind = kind_to_name(path)
    if kind is not None:
        findings.add("kind", kind, Remark("unnamed-kind"))
    if kind_of(path, kind) is FileKind.WORKBOOK:
        options = _workbook(path, named, findings)
    else:
        try:
            options = _text(path, named, findings)
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error})") from error
    return SurveyedSource(replace(options, kind=kind), findings.evidence())


@dataclass(slots=True)
class _Findings:
    """Collects the evidence for a source."""

    lines: list[SourceOption]
    options: list[SourceOption]
    open: dict[str, Remark]
    notes: list[Remark]

    def add(self, key: str, value: str | int, remark: Remark | None = None) -> None:
        self.lines.append(SourceOption(key, value, remark))

    def ask(self, key: str, question: Remark, options: Sequence[SourceOption]) -> None:
        self.open[key] = question
        self.options += options

    def add_header(self, header: HeaderRow) -> None:
        is_below = header.number > 1 and header.is_certain
        self.add("header_row", header.number, Remark("title-lines") if is_below else None)
        if not header.is_certain:
            params: dict[str, Param] = {"row": header.number, "cells": header.cells}
            self.open["header_row"] = Remark("unclear-header", params)
        if not header.rows_below:
            self.notes.append(Remark("only-header"))

    def evidence(self) -> SourceEvidence:
        return SourceEvidence(
            tuple(self.lines),
            tuple(self.options),
            dict(self.open),
            tuple(self.notes),
            is_table_certain=not {"delimiter", "sheet", "header_row", "quote"} & set(self.open),
            is_encoding_certain="encoding" not in self.open,
        )


# --- text files


def _text(path: Path, named: SourceOptions, findings: _Findings) -> SourceOptions:
    file, encoding = _decoded(path, named.encoding, findings)
    layout = _layout(file, named.delimiter, findings)
    findings.add_header(layout.header)
    return SourceOptions(
        header_row=layout.header.number,
        encoding=encoding,
        delimiter=layout.delimiter,
        quotes_are_text=layout.quotes_are_text,
    )


def _decoded(path: Path, named: str | None, findings: _Findings) -> tuple[TextFile, str | None]:
    try:
        file = open_text_file(path, named)
    except UndecodableError as found:
        if named is not None or found.encoding.mark_bytes:
            raise undecodable(path, found, is_failed_csv=False, quotes_are_text=False) from found
        return _in_one_of_several(path, found, findings)
    except Utf8Error:
        raise InputError(
            f"{path}: the file is UTF-8, not {named}", hint=f"Leave out --encoding {named}."
        ) from None
    if file.encoding.mark_bytes:
        return file, None
    if named is not None:
        findings.add("encoding", named)
    elif _is_ascii(path):
        findings.notes.append(Remark("ascii-only"))
    else:
        findings.add("encoding", "utf-8")
    return file, named


def _is_ascii(path: Path) -> bool:
    with path.open("rb") as file:
        return all(block.isascii() for block in iter(lambda: file.read(_BLOCK_BYTES), b""))


def _in_one_of_several(
    path: Path, found: UndecodableError, findings: _Findings
) -> tuple[TextFile, str]:
    """Read the file in the first possible encoding, and show how each one reads it."""
    files = {codec: file for codec in _CODECS if (file := _read_as(path, codec))}
    if not files:
        raise undecodable(path, found, is_failed_csv=False, quotes_are_text=False) from found
    words = _distinctive_words(path, tuple(files))
    options = [
        SourceOption("encoding", codec, Remark("reading", {"words": _as_read(words, codec)}))
        for codec in files
    ]
    codec, file = next(iter(files.items()))
    findings.ask("encoding", Remark("several-encodings", {"codec": codec}), options)
    return file, codec


def _read_as(path: Path, codec: str) -> TextFile | None:
    """Return the file if all of it decodes, without characters that never occur in text."""
    with suppress(UndecodableError):
        file = open_text_file(path, codec)
        with file.open() as text:
            blocks = iter(lambda: text.read(_BLOCK_CHARACTERS), "")
            if not any(map(_UNSEEN.search, blocks)):
                return file
    return None


def _distinctive_words(path: Path, codecs: Sequence[str]) -> list[bytes]:
    """Return the first words that the encodings read differently, else the first non-ASCII ones."""
    distinctive: dict[bytes, None] = {}
    others: dict[bytes, None] = {}
    for word in islice(_words_beyond_ascii(path), _WORDS_LOOKED_AT):
        readings = {word.decode(codec, errors="replace") for codec in codecs}
        (distinctive if len(readings) > 1 else others)[word] = None
        if len(distinctive) >= _WORDS:
            break
    return [*distinctive, *others][:_WORDS]


def _words_beyond_ascii(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for block in iter(lambda: file.read(_BLOCK_BYTES), b""):
            for part in filterfalse(bytes.isascii, block.split()):
                yield from filterfalse(bytes.isascii, _WORD.findall(part))


def _as_read(words: Sequence[bytes], codec: str) -> tuple[str, ...]:
    return tuple(word.decode(codec, errors="replace") for word in words)


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


def _layout(file: TextFile, named: str | None, findings: _Findings) -> _Layout:
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


def _ask_about_quotes(file: TextFile, layouts: Sequence[_Layout], findings: _Findings) -> None:
    """Ask whether quotation marks are text, unless a cell proves it: `"ALFA" Ltd`.

    A cell that begins or ends with its only quotation mark may be one with an unclosed quote.
    """
    cells = [cell for row in file.records(layouts[0].delimiter) for cell in row if '"' in cell]
    beginning = [cell for cell in cells if cell.startswith('"')]
    if all(map(_TEXT_AFTER_A_QUOTE.fullmatch, beginning)):
        findings.add("quote", "none", Remark("quotes-are-text", {"text": beginning[0]}))
        return
    example = next(cell for cell in beginning if not _TEXT_AFTER_A_QUOTE.fullmatch(cell))
    question = Remark("which-quotes", {"text": example})
    option = SourceOption("quote", "none", Remark("quotes-read-as-text"))
    findings.ask("quote", question, [option])


def _best_fitting(layouts: Sequence[_Layout]) -> Sequence[_Layout]:
    """Return the layouts in which every row has the header's width, if there are any."""
    even = [layout for layout in layouts if not layout.uneven]
    return [layout for layout in even if not layout.titles] or even or layouts


def _find_delimiter(
    best: _Layout, fitting: Sequence[_Layout], findings: _Findings, *, is_certain: bool
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
            raise InputError(f"{file.path}: there are only blank lines", hint="Export it again.")
    raise torn_record(file, delimiter)


# --- workbooks


def _workbook(path: Path, named: SourceOptions, findings: _Findings) -> SourceOptions:
    headers = _headers(sheet_heads(path, named.sheet))
    with_data = {sheet: header for sheet, header in headers.items() if header.rows_below}
    tables = {sheet: header for sheet, header in with_data.items() if len(header.names) > 1}
    found = tables or with_data or headers
    if not found:
        raise InputError(f"{path}: no visible sheet has a table", hint="Name a sheet with --sheet.")
    sheet, header = max(found.items(), key=lambda each: len(each[1].names))
    if len(found) > 1:
        options = [
            SourceOption("sheet", name, Remark("columns-of-sheet", {"names": each.names[:5]}))
            for name, each in found.items()
        ]
        findings.ask("sheet", Remark("several-sheets", {"sheet": sheet}), options)
    elif named.sheet is not None or len(headers) > 1:
        findings.add("sheet", sheet)
    findings.add_header(header)
    return SourceOptions(sheet=sheet, header_row=header.number)


def _headers(sheets: Sequence[SheetHead]) -> Mapping[str, HeaderRow]:
    found = ((sheet.name, find_header_row(sheet.rows)) for sheet in sheets)
    return {name: header for name, header in found if header is not None}
