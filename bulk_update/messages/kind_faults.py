"""Why a file is not of the kind that can be read, as variants of the code `input`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_CONVERT = "Open it in Excel or LibreOffice and save it as .xlsx."
_UNPROTECT = "Open it in Excel or LibreOffice and save it as .xlsx, without a password."
_UNPACK = "Unpack it first."
_EXPORT = "Export the table itself as .csv or .xlsx."
_AGAIN = "Export it again."
_RENAME = "Rename it so that it ends with .xlsx."
_UNNAMED = (
    "{path:plain}: the file's name does not say what it is (expected .csv, .tsv, .txt, .xlsx or "
    ".xlsm)"
)

DISGUISES: Mapping[str, str] = MappingProxyType(
    {
        variant: f"{{path:plain}}: this is {what}, despite its name"
        for variant, what in {
            "gzip": "compressed with gzip",
            "bzip2": "compressed with bzip2",
            "xz": "compressed with xz",
            "zstandard": "compressed with Zstandard",
            "7z": "a 7z archive",
            "rar": "a RAR archive",
            "pdf-document": "a PDF document",
            "rich-text": "a rich text document",
            "sqlite-database": "an SQLite database",
            "parquet": "a Parquet file",
            "picture": "a picture",
            "html": "an HTML page",
            "xml-spreadsheet": "an XML spreadsheet (Excel 2003)",
            "xml": "an XML document",
            "json": "JSON",
            "protected": "a workbook that is protected with a password",
            "word": "a Word document",
            "presentation": "a PowerPoint presentation",
            "old-workbook": "an old Excel workbook (.xls)",
            "binary-workbook": "a binary workbook (.xlsb)",
            "opendocument": "an OpenDocument spreadsheet (.ods)",
            "numbers": "a Numbers spreadsheet",
        }.items()
    }
)
DISGUISES_HINTS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("gzip", "bzip2", "xz", "zstandard", "7z", "rar"), _UNPACK),
        **dict.fromkeys(
            (
                "pdf-document",
                "rich-text",
                "sqlite-database",
                "parquet",
                "picture",
                "json",
                "word",
                "presentation",
                "binary-workbook",
            ),
            _EXPORT,
        ),
        **dict.fromkeys(
            ("xml-spreadsheet", "xml", "old-workbook", "opendocument", "numbers"), _CONVERT
        ),
        "html": f"Web exports often name a page as if it were a spreadsheet. {_CONVERT}",
        "protected": _UNPROTECT,
    }
)

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "not-there": "{path:plain}: there is no such file",
        "not-readable": "{path:plain}: cannot be read ({error:plain})",
        "empty": "{path:plain}: the file is empty (0 bytes)",
        "not-a-file": "{path:plain}: this is not a regular file (expected a spreadsheet)",
        "is-a-folder": "{path:plain}: this is a folder (expected a spreadsheet)",
        "lock-file": "{path:plain}: this is the lock file that Excel keeps beside an open workbook",
        "unnamed-text": _UNNAMED,
        "unnamed-workbook": _UNNAMED,
        "zip-not-table": "{path:plain}: this is a zip archive, not a table",
        "zip-not-text": "{path:plain}: this is a zip archive, not text",
        "zip-not-workbook": "{path:plain}: this is a zip archive, but not an Excel workbook",
        "workbook-not-text": "{path:plain}: this is an Excel workbook, not text",
        "text-not-workbook": "{path:plain}: this is a text file, not a workbook",
        "not-a-workbook": "{path:plain}: this is not a workbook, or it is damaged",
        "newer-workbook": "{path:plain}: this is a newer kind of Excel workbook than its name says",
        "old-or-protected": "{path:plain}: this is a workbook with a password, or an old one "
        "(.xls)",
        "old-not-supported": "{path:plain}: this is an old Excel workbook (.xls), which is not "
        "supported",
        ".xls": "{path:plain}: old Excel workbooks (.xls) are not supported",
        ".xlsb": "{path:plain}: binary Excel workbooks (.xlsb) are not supported",
        ".ods": "{path:plain}: OpenDocument spreadsheets (.ods) are not supported",
        ".numbers": "{path:plain}: Numbers spreadsheets are not supported",
    }
)
KINDS_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "not-there": "Check the path.",
        "empty": _AGAIN,
        "lock-file": "Name the workbook itself (without ~$).",
        "unnamed-text": 'It looks like a text file: if so, add "kind: text" under "source:" in the '
        "mapping.",
        "unnamed-workbook": 'It looks like a workbook: if so, add "kind: workbook" under "source:" '
        "in the mapping.",
        "zip-not-table": _UNPACK,
        "zip-not-text": _UNPACK,
        "zip-not-workbook": "Unpack it first, and name the workbook itself.",
        "workbook-not-text": _RENAME,
        "text-not-workbook": "If it is a text table, rename it so that it ends with .csv.",
        "not-a-workbook": _AGAIN,
        "newer-workbook": _RENAME,
        "old-or-protected": _UNPROTECT,
        "old-not-supported": _CONVERT,
        ".xls": _CONVERT,
        ".xlsb": _CONVERT,
        ".ods": _CONVERT,
        ".numbers": _CONVERT,
    }
)
