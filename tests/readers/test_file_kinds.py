"""A file is what its bytes say; where its name says another thing, it is refused."""

from __future__ import annotations

import gzip
import os
import sys
import zipfile
from pathlib import Path

import pytest
from reading import CORPORA, read, refusal, write

from bulk_update.errors import InputError
from bulk_update.readers import Fingerprint, fingerprint

WORKBOOK = (CORPORA / "xlsx" / "ok.xlsx").read_bytes()
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
HTML = b"\xef\xbb\xbf\n <TABLE border=1><tr><td>id</td></tr></table>"


@pytest.mark.parametrize(
    ("name", "content", "finding", "remedy"),
    [
        ("a.csv", gzip.compress(b"id\n", mtime=0), "compressed with gzip", "Unpack"),
        ("a.csv", b"BZh91AY", "compressed with bzip2", "Unpack"),
        ("a.csv", b"\xfd7zXZ\x00", "compressed with xz", "Unpack"),
        ("a.csv", b"\x28\xb5\x2f\xfd", "compressed with Zstandard", "Unpack"),
        ("a.csv", b"7z\xbc\xaf\x27\x1c", "7z archive", "Unpack"),
        ("a.csv", b"Rar!\x1a\x07\x01", "RAR archive", "Unpack"),
        ("a.csv", b"%PDF-1.7\n", "a PDF document", "Export the table"),
        ("a.txt", b"{\\rtf1 id}", "a rich text document", "Export the table"),
        ("a.csv", b"SQLite format 3\x00", "an SQLite database", "Export the table"),
        ("a.csv", b"PAR1\x15", "a Parquet file", "Export the table"),
        ("a.csv", b"\x89PNG\r\n", "a picture", "Export the table"),
        ("a.csv", b"\xff\xd8\xff\xe0", "a picture", "Export the table"),
        ("a.csv", HTML, "an HTML page", "save it as .xlsx"),
        ("a.xls", HTML, "an HTML page", "save it as .xlsx"),
        ("a.xlsx", HTML, "an HTML page", "save it as .xlsx"),
        ("a.csv", b"<!DOCTYPE html><html>", "an HTML page", "save it as .xlsx"),
        ("a.csv", b'<?xml version="1.0"?><Workbook/>', "an XML document", "save it as .xlsx"),
        ("a.csv", b'[{"id": 1}]', "JSON", "Export the table"),
        ("a.csv", b'{"id": 1}', "JSON", "Export the table"),
        ("a.csv", b'["id", "name"]\n["1", "x"]\n', "JSON", "Export the table"),
        ("a.csv", OLE, "with a password, or an old one (.xls)", "without a password"),
        ("a.xlsx", OLE, "with a password, or an old one (.xls)", "without a password"),
        ("a.xls", OLE, "old Excel workbooks (.xls) are not read", "save it as .xlsx"),
        ("a.XLS", WORKBOOK, "a newer Excel workbook", "ends with .xlsx"),
        ("a.xlsb", b"PK\x03\x04", "binary Excel workbooks (.xlsb)", "save it as .xlsx"),
        ("a.ods", b"PK\x03\x04", "OpenDocument spreadsheets (.ods)", "save it as .xlsx"),
        ("a.numbers", b"PK\x03\x04", "Numbers spreadsheets", "save it as .xlsx"),
        ("a.csv", WORKBOOK, "an Excel workbook, not text", "ends with .xlsx"),
        ("a.csv", b"PK\x03\x04" + bytes(26) + b"a.txt", "a zip archive, not text", "Unpack"),
        ("a.xlsx", b"id;b\n1;x\n", "a text file, not a workbook", "ends with .csv"),
        ("a.xlsx", b"\0\1\2\3", "not a workbook, or damaged", "Export it again"),
        ("a.xlsx", b"\5owner".ljust(165), "lock file", "Name the workbook itself"),
        ("~$a.xlsx", b"\5owner".ljust(165), "lock file", "Name the workbook itself"),
        ("a.json", b"id\n1\n", 'files that end with ".json" are not read', "expected .csv"),
        ("a.csv.gz", gzip.compress(b"id\n", mtime=0), 'files that end with ".gz"', "expected .csv"),
        ("contacts", b"id\n1\n", "files without an ending are not read", "expected .csv"),
        ("a.csv", b"", "the file is empty (0 bytes)", "Export it again"),
    ],
)  # fmt: skip
def test_another_thing_than_its_name_says_is_refused_with_a_remedy(
    tmp_path: Path, name: str, content: bytes, finding: str, remedy: str
) -> None:
    message = refusal(write(tmp_path, content, name))
    assert finding in message
    assert remedy in message


@pytest.mark.parametrize("name", ["a.csv", "A.CSV", "a.tsv", "a.txt", "a.b.Csv"])
def test_a_text_file_may_have_any_of_its_endings(tmp_path: Path, name: str) -> None:
    assert read(write(tmp_path, "id,b\n1,x\n", name)).rows == {2: ("1", "x")}


@pytest.mark.parametrize("header", ["[id],b", "<id>,b", "{id},b", "BZ,b", '"[""id""]",b'])
def test_odd_column_names_are_not_taken_for_another_format(tmp_path: Path, header: str) -> None:
    assert read(write(tmp_path, f"{header}\n1,x\n"), ["b"]).rows == {2: ("1", "x")}


def test_a_macro_workbook_is_read_like_any_other(tmp_path: Path) -> None:
    assert len(read(write(tmp_path, WORKBOOK, "a.XLSM")).rows) == 3


def test_an_empty_zip_is_not_a_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w"):
        pass
    assert "no Excel workbook" in refusal(tmp_path / "a.xlsx")


def test_what_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    assert "there is no such file" in refusal(tmp_path / "absent.csv")
    assert "this is a folder" in refusal(tmp_path)
    assert "cannot be read" in refusal(tmp_path / "a\0.csv")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "no ordinary file" in refusal(tmp_path / "pipe.csv")


def test_a_fingerprint_is_of_the_bytes_on_disk(tmp_path: Path) -> None:
    path = write(tmp_path, "abc")
    assert fingerprint(path) == Fingerprint(
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 3
    )


def test_a_fingerprint_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        fingerprint(tmp_path / "absent.csv")
