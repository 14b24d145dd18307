"""The parts of a workbook beside its sheets: which sheets there are, styles, shared strings."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
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
from bulk_update.readers.workbook_strings import shared_strings
from bulk_update.readers.workbook_xml import Attributes, Listener, position, read_whole

_SHARED = "sharedStrings"
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


@contextmanager
def open_workbook(path: Path) -> Iterator[Workbook]:
    """Open a workbook whose parts are all there; raises InputError and XmlError."""
    with open_archive(path) as archive:
        yield _workbook(path, archive)


def _workbook(path: Path, archive: zipfile.ZipFile) -> Workbook:
    main = _main_part(path, archive)
    relations = _relations(path, archive, main)
    by_kind = {relation.kind: relation.part for relation in relations.values()}
    names = set(archive.namelist())
    for kind in ("styles", _SHARED):
        if kind in by_kind and by_kind[kind] not in names:
            raise damaged(path, f"the part {by_kind[kind]!r} is missing")
    sheets, epoch = _sheets(path, archive, main, relations)
    if not sheets:
        raise damaged(path, "it lists no sheets")
    formats = _formats(archive, by_kind.get("styles"))
    strings = shared_strings(archive, by_kind[_SHARED]) if _SHARED in by_kind else []
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
    listener = Listener({"Relationship": add}, namespaces=_RELATIONS_SPACE)
    read_whole(archive, listing, listener)
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

    read_whole(archive, main, Listener({"sheet": add, "workbookPr": set_epoch}))
    return sheets, epochs[-1]


class _Styles:
    """The number formats of the cell styles, in their order."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}
        self._numbers: list[str] = []
        self._are_cell_styles = False

    def listener(self) -> Listener:
        return Listener(
            {"numFmt": self._add_code, "cellXfs": self._enter, "xf": self._add_style},
            {"cellXfs": self._leave},
        )

    def formats(self) -> list[NumberFormat]:
        return [self._format(number) for number in self._numbers] or [GENERAL]

    def _add_code(self, attributes: Attributes) -> None:
        self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")

    def _add_style(self, attributes: Attributes) -> None:
        if self._are_cell_styles:
            self._numbers.append(attributes.get("numFmtId", "0"))

    def _enter(self, _: Attributes) -> None:
        self._are_cell_styles = True

    def _leave(self) -> None:
        self._are_cell_styles = False

    def _format(self, number: str) -> NumberFormat:
        if number in self._codes:
            return number_format(unescaped(self._codes[number]))
        return built_in_format(position(number, 0)) or GENERAL


def _formats(archive: zipfile.ZipFile, part: str | None) -> list[NumberFormat]:
    styles = _Styles()
    if part is not None:
        read_whole(archive, part, styles.listener())
    return styles.formats()
