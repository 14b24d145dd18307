"""The parts of a workbook beside its sheets: which sheets there are, styles, shared strings."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bulk_update.readers.number_formats import (
    GENERAL,
    NumberFormat,
    built_in_format,
    number_format,
)
from bulk_update.readers.workbook_archive import damaged, open_archive, refused
from bulk_update.readers.workbook_cells import EPOCH_1900, EPOCH_1904, unescaped
from bulk_update.readers.workbook_xml import Attributes, Listener, listen

_PACKAGE_RELATIONS = "_rels/.rels"
_RELATIONS_SPACE = ("http://schemas.openxmlformats.org/package/2006/relationships",)
_ID_ATTRIBUTES = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships id",
    "http://purl.oclc.org/ooxml/officeDocument/relationships id",
)
_TRUE = ("1", "true", "on")


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet as the workbook lists it; `part` is None for what is no table (a chart)."""

    name: str
    is_visible: bool
    part: str | None


@dataclass(frozen=True, slots=True)
class Workbook:
    """An open workbook: whatever is needed to read the cells of its sheets."""

    path: Path
    archive: zipfile.ZipFile
    sheets: tuple[SheetEntry, ...]
    formats: tuple[NumberFormat, ...]
    strings: list[str]
    epoch: datetime


@dataclass(frozen=True, slots=True)
class _Relation:
    kind: str
    part: str


def open_workbook(path: Path) -> Workbook:
    """Open a workbook whose parts are all there; raises InputError and XmlError."""
    archive = open_archive(path)
    main = _main_part(path, archive)
    relations = _relations(path, archive, main)
    by_kind = {relation.kind: relation.part for relation in relations.values()}
    names = set(archive.namelist())
    for kind in ("styles", "sharedStrings"):
        if kind in by_kind and by_kind[kind] not in names:
            raise damaged(path, f"the part {by_kind[kind]!r} is missing")
    sheets, epoch = _sheets(path, archive, main, relations)
    formats = _formats(archive, by_kind["styles"]) if "styles" in by_kind else [GENERAL]
    strings = _shared_strings(archive, by_kind.get("sharedStrings"))
    return Workbook(path, archive, tuple(sheets), tuple(formats), strings, epoch)


def _main_part(path: Path, archive: zipfile.ZipFile) -> str:
    for relation in _relations(path, archive, "").values():
        if relation.kind == "officeDocument":
            if relation.part not in archive.namelist():
                raise damaged(path, f"the part {relation.part!r} is missing")
            return relation.part
    raise damaged(path, "it does not say which part is the workbook")


def _relations(path: Path, archive: zipfile.ZipFile, of: str) -> dict[str, _Relation]:
    """Return the parts that a part refers to, by their id; those of the zip itself for ""."""
    folder, name = posixpath.split(of)
    listing = posixpath.join(folder, "_rels", f"{name}.rels")
    found: dict[str, _Relation] = {}

    def add(attributes: Attributes) -> None:
        target = attributes.get("Target", "")
        if attributes.get("TargetMode") == "External":
            raise refused(path, f"a part of it lies outside of it, at {target!r}")
        kind = attributes.get("Type", "").rpartition("/")[2]
        part = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        found[attributes.get("Id", "")] = _Relation(kind, part)

    if listing not in archive.namelist():
        raise damaged(path, f"the part {listing!r} is missing")
    _drain(listen(archive, listing, Listener({"Relationship": add}, namespaces=_RELATIONS_SPACE)))
    return found


def _sheets(
    path: Path, archive: zipfile.ZipFile, main: str, relations: dict[str, _Relation]
) -> tuple[list[SheetEntry], datetime]:
    sheets: list[SheetEntry] = []
    epochs = [EPOCH_1900]
    names = set(archive.namelist())

    def add(attributes: Attributes) -> None:
        name = unescaped(attributes.get("name", ""))
        target = next((attributes[key] for key in _ID_ATTRIBUTES if key in attributes), "")
        relation = relations.get(target)
        if relation is None or relation.part not in names:
            raise damaged(path, f'the sheet "{name}" is listed, but not there')
        part = relation.part if relation.kind == "worksheet" else None
        is_visible = attributes.get("state", "visible") == "visible"
        sheets.append(SheetEntry(name, is_visible, part))

    def set_epoch(attributes: Attributes) -> None:
        if attributes.get("date1904", "").lower() in _TRUE:
            epochs.append(EPOCH_1904)

    _drain(listen(archive, main, Listener({"sheet": add, "workbookPr": set_epoch})))
    return sheets, epochs[-1]


def _formats(archive: zipfile.ZipFile, part: str) -> list[NumberFormat]:
    """Return the number formats of the cell styles, in their order."""
    codes: dict[str, str] = {}
    numbers: list[str] = []
    in_cell_styles = [False]

    def add_code(attributes: Attributes) -> None:
        codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")

    def add_style(attributes: Attributes) -> None:
        if in_cell_styles[0]:
            numbers.append(attributes.get("numFmtId", "0"))

    def enter(_: Attributes) -> None:
        in_cell_styles[0] = True

    def leave() -> None:
        in_cell_styles[0] = False

    starts = {"numFmt": add_code, "cellXfs": enter, "xf": add_style}
    _drain(listen(archive, part, Listener(starts, {"cellXfs": leave})))
    return [_format(number, codes) for number in numbers] or [GENERAL]


def _format(number: str, codes: dict[str, str]) -> NumberFormat:
    if number in codes:
        return number_format(unescaped(codes[number]))
    return (built_in_format(int(number)) if number.isdecimal() else None) or GENERAL


def _shared_strings(archive: zipfile.ZipFile, part: str | None) -> list[str]:
    """Return the texts that cells refer to by number: without styles, and without phonetics."""
    strings: list[str] = []
    pieces: list[str] = []
    text: list[str] = []
    is_phonetic = [False]

    def begin(_: Attributes) -> None:
        pieces.clear()

    def begin_text(_: Attributes) -> None:
        text.clear()

    def begin_phonetic(_: Attributes) -> None:
        is_phonetic[0] = True

    def end_phonetic() -> None:
        is_phonetic[0] = False

    def end_text() -> None:
        if not is_phonetic[0]:
            pieces.append("".join(text))

    def end() -> None:
        strings.append(unescaped("".join(pieces)))

    if part is not None:
        starts = {"si": begin, "t": begin_text, "rPh": begin_phonetic}
        ends = {"si": end, "t": end_text, "rPh": end_phonetic}
        _drain(listen(archive, part, Listener(starts, ends, text.append)))
    return strings


def _drain(reading: Iterator[None]) -> None:
    for _ in reading:
        pass
