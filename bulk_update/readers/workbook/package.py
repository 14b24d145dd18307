"""A workbook as a package of parts (ECMA-376, part 2): its sheets, and the data of their cells.

Only necessary parts are read: shared strings when a cell refers to one, styles when a cell holds a
number. Themes, drawings, properties and other parts are never read.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH
from openpyxl.utils.escape import unescape

from bulk_update.errors import InputError
from bulk_update.readers.workbook.archive import Archive, damaged, open_archive
from bulk_update.readers.workbook.messages import SheetKind
from bulk_update.readers.workbook.shared_strings import SharedStrings, read_shared_strings
from bulk_update.readers.workbook.styles import Styles, read_styles
from bulk_update.readers.workbook.xml_stream import Attributes, Element, parse_part
from bulk_update.records import Issue

_CONTENT_TYPES = "[Content_Types].xml"
_WORKBOOK_TYPES = frozenset(
    {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml",
        "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        "application/vnd.ms-excel.template.macroEnabled.main+xml",
    }
)
_RELATION_ID = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships id",
    "http://purl.oclc.org/ooxml/officeDocument/relationships id",
)
_DOCUMENTS = {"word": "word", "ppt": "presentation"}
_TRUE = ("1", "true")
_HIDDEN = ("hidden", "veryHidden")


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet in the workbook's list; only a table has a `part`."""

    name: str
    is_visible: bool
    kind: SheetKind
    part: str


class Workbook:
    """An open workbook, with everything needed to read the cells of its sheets.

    `epoch` is the day from which its serial dates count. `is_calculated` says whether the stored
    values of formulas are valid: libraries that cannot calculate write zeros, and ask spreadsheet
    programs to calculate when opening the file.
    """

    def __init__(self, archive: Archive) -> None:
        main = _main_part(archive)
        _refuse_foreign(archive, main)
        _check_content_types(archive, main)
        properties: Attributes = {}
        calculation: Attributes = {}
        listed: list[Attributes] = []
        children = {
            "workbookPr": Element(start=properties.update),
            "sheets": Element(children={"sheet": Element(start=listed.append)}),
            "calcPr": Element(start=calculation.update),
        }
        document = Element(children={"workbook": Element(children=children)})
        parse_part(archive, main, document)
        relations = _relations(archive, main)
        self.archive, self.path = archive, archive.path
        self.epoch: datetime = MAC_EPOCH if properties.get("date1904") in _TRUE else WINDOWS_EPOCH
        self.is_calculated = calculation.get("fullCalcOnLoad") not in _TRUE
        self.sheets = tuple(_sheet(archive, entry, relations) for entry in listed)
        if not self.sheets:
            raise damaged(self.path, Issue("input", variant="no-sheets-listed"))
        self._parts = {relation.kind: relation.target for relation in relations.values()}

    @cached_property
    def strings(self) -> SharedStrings:
        """The texts that cells refer to by position."""
        part = self._parts.get("sharedStrings")
        return SharedStrings() if part is None else read_shared_strings(self.archive, part)

    @cached_property
    def styles(self) -> Styles:
        """The number formats that cells refer to by the position of a style."""
        part = self._parts.get("styles")
        is_there = part is not None and part in self.archive
        return read_styles(self.archive, part) if part and is_there else Styles()


@contextmanager
def open_workbook(path: Path) -> Iterator[Workbook]:
    """Open a workbook.

    Raises InputError and XmlError if it is damaged or harmful. Damage in its sheets, styles and
    shared strings is reported only when they are read.
    """
    with open_archive(path) as archive:
        yield Workbook(archive)


class _Relation(NamedTuple):
    """A relationship to another part; parts outside the workbook are never read."""

    kind: str
    target: str
    is_external: bool = False


def _relations(archive: Archive, source: str) -> Mapping[str, _Relation]:
    """Return the relationships of a part by their ids."""
    folder, name = posixpath.split(source)
    found: dict[str, _Relation] = {}

    def add(attributes: Attributes) -> None:
        target = attributes.get("Target", "").replace("\\", "/")
        if attributes.get("TargetMode") == "External":
            found[attributes.get("Id", "")] = _Relation("", target, is_external=True)
            return
        kind = attributes.get("Type", "").rpartition("/")[2]
        found[attributes.get("Id", "")] = _Relation(kind, _part_of(archive, folder, target))

    relations = Element(children={"Relationship": Element(start=add)})
    document = Element(children={"Relationships": relations})
    parse_part(archive, posixpath.join(folder, "_rels", f"{name}.rels"), document)
    return found


def _part_of(archive: Archive, folder: str, target: str) -> str:
    """Return the part that a relationship of a part in `folder` refers to.

    A target may be percent-encoded (ECMA-376, part 2, 6.2.2). Some programs write it relative to
    the root, but without the leading slash.
    """
    written = [posixpath.join("/", base, target) for base in (folder, "")]
    names = [posixpath.normpath(path).lstrip("/") for path in (*written, *map(unquote, written))]
    return next((name for name in names if name in archive), names[0])


def _main_part(archive: Archive) -> str:
    """Return the part that the zip declares as the workbook."""
    for relation in _relations(archive, "").values():
        if relation.kind == "officeDocument":
            return relation.target
    raise damaged(archive.path, Issue("input", variant="no-main-part"))


def _refuse_foreign(archive: Archive, main: str) -> None:
    folder, _, name = main.lower().rpartition("/")
    what = "binary-workbook" if name.endswith(".bin") else _DOCUMENTS.get(folder)
    if what:
        raise InputError(Issue("input", {"path": str(archive.path)}, what))


def _check_content_types(archive: Archive, main: str) -> None:
    """Refuse a package whose content types declare another part as the workbook."""
    if _CONTENT_TYPES not in archive:
        return
    named: list[str] = []

    def add(attributes: Attributes) -> None:
        if attributes.get("ContentType") in _WORKBOOK_TYPES:
            named.append(attributes.get("PartName", "").lstrip("/").lower())

    types = Element(children={"Override": Element(start=add)})
    parse_part(archive, _CONTENT_TYPES, Element(children={"Types": types}))
    if named and main.lower() not in named:
        raise damaged(archive.path, Issue("input", variant="two-main-parts"))


def _sheet(archive: Archive, listed: Attributes, relations: Mapping[str, _Relation]) -> SheetEntry:
    name = unescape(listed.get("name", ""))
    is_visible = listed.get("state") not in _HIDDEN
    found = next((listed[key] for key in _RELATION_ID if key in listed), "")
    relation = relations.get(found)
    if relation and relation.is_external:
        return SheetEntry(name, is_visible, SheetKind.OUTSIDE, "")
    if relation is None or relation.target not in archive:
        return SheetEntry(name, is_visible, SheetKind.MISSING, "")
    if relation.kind != "worksheet":
        return SheetEntry(name, is_visible, SheetKind.CHART, "")
    return SheetEntry(name, is_visible, SheetKind.TABLE, relation.target)
