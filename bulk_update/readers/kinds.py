"""The kind of a file, by its name, checked against its first bytes."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from bulk_update.errors import InputError
from bulk_update.records import FileKind, Issue

_SNIFFED_BYTES = 4096
_KINDS = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), FileKind.TEXT),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xltm"), FileKind.WORKBOOK),
}
_OTHER_TABLES = frozenset({".xls", ".xlsb", ".ods", ".numbers"})
_LOCK_FILE_BYTES = 165

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS = (
    ("EncryptedPackage", "protected"),
    ("WordDocument", "word"),
    ("PowerPoint Document", "presentation"),
    ("Workbook", "old-workbook"),
    ("Book", "old-workbook"),
)
"""The contents of a compound file (MS-CFB) by the names of its streams."""
_OLE_SEARCHED_BYTES = 64 << 20
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstandard"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"%PDF-", "pdf-document"),
    (b"{\\rtf", "rich-text"),
    (b"SQLite format 3\x00", "sqlite-database"),
    (b"PAR1", "parquet"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
)
_BEFORE_MARKUP = re.compile(rb"(\xef\xbb\xbf)?\s*")
_MARKUP: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (
        re.compile(rb"<(!doctype\s+html|html|head|body|table|meta|div)\b", re.IGNORECASE),
        "html",
    ),
    (
        re.compile(
            rb"<\?xml[^>]*>\s*(<\?mso-application[^>]*Excel|<[a-z:]*Workbook[^>]*office:spreadsheet)",
            re.IGNORECASE,
        ),
        "xml-spreadsheet",
    ),
    (re.compile(rb"<\?xml|<[a-z:]+\s+xmlns", re.IGNORECASE), "xml"),
    (re.compile(rb'\{\s*["}]|\[\s*([\[{]|"[^"\n]*"\s*[,\]])'), "json"),
)
_WORKBOOK_PARTS = (b"[Content_Types].xml", b"_rels/.rels", b"xl/", b"docProps/")


def kind_of(path: Path, named: FileKind | None = None) -> FileKind:
    """Return whether a file is text or a workbook: by its name, or if that does not say, `named`.

    Raises InputError if the file does not exist, cannot be read, or is not what its name says.
    """
    start = _first_bytes(path)
    suffix = path.suffix.lower()
    if path.name.startswith("~$"):
        raise _refusal(path, "lock-file")
    if suffix in _OTHER_TABLES:
        raise _not_read(path, start, suffix)
    kind = _KINDS.get(suffix, named)
    if not start:
        raise _refusal(path, "empty")
    _refuse_foreign(path, start)
    if kind is None:
        raise _unnamed(path, start)
    if kind is FileKind.TEXT:
        _refuse_zip(path, start)
    else:
        _require_zip(path, start)
    return kind


def kind_to_name(path: Path) -> FileKind | None:
    """Return the kind that a mapping has to name for a file; None if the file's name is enough.

    Raises InputError if the file is not a table.
    """
    if path.suffix.lower() in {*_KINDS, *_OTHER_TABLES}:
        return None
    return kind_of(path, _kind_by_content(_first_bytes(path)))


def _kind_by_content(start: bytes) -> FileKind | None:
    """Return what a file looks like; None for an archive that is not a workbook."""
    if not start.startswith(_ZIP):
        return FileKind.TEXT
    return FileKind.WORKBOOK if any(part in start for part in _WORKBOOK_PARTS) else None


def _first_bytes(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise _refusal(path, "is-a-folder" if stat.S_ISDIR(mode) else "not-a-file")
        with path.open("rb") as file:
            return file.read(_SNIFFED_BYTES)
    except FileNotFoundError as error:
        raise _refusal(path, "not-there") from error
    except (OSError, ValueError) as error:
        raise InputError(
            Issue("input", {"path": str(path), "error": str(error)}, "not-readable")
        ) from error


def _unnamed(path: Path, start: bytes) -> InputError:
    """Return the error for a file whose name does not show its kind."""
    kind = _kind_by_content(start)
    if kind is None:
        return _refusal(path, "zip-not-table")
    return _refusal(path, f"unnamed-{kind}")


def _refusal(path: Path, variant: str) -> InputError:
    return InputError(Issue("input", {"path": str(path)}, variant))


def _not_read(path: Path, start: bytes, suffix: str) -> InputError:
    """Return the error for a file of another kind: how to convert it, or what it really is."""
    _refuse_foreign(path, start)
    if suffix == ".xls" and start.startswith(_ZIP):
        return _refusal(path, "newer-workbook")
    return _refusal(path, suffix)


def _refuse_foreign(path: Path, start: bytes) -> None:
    if start.startswith(_OLE):
        raise _compound_file(path)
    for magic, what in _MAGIC:
        if start.startswith(magic):
            raise _refusal(path, what)
    before = _BEFORE_MARKUP.match(start)
    begin = before.end() if before else 0
    for pattern, what in _MARKUP:
        if pattern.match(start, begin):
            raise _refusal(path, what)


def _compound_file(path: Path) -> InputError:
    """Return the error for a compound file, the format of old Office and encrypted workbooks."""
    with path.open("rb") as file:
        content = file.read(_OLE_SEARCHED_BYTES)
    for stream, what in _OLE_STREAMS:
        if stream.encode("utf-16-le") + b"\0\0" in content:
            is_expected = path.suffix.lower() == ".xls" and what == "old-workbook"
            return _refusal(path, "old-not-supported" if is_expected else what)
    return _refusal(path, "old-or-protected")


def _refuse_zip(path: Path, start: bytes) -> None:
    if not start.startswith(_ZIP):
        return
    if any(part in start for part in _WORKBOOK_PARTS):
        raise _refusal(path, "workbook-not-text")
    raise _refusal(path, "zip-not-text")


def _require_zip(path: Path, start: bytes) -> None:
    if start.startswith(_ZIP):
        return
    if len(start) == _LOCK_FILE_BYTES:
        raise _refusal(path, "lock-file")
    if b"\0" in start:
        raise _refusal(path, "not-a-workbook")
    raise _refusal(path, "text-not-workbook")
