"""A workbook as openpyxl opens it: its sheets, its styles and the texts that its cells share.

openpyxl's reader is taken step by step instead of by `load_workbook`. The steps left out
(properties, theme, charts, defined names) read nothing of a cell, and are where odd files break
it; and in between stand questions that it passes over: what it does not find it leaves away.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import IO, cast

from openpyxl import Workbook as Book
from openpyxl.cell.text import Text
from openpyxl.packaging.relationship import Relationship, get_dependents, get_rels_path
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.escape import unescape
from openpyxl.xml.constants import SHEET_MAIN_NS
from openpyxl.xml.functions import fromstring, iterparse

from bulk_update.errors import InputError
from bulk_update.readers.workbook_archive import PartsArchive, damaged, open_archive, refused
from bulk_update.readers.workbook_strings import SharedStrings

_MAIN = f"{{{SHEET_MAIN_NS}}}"
OWN_FORMATS_FROM = 164
"""Number formats below this number are built into spreadsheet programs."""
_LONGEST_MESSAGE = 200


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet as the workbook lists it; `part` is None for what is no table (a chart)."""

    name: str
    is_visible: bool
    part: str | None


@dataclass(frozen=True, slots=True)
class Workbook:
    """An open workbook: whatever is needed to read the cells of its sheets.

    `strings` are the texts that cells refer to by their position, with escapes like `_x000D_`.
    `is_calculated` tells whether the values beside formulas are theirs: libraries that cannot
    calculate write zeros, and ask spreadsheet programs to do it when they open the file.
    """

    path: Path
    archive: zipfile.ZipFile
    book: Book
    sheets: tuple[SheetEntry, ...]
    strings: SharedStrings
    is_calculated: bool


@contextmanager
def open_workbook(path: Path) -> Iterator[Workbook]:
    """Open a workbook whose parts are all there; raises InputError."""
    with open_archive(path) as archive:
        with openpyxl_at_work(path):
            workbook = _workbook(path, archive)
        yield workbook


@contextmanager
def openpyxl_at_work(path: Path) -> Iterator[None]:
    """Turn into InputError whatever openpyxl raises: it has no errors of its own for bad files."""
    try:
        yield
    except (InputError, MemoryError):
        raise
    except Exception as error:
        finding = " ".join(str(error).split())[:_LONGEST_MESSAGE] or type(error).__name__
        raise refused(path, f"openpyxl cannot read it ({finding})") from error


def _workbook(path: Path, archive: zipfile.ZipFile) -> Workbook:
    file = cast("IO[bytes]", archive.fp)
    reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
    reader.archive = archive  # the one that was checked, not one of its own
    main = _main_part(path, archive)
    reader.read_manifest()
    reader.read_workbook()
    if reader.parser.workbook_part_name.lower() != main.lower():
        raise damaged(path, "it names two parts as the workbook")
    listing = get_rels_path(main)  # type: ignore[no-untyped-call]  # openpyxl's stubs leave it out
    related = get_dependents(archive, listing)
    relations = {relation.id: relation for relation in _inside(path, related)}
    parts = {_kind(relation): relation.target for relation in relations.values()}
    if "styles" in parts:
        _apply_styles(path, archive, parts["styles"], reader.wb)
    shared = parts.get("sharedStrings")
    strings = SharedStrings(() if shared is None else _shared_strings(archive, shared))
    sheets = _sheets(path, reader, relations)
    return Workbook(path, archive, reader.wb, sheets, strings, _is_calculated(archive, main))


def _main_part(path: Path, archive: zipfile.ZipFile) -> str:
    """Return the part that the zip calls the workbook; openpyxl does not ask it."""
    for relation in _inside(path, get_dependents(archive, "_rels/.rels")):
        if _kind(relation) == "officeDocument":
            return str(relation.target)
    raise damaged(path, "it does not say which part is the workbook")


def _inside(path: Path, relations: Iterable[Relationship]) -> Iterator[Relationship]:
    """Refuse what lies outside of the workbook, where openpyxl would leave it away."""
    for relation in relations:
        if relation.TargetMode == "External":
            raise refused(path, f"a part of it lies outside of it, at {relation.target!r}")
        yield relation


def _kind(relation: Relationship) -> str:
    return str(relation.Type).rpartition("/")[2]


def _is_calculated(archive: zipfile.ZipFile, main: str) -> bool:
    """Tell whether formulas have their values: spreadsheet programs save no file without.

    openpyxl takes a missing `fullCalcOnLoad` (ECMA-376, part 1, 18.2.2) for true.
    """
    settings = fromstring(archive.read(main)).iter(f"{_MAIN}calcPr")
    return not any(found.get("fullCalcOnLoad") in {"1", "true"} for found in settings)


def _sheets(
    path: Path, reader: ExcelReader, relations: dict[str | None, Relationship]
) -> tuple[SheetEntry, ...]:
    archive = cast("PartsArchive", reader.archive)
    sheets: list[SheetEntry] = []
    for listed in reader.parser.sheets:
        name = unescape(listed.name)
        relation = relations.get(listed.id)
        if relation is None or relation.target not in archive:
            raise damaged(path, f'the sheet "{name}" is listed, but not there')
        part = str(relation.target) if _kind(relation) == "worksheet" else None
        sheets.append(SheetEntry(name, listed.state in {None, "visible"}, part))
    if not sheets:
        raise damaged(path, "it lists no sheets")
    return tuple(sheets)


def _apply_styles(path: Path, archive: zipfile.ZipFile, part: str, book: Book) -> None:
    """Give openpyxl the styles wherever they are: it looks for them in one place alone."""
    content = archive.read(part)
    # It counts the workbook's own formats anew: for one that is missing it would take another.
    styles = fromstring(content)
    known = {entry.get("numFmtId") for entry in styles.iter(f"{_MAIN}numFmt")}
    for style in styles.iterfind(f"{_MAIN}cellXfs/{_MAIN}xf"):
        number = style.get("numFmtId", "0")
        if int(number) >= OWN_FORMATS_FROM and number not in known:
            raise damaged(path, f"the number format {number} is missing")
    anywhere = SimpleNamespace(read=lambda _: content)
    apply_stylesheet(cast("zipfile.ZipFile", anywhere), book)


def _shared_strings(archive: zipfile.ZipFile, part: str) -> Iterator[str]:
    """Yield the shared strings as they are written.

    openpyxl's own loop takes `x005F_` out of them. Thereafter nobody can tell `_x005F_x000D_`,
    which stands for these letters, from `_x000D_`, which stands for a carriage return.
    """
    with archive.open(part) as stream:
        elements = iterparse(stream, events=("start", "end"))
        _, table = next(elements)
        for event, element in elements:
            if event == "end" and element.tag == f"{_MAIN}si":
                yield cast("Text", Text.from_tree(element)).content
                table.clear()  # even empty elements of a large table would fill the memory
