"""The kind of a file, by its name, checked against its first bytes."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from bulk_update.errors import InputError
from bulk_update.records import FileKind

_SNIFFED_BYTES = 4096
_KINDS = {
    **dict.fromkeys((".csv", ".tsv", ".txt"), FileKind.TEXT),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xltm"), FileKind.WORKBOOK),
}
_READ = ".csv, .tsv, .txt, .xlsx or .xlsm"
_CALLED = {FileKind.TEXT: "text file", FileKind.WORKBOOK: "workbook"}
_OTHER_TABLES = {
    ".xls": "old Excel workbooks (.xls) are",
    ".xlsb": "binary Excel workbooks (.xlsb) are",
    ".ods": "OpenDocument spreadsheets (.ods) are",
    ".numbers": "Numbers spreadsheets are",
}
_LOCK_FILE_BYTES = 165

_CONVERT = "Open it in Excel or LibreOffice and save it as .xlsx."
_UNPROTECT = "Open it in Excel or LibreOffice and save it as .xlsx, without a password."
_UNPACK = "Unpack it first."
_EXPORT = "Export the table itself as .csv or .xlsx."
_AGAIN = "Export it again."

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS = (
    ("EncryptedPackage", "a workbook that is protected with a password", _UNPROTECT),
    ("WordDocument", "a Word document", _EXPORT),
    ("PowerPoint Document", "a PowerPoint presentation", _EXPORT),
    ("Workbook", "an old Excel workbook (.xls)", _CONVERT),
    ("Book", "an old Excel workbook (.xls)", _CONVERT),
)
"""The contents of a compound file (MS-CFB) by the names of its streams, and the remedies."""
_OLE_SEARCHED_BYTES = 64 << 20
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "compressed with gzip", _UNPACK),
    (b"BZh", "compressed with bzip2", _UNPACK),
    (b"\xfd7zXZ\x00", "compressed with xz", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"%PDF-", "a PDF document", _EXPORT),
    (b"{\\rtf", "a rich text document", _EXPORT),
    (b"SQLite format 3\x00", "an SQLite database", _EXPORT),
    (b"PAR1", "a Parquet file", _EXPORT),
    (b"\x89PNG", "a picture", _EXPORT),
    (b"\xff\xd8\xff", "a picture", _EXPORT),
)
_BEFORE_MARKUP = re.compile(rb"(\xef\xbb\xbf)?\s*")
_MARKUP: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (
        re.compile(rb"<(!doctype\s+html|html|head|body|table|meta|div)\b", re.IGNORECASE),
        "an HTML page",
        f"Web exports often name a page as if it were a spreadsheet. {_CONVERT}",
    ),
    (
        re.compile(
            rb"<\?xml[^>]*>\s*(<\?mso-application[^>]*Excel|<[a-z:]*Workbook[^>]*office:spreadsheet)",
            re.IGNORECASE,
        ),
        "an XML spreadsheet (Excel 2003)",
        _CONVERT,
    ),
    (re.compile(rb"<\?xml|<[a-z:]+\s+xmlns", re.IGNORECASE), "an XML document", _CONVERT),
    (re.compile(rb'\{\s*["}]|\[\s*([\[{]|"[^"\n]*"\s*[,\]])'), "JSON", _EXPORT),
)
_WORKBOOK_PARTS = (b"[Content_Types].xml", b"_rels/.rels", b"xl/", b"docProps/")


def kind_of(path: Path, named: FileKind | None = None) -> FileKind:
    """Return whether a file is text or a workbook: by its name, or if that does not say, `named`.

    Raises InputError if the file does not exist, cannot be read, or is not what its name says.
    """
    start = _first_bytes(path)
    suffix = path.suffix.lower()
    if path.name.startswith("~$"):
        raise _lock_file(path)
    if suffix in _OTHER_TABLES:
        raise _not_read(path, start, suffix)
    kind = _KINDS.get(suffix, named)
    if not start:
        raise InputError(f"{path}: the file is empty (0 bytes)", hint=_AGAIN)
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
            what = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            raise InputError(f"{path}: this is {what} (expected a spreadsheet)")
        with path.open("rb") as file:
            return file.read(_SNIFFED_BYTES)
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file", hint="Check the path.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error


def _unnamed(path: Path, start: bytes) -> InputError:
    """Return the error for a file whose name does not show its kind."""
    kind = _kind_by_content(start)
    if kind is None:
        return InputError(f"{path}: this is a zip archive, not a table", hint=_UNPACK)
    return InputError(
        f"{path}: the file's name does not say what it is (expected {_READ})",
        hint=f'It looks like a {_CALLED[kind]}: if so, add "kind: {kind}" under "source:" in the '
        "mapping.",
    )


def _lock_file(path: Path) -> InputError:
    return InputError(
        f"{path}: this is the lock file that Excel keeps beside an open workbook",
        hint="Name the workbook itself (without ~$).",
    )


def _not_read(path: Path, start: bytes, suffix: str) -> InputError:
    """Return the error for a file of another kind: how to convert it, or what it really is."""
    _refuse_foreign(path, start)
    if suffix == ".xls" and start.startswith(_ZIP):
        remedy = "Rename it so that it ends with .xlsx."
        return InputError(
            f"{path}: this is a newer kind of Excel workbook than its name says", hint=remedy
        )
    return InputError(f"{path}: {_OTHER_TABLES[suffix]} not supported", hint=_CONVERT)


def _refuse_foreign(path: Path, start: bytes) -> None:
    if start.startswith(_OLE):
        raise _compound_file(path)
    for magic, what, remedy in _MAGIC:
        if start.startswith(magic):
            raise InputError(f"{path}: this is {what}, despite its name", hint=remedy)
    before = _BEFORE_MARKUP.match(start)
    begin = before.end() if before else 0
    for pattern, what, remedy in _MARKUP:
        if pattern.match(start, begin):
            raise InputError(f"{path}: this is {what}, despite its name", hint=remedy)


def _compound_file(path: Path) -> InputError:
    """Return the error for a compound file, the format of old Office and encrypted workbooks."""
    with path.open("rb") as file:
        content = file.read(_OLE_SEARCHED_BYTES)
    for stream, what, remedy in _OLE_STREAMS:
        if stream.encode("utf-16-le") + b"\0\0" in content:
            is_expected = path.suffix.lower() == ".xls" and remedy == _CONVERT
            finding = (
                f"{what}, which is not supported" if is_expected else f"{what}, despite its name"
            )
            return InputError(f"{path}: this is {finding}", hint=remedy)
    what = "a workbook with a password, or an old one (.xls)"
    return InputError(f"{path}: this is {what}", hint=_UNPROTECT)


def _refuse_zip(path: Path, start: bytes) -> None:
    if not start.startswith(_ZIP):
        return
    if any(part in start for part in _WORKBOOK_PARTS):
        remedy = "Rename it so that it ends with .xlsx."
        raise InputError(f"{path}: this is an Excel workbook, not text", hint=remedy)
    raise InputError(f"{path}: this is a zip archive, not text", hint=_UNPACK)


def _require_zip(path: Path, start: bytes) -> None:
    if start.startswith(_ZIP):
        return
    if len(start) == _LOCK_FILE_BYTES:
        raise _lock_file(path)
    if b"\0" in start:
        raise InputError(f"{path}: this is not a workbook, or it is damaged", hint=_AGAIN)
    remedy = "If it is a text table, rename it so that it ends with .csv."
    raise InputError(f"{path}: this is a text file, not a workbook", hint=remedy)
