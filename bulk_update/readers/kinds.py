"""What a file is, by its first bytes, against what its name says."""

from __future__ import annotations

import re
import stat
from enum import StrEnum
from pathlib import Path

from bulk_update.errors import InputError

SNIFFED_BYTES = 4096

_SUFFIXES = ".csv, .tsv, .txt, .xlsx or .xlsm"
_TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
_WORKBOOK_SUFFIXES = frozenset({".xlsx", ".xlsm"})
_OTHER_TABLES = {
    ".xls": "an old Excel workbook (.xls)",
    ".xlsb": "a binary Excel workbook (.xlsb)",
    ".xlt": "an old Excel template (.xlt)",
    ".ods": "an OpenDocument spreadsheet (.ods)",
    ".numbers": "a Numbers spreadsheet",
}
_CONVERT = "Open it in a spreadsheet program and save it as .xlsx."
_LOCK_FILE_SIZE = 165

_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "compressed with gzip", "Unpack it first."),
    (b"BZh", "compressed with bzip2", "Unpack it first."),
    (b"\xfd7zXZ\x00", "compressed with xz", "Unpack it first."),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard", "Unpack it first."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it first."),
    (b"Rar!\x1a\x07", "a RAR archive", "Unpack it first."),
    (b"%PDF-", "a PDF document", "Export the table itself as .csv or .xlsx."),
    (b"{\\rtf", "a rich text document", "Save the table as .csv or .xlsx."),
    (b"SQLite format 3\x00", "an SQLite database", "Export the table as .csv."),
    (b"PAR1", "a Parquet file", "Export the table as .csv or .xlsx."),
    (b"\x89PNG", "a picture", "Give the table itself as .csv or .xlsx."),
    (b"\xff\xd8\xff", "a picture", "Give the table itself as .csv or .xlsx."),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MARKUP: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (
        re.compile(rb"<(!doctype\s+html|html|head|body|table|meta|div)\b", re.IGNORECASE),
        "an HTML page",
        f"Web exports often name a page .xls or .csv. {_CONVERT}",
    ),
    (re.compile(rb"<\?xml|<[a-z:]+\s+xmlns", re.IGNORECASE), "an XML document", _CONVERT),
    (
        re.compile(rb'\{\s*("|\})|\[\s*([\[{]|"[^"\n]*"\s*[,\]:])'),
        "JSON",
        "Export the table as .csv or .xlsx.",
    ),
)
_MARKS = re.compile(rb"(\xef\xbb\xbf)?\s*")


class FileKind(StrEnum):
    """The two families of files that can be read."""

    TEXT = "text"
    WORKBOOK = "workbook"


def kind_of(path: Path) -> FileKind:
    """Tell text from workbook.

    Raises InputError where there is no such file, where nothing can be read from it, and where
    it is another thing than its name says.
    """
    expected = _kind_by_name(path)
    size, start, is_encrypted = _first_look(path)
    if size == 0:
        raise InputError(f"{path}: the file is empty (0 bytes)", hint="Export it again.")
    found = _foreign_kind(path, start, is_encrypted=is_encrypted)
    if found is not None:
        what, remedy = found
        raise InputError(f"{path}: this is {what}, whatever its name says", hint=remedy)
    is_zip = start.startswith(_ZIP)
    if expected is FileKind.TEXT and is_zip:
        raise _zip_named_as_text(path, start)
    if expected is FileKind.WORKBOOK and not is_zip:
        raise _no_workbook(path, start)
    return expected


def _kind_by_name(path: Path) -> FileKind:
    suffix = path.suffix.lower()
    if path.name.startswith("~$"):
        raise _lock_file(path)
    if suffix in _TEXT_SUFFIXES:
        return FileKind.TEXT
    if suffix in _WORKBOOK_SUFFIXES:
        return FileKind.WORKBOOK
    if suffix in _OTHER_TABLES:
        raise _other_table(path, suffix)
    what = f'files that end with "{suffix}"' if suffix else "files whose name has no ending"
    raise InputError(f"{path}: {what} are not read (expected {_SUFFIXES})")


def _lock_file(path: Path) -> InputError:
    return InputError(
        f"{path}: this is the lock file that Excel keeps beside an open workbook",
        hint="Name the workbook itself (without ~$).",
    )


def _other_table(path: Path, suffix: str) -> InputError:
    """Say how to convert; a wrongly named file of another kind is told by its content."""
    _, start, is_encrypted = _first_look(path)
    found = _foreign_kind(path, start, is_encrypted=is_encrypted)
    if found is not None and not start.startswith(_OLE):
        return InputError(f"{path}: this is {found[0]}, whatever its name says", hint=found[1])
    if suffix != ".ods" and b"[Content_Types].xml" in start and b"xl/workbook.bin" not in start:
        remedy = "If it is a workbook of the newer kind, rename it so that it ends with .xlsx."
        return InputError(f"{path}: this is no {suffix} file inside, but a zip", hint=remedy)
    return InputError(f"{path}: {_OTHER_TABLES[suffix]} is not read", hint=_CONVERT)


def _first_look(path: Path) -> tuple[int, bytes, bool]:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "no ordinary file"
            raise InputError(f"{path}: this is {what} (expected a spreadsheet)")
        with path.open("rb") as file:
            start = file.read(SNIFFED_BYTES)
            is_ole = start.startswith(_OLE)
            return status.st_size, start, is_ole and _ENCRYPTED in start + file.read(1 << 20)
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file", hint="Check the path.") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error


def _foreign_kind(path: Path, start: bytes, *, is_encrypted: bool) -> tuple[str, str] | None:
    if start.startswith(_OLE):
        if is_encrypted:
            return "a workbook with a password", "Save it without a password."
        return "an old Excel workbook (.xls), or one with a password", _CONVERT
    for magic, what, remedy in _MAGIC:
        if start.startswith(magic):
            return what, remedy
    marks = _MARKS.match(start)
    begin = marks.end() if marks else 0
    for pattern, what, remedy in _MARKUP:
        if pattern.match(start, begin):
            return what, remedy
    if path.suffix.lower() in _TEXT_SUFFIXES or start.startswith(_ZIP):
        return None
    return ("nothing but zero bytes", "Export it again.") if not start.strip(b"\0") else None


def _zip_named_as_text(path: Path, start: bytes) -> InputError:
    if b"[Content_Types].xml" in start or b"xl/" in start or b"docProps/" in start:
        remedy = "Rename it so that it ends with .xlsx."
        return InputError(f"{path}: this is an Excel workbook, not text", hint=remedy)
    return InputError(f"{path}: this is a zip archive, not text", hint="Unpack it first.")


def _no_workbook(path: Path, start: bytes) -> InputError:
    if len(start) == _LOCK_FILE_SIZE and start[0] <= len(start):
        return _lock_file(path)
    if b"\0" in start:
        return InputError(f"{path}: this is no workbook, or a damaged one", hint="Save it again.")
    remedy = "If it is a text table, rename it so that it ends with .csv."
    return InputError(f"{path}: this is a text file, not a workbook", hint=remedy)
