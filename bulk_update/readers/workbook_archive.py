"""A workbook's zip, checked as a whole before any parser sees a part of it.

Sizes are counted while inflating, since a zip may lie about them. Whatever is then parsed has
been looked at for document types, entities and unusual encodings: no parser has to know of them.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, NoReturn, cast
from xml.parsers import expat

from bulk_update.errors import InputError

_RATIO_COUNTS_FROM_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 18
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_XML_NAMES = (".xml", ".rels", ".vml")
_XML_ENCODINGS = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1"})
"""What expat knows by itself; Open XML allows the first two."""
_NAMESPACES_WITHIN_BYTES = 1 << 14
_STRICT = "http://purl.oclc.org/ooxml/"
_USUAL_NAMESPACES = {
    f"{_STRICT}spreadsheetml/main": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    f"{_STRICT}officeDocument/relationships": (
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    ),
}
"""What Excel's "Strict Open XML" calls the namespaces (ISO/IEC 29500-1), and everybody else."""
_WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_UNSAFE_NAME = re.compile(r"/|[A-Za-z]:|.*(^|/)\.\.(/|$)|.*[\x00-\x1f]", re.DOTALL)
_ENCRYPTED = 0x1
_AGAIN = "Copy or export the workbook again; or open it in a spreadsheet program and save it anew."
_SAVE_ANEW = "Open it in a spreadsheet program and save it anew."


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How far a workbook may inflate.

    The ratio is that of Apache POI, for each part that is parsed; sheets inflate to 5 to 30
    times. The total is that of all parts.
    """

    parts: int = 10_000
    total_bytes: int = 1 << 30
    ratio: int = 100


_LIMITS = ArchiveLimits()


class PartsArchive(zipfile.ZipFile):
    """The parts of a sound zip, as parsers may read them.

    Capitals in a part's name do not count (ECMA-376, part 2, 6.2.2.3), and a backslash is the
    slash that it was meant for: old .NET programs write it. Raises InputError where a part is
    missing, or begins or inflates in a harmful way, whatever its name says.
    """

    def __init__(self, path: Path, file: IO[bytes], ratio: int) -> None:
        super().__init__(file)
        self._path, self._ratio = path, ratio
        for part in self.filelist:
            part.filename = _part_name(part)
        self._parts = {part.filename.lower(): part for part in self.filelist}

    def getinfo(self, name: str) -> zipfile.ZipInfo:
        """Return what the zip says of a part; raises KeyError where it has none of this name."""
        return self._parts[name.lower()]

    def __contains__(self, name: str) -> bool:
        """Tell whether there is a part of this name."""
        return name.lower() in self._parts

    def open(
        self,
        name: str | zipfile.ZipInfo,
        mode: Literal["r", "w"] = "r",
        pwd: bytes | None = None,
        *,
        force_zip64: bool = False,
    ) -> IO[bytes]:
        """Open a part for reading, with the usual namespaces in place of the strict ones."""
        try:
            part = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        except KeyError as error:
            raise damaged(self._path, f"the part {name!r} is missing") from error
        _check_ratio(self._path, part, part.file_size, self._ratio)
        stream = super().open(part, mode, pwd, force_zip64=force_zip64)
        prolog = _Prolog(self._path, str(name))
        while not prolog.has_ended and (block := stream.read(_BLOCK_BYTES)):
            prolog.feed(block)
        stream.seek(0)
        start = stream.read(_NAMESPACES_WITHIN_BYTES)
        codec = _WIDE.get(start[:2], "ascii")
        if _STRICT.encode(codec) not in start:
            stream.seek(0)
            return stream
        # openpyxl knows the usual names alone, and would find an empty sheet.
        for strict, usual in _USUAL_NAMESPACES.items():
            start = start.replace(strict.encode(codec), usual.encode(codec))
        return io.BytesIO(start + stream.read())


@contextmanager
def open_archive(path: Path, limits: ArchiveLimits = _LIMITS) -> Iterator[PartsArchive]:
    """Open a zip all of whose parts are sound and harmless; raises InputError for another."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise damaged(path, f"the zip cannot be opened ({error})") from error
    with archive:
        _check_names(path, archive.infolist(), limits)
        _check_parts(path, archive, limits)
        with PartsArchive(path, cast("IO[bytes]", archive.fp), limits.ratio) as parts:
            yield parts


