"""A file is refused if its bytes do not match its name."""

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
from bulk_update.records import FileKind, SourceOptions

WORKBOOK = (CORPORA / "xlsx" / "ok.xlsx").read_bytes()
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
MS_XML = (
    b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
    b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
)
HTML = b"\xef\xbb\xbf\n <TABLE border=1><tr><td>id</td></tr></table>"


def compound(stream: str) -> bytes:
    """Return the beginning of a compound file (MS-CFB) with one stream."""
    return (
        OLE
        + "Root Entry".encode("utf-16-le").ljust(128, b"\0")
        + (stream.encode("utf-16-le").ljust(128, b"\0"))
    )


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
        ("a.xlsx", compound("EncryptedPackage"), "protected with a password", "without a password"),
        ("a.xls", compound("EncryptedPackage"), "protected with a password", "without a password"),
        ("a.xls", compound("Workbook"), "an old Excel workbook (.xls), which is not", "as .xlsx"),
        ("a.xlsx", compound("Book"), "an old Excel workbook (.xls), despite its name", "as .xlsx"),
        ("a.xls", compound("WordDocument"), "a Word document, despite its name", "Export the"),
        ("a.xls", MS_XML, "an XML spreadsheet (Excel 2003)", "save it as .xlsx"),
        ("a.xml", MS_XML, "an XML spreadsheet (Excel 2003)", "save it as .xlsx"),
        ("a.pdf", b"%PDF-1.7\n", "a PDF document", "Export the table"),
        ("a.xlsx", b"", "the file is empty (0 bytes)", "Export it again"),
        ("a.ods", b"", "OpenDocument spreadsheets (.ods) are not supported", "save it as .xlsx"),
        ("a.XLS", WORKBOOK, "a newer kind of Excel workbook", "ends with .xlsx"),
        ("a.xlsb", b"PK\x03\x04", "binary Excel workbooks (.xlsb)", "save it as .xlsx"),
        ("a.ods", b"PK\x03\x04", "OpenDocument spreadsheets (.ods)", "save it as .xlsx"),
        ("a.numbers", b"PK\x03\x04", "Numbers spreadsheets", "save it as .xlsx"),
        ("a.csv", WORKBOOK, "an Excel workbook, not text", "ends with .xlsx"),
        ("a.csv", b"PK\x03\x04" + bytes(26) + b"a.txt", "a zip archive, not text", "Unpack"),
        ("a.xlsx", b"id;b\n1;x\n", "a text file, not a workbook", "ends with .csv"),
        ("a.xlsx", b"\0\1\2\3", "this is not a workbook, or it is damaged", "Export it again"),
        ("a.xlsx", b"\5owner".ljust(165), "lock file", "Name the workbook itself"),
        ("~$a.xlsx", b"\5owner".ljust(165), "lock file", "Name the workbook itself"),
        ("a.json", b"id\n1\n", "name does not say what it is (expected .csv", '"kind: text"'),
        ("a.json", b'{"id": 1}', "JSON", "Export the table"),
        ("a.csv.gz", gzip.compress(b"id\n", mtime=0), "compressed with gzip", "Unpack"),
        ("contacts", b"id\n1\n", "name does not say what it is", 'add "kind: text" under'),
        ("a.csv.20271101", b"id\n1\n", "name does not say what it is", '"kind: text"'),
        ("a.dat", WORKBOOK, "name does not say what it is", 'add "kind: workbook" under'),
        ("a.zip", b"PK\x03\x04" + bytes(26) + b"a.txt", "a zip archive, not a table", "Unpack"),
        ("a.csv", b"", "the file is empty (0 bytes)", "Export it again"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_its_name_says_is_refused_with_a_remedy(
    tmp_path: Path, name: str, content: bytes, finding: str, remedy: str
) -> None:
    message = refusal(write(tmp_path, content, name))
    assert finding in message
    assert remedy in message


@pytest.mark.parametrize("name", ["a.csv", "A.CSV", "a.tsv", "a.txt", "a.b.Csv"])
def test_a_text_file_may_have_any_of_its_endings(tmp_path: Path, name: str) -> None:
    assert read(write(tmp_path, "id,b\n1,x\n", name)).rows == {2: ("1", "x")}


@pytest.mark.parametrize("name", ["a.dat", "a.csv.20271101", "contacts", "a.json"])
def test_a_file_whose_name_does_not_show_its_kind_is_read_as_the_mapping_says(
    tmp_path: Path, name: str
) -> None:
    text = SourceOptions(kind=FileKind.TEXT)
    assert read(write(tmp_path, "id,b\n1,x\n", name), options=text).rows == {2: ("1", "x")}
    workbook = SourceOptions(kind=FileKind.WORKBOOK)
    assert len(read(write(tmp_path, WORKBOOK, name), options=workbook).rows) == 3
    assert "an Excel workbook, not text" in refusal(tmp_path / name, options=text)
    assert "a text file, not a workbook" in refusal(
        write(tmp_path, "id,b\n1,x\n", name), options=workbook
    )


def test_a_name_that_shows_the_kind_takes_precedence_over_the_mapping(tmp_path: Path) -> None:
    workbook = SourceOptions(kind=FileKind.WORKBOOK)
    assert read(write(tmp_path, "id,b\n1,x\n"), options=workbook).rows == {2: ("1", "x")}
    old = write(tmp_path, OLE, "a.xls")
    assert "with a password, or an old one" in refusal(old, options=workbook)


def test_a_sheet_on_the_command_line_is_refused_for_a_text_file(tmp_path: Path) -> None:
    path = write(tmp_path, "id,b\n1,x\n")
    assert "--sheet Dane" in refusal(path, override=SourceOptions(sheet="Dane"))
    assert read(path, options=SourceOptions(sheet="Dane")).rows == {2: ("1", "x")}


def test_options_for_text_do_not_matter_to_a_workbook(tmp_path: Path) -> None:
    path = write(tmp_path, WORKBOOK, "a.xlsx")
    for_text = SourceOptions(
        encoding="cp1250", delimiter=";", quotes_are_text=True, must_be_complete=True
    )
    assert read(path, options=for_text, override=for_text) == read(path)


@pytest.mark.parametrize("header", ["[id],b", "<id>,b", "{id},b", "BZ,b", '"[""id""]",b'])
def test_odd_column_names_are_not_taken_for_another_format(tmp_path: Path, header: str) -> None:
    assert read(write(tmp_path, f"{header}\n1,x\n"), ["b"]).rows == {2: ("1", "x")}


@pytest.mark.parametrize("name", ["a.XLSM", "a.xltx", "a.xltm"])
def test_a_macro_workbook_and_a_template_are_read_like_any_other(tmp_path: Path, name: str) -> None:
    assert len(read(write(tmp_path, WORKBOOK, name)).rows) == 3


def test_an_empty_zip_is_not_a_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w"):
        pass
    assert "not an Excel workbook" in refusal(tmp_path / "a.xlsx")


def test_a_path_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert "there is no such file" in refusal(tmp_path / "absent.csv")
    assert "this is a folder" in refusal(tmp_path)
    assert "cannot be read" in refusal(tmp_path / "a\0.csv")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "not a regular file" in refusal(tmp_path / "pipe.csv")


def test_a_fingerprint_is_of_the_bytes_on_disk(tmp_path: Path) -> None:
    path = write(tmp_path, "abc")
    assert fingerprint(path) == Fingerprint(
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 3
    )


def test_a_fingerprint_of_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        fingerprint(tmp_path / "absent.csv")
