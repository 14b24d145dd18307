"""A workbook's zip, checked as a whole before any parser sees a part of it.

Sizes are measured while inflating, since the sizes stated in a zip may be false. Document types
(and so all entities) and unusual encodings are refused here for every part, and again when a part
is read.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn
from xml.parsers import expat

from bulk_update.errors import InputError
from bulk_update.records import Issue, Param

_RATIO_COUNTS_FROM_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 18
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_XML_NAMES = (".xml", ".rels", ".vml")
_XML_ENCODINGS = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1"})
"""The encodings built into expat; Open XML allows the first two."""
_UNSAFE_NAME = re.compile(r"/|[A-Za-z]:|.*(^|/)\.\.(/|$)|.*[\x00-\x1f]", re.DOTALL)
_ENCRYPTED = 0x1
_FOREIGN = {
    "content.xml": "opendocument",
    "index/document.iwa": "numbers",
}
"""Parts that show that the file is a table of another program."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How far a workbook may inflate.

    The ratio is the limit of Apache POI and applies to each part that is parsed; sheets usually
    inflate to 5 to 30 times their size. The total applies to all parts together.
    """

    parts: int = 10_000
    total_bytes: int = 1 << 30
    ratio: int = 100


_LIMITS = ArchiveLimits()


class Archive:
    """The parts of a sound zip.

    Case in a part's name is ignored (ECMA-376, part 2, 6.2.2.3), and a backslash is read as a
    slash, since old .NET programs write backslashes.
    """

    def __init__(self, path: Path, archive: zipfile.ZipFile, limits: ArchiveLimits) -> None:
        self.path = path
        self._archive, self._ratio = archive, limits.ratio
        self._parts = {_part_name(part).lower(): part for part in archive.infolist()}

    def __len__(self) -> int:
        return len(self._parts)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._parts

    def open(self, name: str) -> IO[bytes]:
        """Open a part for reading. Raises InputError if it is missing or inflates too far."""
        part = self._parts.get(name.lower())
        if part is None:
            raise damaged(self.path, _of_part("part-missing", name))
        _check_ratio(self.path, part, part.file_size, self._ratio)
        return self._archive.open(part)

    def parser(self, name: str) -> expat.XMLParserType:
        """Return a parser for a part; it raises InputError for document types and encodings."""
        return _guarded_parser(self.path, name)


_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    UnicodeDecodeError,
)
"""What reading a damaged part can raise; the last one is about a name that claims to be UTF-8."""


@contextmanager
def open_archive(path: Path, limits: ArchiveLimits = _LIMITS) -> Iterator[Archive]:
    """Open a zip. Raises InputError unless all of its parts are intact and harmless."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise damaged(path, Issue("input", variant="parts-missing")) from error
    with archive:
        _check_names(path, archive.infolist(), limits)
        _check_parts(path, archive, limits)
        yield Archive(path, archive, limits)


def damaged(path: Path, finding: Issue) -> InputError:
    """Return the error for a damaged workbook."""
    return InputError(Issue("input", {"path": str(path), "finding": finding}, "damaged-workbook"))


def refused(path: Path, finding: Issue) -> InputError:
    """Return the error for a workbook that is refused, although it may not be damaged."""
    return InputError(Issue("input", {"path": str(path), "finding": finding}, "refused-workbook"))


def _of_part(variant: str, name: str) -> Issue:
    return Issue("input", {"name": name}, variant)


def _check_names(path: Path, parts: list[zipfile.ZipInfo], limits: ArchiveLimits) -> None:
    if len(parts) > limits.parts:
        params: dict[str, Param] = {"count": len(parts), "most": limits.parts}
        raise refused(path, Issue("input", params, "many-parts"))
    seen: set[str] = set()
    for part in parts:
        name = _part_name(part)
        if _UNSAFE_NAME.match(name):
            raise refused(path, _of_part("outside-archive", name))
        if name.lower() in seen:
            raise refused(path, _of_part("two-parts", name))
        seen.add(name.lower())
        if part.flag_bits & _ENCRYPTED:
            raise refused(path, _of_part("part-password", name))
        if part.compress_type not in _METHODS:
            raise refused(path, _of_part("part-method", name))
    for name, what in _FOREIGN.items():
        if name in seen:
            raise InputError(Issue("input", {"path": str(path)}, what))
    if "_rels/.rels" not in seen:
        raise InputError(Issue("input", {"path": str(path)}, "zip-not-workbook"))


def _part_name(part: zipfile.ZipInfo) -> str:
    return part.orig_filename.replace("\\", "/")


def _check_parts(path: Path, archive: zipfile.ZipFile, limits: ArchiveLimits) -> None:
    left = limits.total_bytes
    for part in archive.infolist():
        try:
            left -= _check_part(path, archive, part, limits, left)
        except _DAMAGE as error:
            raise damaged(path, _of_part("part-changed", part.filename)) from error


def _check_part(
    path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo, limits: ArchiveLimits, left: int
) -> int:
    """Read a part to its end, which verifies its checksum; return its number of bytes."""
    prolog = _Prolog(path, part.filename) if part.filename.lower().endswith(_XML_NAMES) else None
    inflated = 0
    with archive.open(part) as stream:
        while block := stream.read(_BLOCK_BYTES):
            inflated += len(block)
            if inflated > left:
                raise refused(path, Issue("input", {"most": limits.total_bytes}, "expands"))
            if prolog is not None:
                _check_ratio(path, part, inflated, limits.ratio)
                prolog.feed(block)
    return inflated


def _check_ratio(path: Path, part: zipfile.ZipInfo, inflated: int, ratio: int) -> None:
    """Refuse a parsed part that inflates too far; pictures are not parsed, so they may."""
    if inflated > max(_RATIO_COUNTS_FROM_BYTES, ratio * part.compress_size):
        params: dict[str, Param] = {"name": part.filename, "ratio": ratio}
        raise refused(path, Issue("input", params, "part-expands"))


class _Prolog:
    """The beginning of an XML part up to its first element, where a document type may be."""

    def __init__(self, path: Path, name: str) -> None:
        self._parser = _guarded_parser(path, name)
        self._parser.StartElementHandler = self._end
        self._has_ended = False

    def feed(self, block: bytes) -> None:
        """Check the next block, up to the first element."""
        if self._has_ended:
            return
        try:
            self._parser.Parse(block)
        except expat.ExpatError:
            # The reader of this part, if any, reports the damage. Drawings are often malformed,
            # which is harmless.
            self._has_ended = True

    def _end(self, *_: object) -> None:
        self._has_ended = True
        self._parser.StartElementHandler = None


def _guarded_parser(path: Path, name: str) -> expat.XMLParserType:
    """Return a parser that raises InputError before any entity could be declared."""

    def check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _XML_ENCODINGS:
            params = {"name": name, "encoding": encoding}
            raise refused(path, Issue("input", params, "part-encoding"))

    def refuse(*_: object) -> NoReturn:
        raise refused(path, _of_part("document-type", name))

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.XmlDeclHandler = check_encoding
    parser.StartDoctypeDeclHandler = refuse
    return parser