def damaged(path: Path, finding: str) -> InputError:
    """Say that a workbook is damaged."""
    return InputError(f"{path}: the workbook is damaged: {finding}", hint=_AGAIN)


def refused(path: Path, finding: str) -> InputError:
    """Say that a workbook is not read, although a program may have meant it so."""
    return InputError(f"{path}: the workbook is refused: {finding}", hint=_SAVE_ANEW)


def _check_names(path: Path, parts: list[zipfile.ZipInfo], limits: ArchiveLimits) -> None:
    if len(parts) > limits.parts:
        raise refused(path, f"it has {len(parts):,} parts (at most {limits.parts:,})")
    seen: set[str] = set()
    for part in parts:
        name = _part_name(part)
        if _UNSAFE_NAME.match(name):
            raise refused(path, f"a part's name leaves the zip: {name!r}")
        if name.lower() in seen:
            raise refused(path, f"two parts have the name {name!r}")
        seen.add(name.lower())
        if part.flag_bits & _ENCRYPTED:
            raise refused(path, f"the part {name!r} needs a password")
        if part.compress_type not in _METHODS:
            raise refused(path, f"the part {name!r} is compressed in an unknown way")
    if "_rels/.rels" not in seen:
        raise InputError(
            f"{path}: this is a zip archive, but no Excel workbook",
            hint="Unpack it first, and name the workbook itself.",
        )


def _part_name(part: zipfile.ZipInfo) -> str:
    return part.orig_filename.replace("\\", "/")


def _check_parts(path: Path, archive: zipfile.ZipFile, limits: ArchiveLimits) -> None:
    left = limits.total_bytes
    for part in archive.infolist():
        try:
            left -= _check_part(path, archive, part, limits, left)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise damaged(path, f"the part {part.filename!r} cannot be read ({error})") from error


def _check_part(
    path: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo, limits: ArchiveLimits, left: int
) -> int:
    """Read a part to its end, which proves its checksum; return how many bytes it has."""
    prolog = _Prolog(path, part.filename) if part.filename.lower().endswith(_XML_NAMES) else None
    inflated = 0
    with archive.open(part) as stream:
        while block := stream.read(_BLOCK_BYTES):
            inflated += len(block)
            if inflated > left:
                raise refused(path, f"it inflates to more than {limits.total_bytes:,} bytes")
            if prolog is not None:
                _check_ratio(path, part, inflated, limits.ratio)
                prolog.feed(block)
    return inflated


def _check_ratio(path: Path, part: zipfile.ZipInfo, inflated: int, ratio: int) -> None:
    """Refuse what inflates too far, where it is parsed: a plain picture may, and harms nobody."""
    if inflated > max(_RATIO_COUNTS_FROM_BYTES, ratio * part.compress_size):
        finding = f"inflates to over {ratio} times its size, as an attack would"
        raise refused(path, f"the part {part.filename!r} {finding}")


class _Prolog:
    """What comes before an XML part's first element: the only place for a DTD and its entities."""

    def __init__(self, path: Path, name: str) -> None:
        self._path, self._name = path, name
        self._parser = expat.ParserCreate()
        self._parser.XmlDeclHandler = self._check_encoding
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._end
        self.has_ended = False

    def feed(self, block: bytes) -> None:
        """Look at the next block, until the first element."""
        if self.has_ended:
            return
        try:
            self._parser.Parse(block)
        except expat.ExpatError:
            # Whoever needs this part will say where it is torn; drawings often are, and harmless.
            self.has_ended = True

    def _check_encoding(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _XML_ENCODINGS:
            raise refused(self._path, f"the part {self._name!r} is encoded as {encoding!r}")

    def _refuse(self, *_: object) -> NoReturn:
        raise refused(self._path, f"the part {self._name!r} declares a document type (DTD)")

    def _end(self, *_: object) -> None:
        self.has_ended = True
        self._parser.StartElementHandler = None
        self._parser.StartDoctypeDeclHandler = None
