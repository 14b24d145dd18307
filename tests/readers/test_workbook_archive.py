"""A hostile or broken workbook is refused before any parser sees it, and crashes nothing."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from made_workbooks import (
    CONTENT_TYPES,
    MAIN,
    OFFICE,
    data_sheet,
    packed,
    parts,
    related,
    relation,
    shared,
    sheet,
    styles,
)
from reading import read, refusal, served

from bulk_update.errors import InputError
from bulk_update.readers.workbook.archive import ArchiveLimits, open_archive
from bulk_update.readers.workbook.process import workbook_process
from bulk_update.reasons import restored
from bulk_update.records import CellKind, TypedCell

ENTITY = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>'
GOOD = data_sheet('<c r="B2" s="1"><v>7</v></c>')


def contents() -> dict[str, str | bytes]:
    return dict(parts({"Data": GOOD}, strings=shared("<t>x</t>"), styled=styles("00000")))


def test_the_workbook_that_these_tests_break_is_valid(tmp_path: Path) -> None:
    assert read(packed(tmp_path / "a.xlsx", contents())).cells == [["1", "00007"]]


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../a.xml", "xl/../../a.xml", "C:/a.xml", "\\a.xml", "xl\\..\\a.xml", "a\nb"],
)
def test_a_part_whose_name_leaves_the_zip_is_refused(tmp_path: Path, name: str) -> None:
    message = refusal(packed(tmp_path / "a.xlsx", contents() | {name: "x"}))
    assert "a part's name points outside the zip archive" in message


def test_backslashes_and_case_in_a_parts_name_do_not_matter(tmp_path: Path) -> None:
    odd = {name.replace("/", "\\"): text for name, text in contents().items()}
    assert read(packed(tmp_path / "a.xlsx", odd)).cells == [["1", "00007"]]
    odd = {name.replace("xl/w", "XL/W"): text for name, text in contents().items()}
    assert read(packed(tmp_path / "b.xlsx", odd)).cells == [["1", "00007"]]


@pytest.mark.parametrize(
    "target",
    ["/xl/worksheets/sheet0.xml", "./worksheets/sheet0.xml", "worksheets\\sheet0.xml",
     "Worksheets/Sheet0.XML", "../xl/worksheets/sheet0.xml", "xl/worksheets/sheet0.xml",
     "worksheets/%73heet0.xml"],
)  # fmt: skip
def test_a_target_may_be_written_in_any_way_that_finds_the_part(
    tmp_path: Path, target: str
) -> None:
    odd = contents()
    relations = str(odd["xl/_rels/workbook.xml.rels"])
    assert 'Target="worksheets/sheet0.xml"' in relations
    odd["xl/_rels/workbook.xml.rels"] = relations.replace("worksheets/sheet0.xml", target)
    assert read(packed(tmp_path / "a.xlsx", odd)).cells == [["1", "00007"]]


@pytest.mark.parametrize("tail", [b"\0" * 100, b"\r\n"])
def test_bytes_after_the_zip_do_not_matter(tmp_path: Path, tail: bytes) -> None:
    path = packed(tmp_path / "a.xlsx", contents() | {"xl/media/": "", "__MACOSX/._x": "junk"})
    path.write_bytes(path.read_bytes() + tail)
    assert read(path).cells == [["1", "00007"]]


@pytest.mark.parametrize("name", ["xl/workbook.xml", "XL/Workbook.XML", "xl\\workbook.xml"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_are_refused(tmp_path: Path, name: str) -> None:
    path = packed(tmp_path / "a.xlsx", contents())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, "x")
    assert "two parts have the name" in refusal(path)


def test_too_many_parts_are_refused(tmp_path: Path) -> None:
    many = {f"xl/media/{i}": b"" for i in range(10_000)}
    assert "parts (at most 10,000)" in refusal(packed(tmp_path / "a.xlsx", contents() | many))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_unusual_compression_is_refused(tmp_path: Path, method: int) -> None:
    path = packed(tmp_path / "a.xlsx", contents())
    with zipfile.ZipFile(path, "a", method) as archive:
        archive.writestr("xl/a.bin", "x")
    assert "is compressed with an unknown method" in refusal(path)


def test_a_part_with_a_password_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.xlsx", contents())
    content = bytearray(path.read_bytes())
    for start, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(start) + flags] |= 1
    path.write_bytes(content)
    assert "needs a password" in refusal(path)


def test_a_part_that_inflates_too_far_is_refused(tmp_path: Path) -> None:
    bomb = {"xl/drawings/a.xml": bytes(20_000_000)}
    message = refusal(packed(tmp_path / "a.xlsx", contents() | bomb))
    assert "'xl/drawings/a.xml' expands to more than 100 times its size" in message


def test_a_picture_may_inflate_far_since_it_is_not_parsed(tmp_path: Path) -> None:
    white = {"xl/media/a.bmp": b"BM" + b"\xff" * 3_000_000}
    assert read(packed(tmp_path / "a.xlsx", contents() | white)).cells == [["1", "00007"]]


def test_a_part_that_is_parsed_may_not_inflate_too_far_whatever_its_name(tmp_path: Path) -> None:
    bomb = contents()
    listing = "xl/_rels/workbook.xml.rels"
    bomb[listing] = str(bomb[listing]).replace("sheet0.xml", "sheet0.bin")
    bomb["xl/worksheets/sheet0.bin"] = GOOD + " " * 3_000_000
    message = refusal(packed(tmp_path / "a.xlsx", bomb))
    assert "'xl/worksheets/sheet0.bin' expands to more than 100 times its size" in message


def test_a_workbook_that_inflates_too_far_as_a_whole_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.xlsx", contents())
    with zipfile.ZipFile(path) as archive:
        total = sum(part.file_size for part in archive.infolist())
    with open_archive(path, ArchiveLimits(total_bytes=total)) as archive:
        assert len(archive) == len(contents())
    with (
        pytest.raises(InputError, match=f"it expands to more than {total - 1:,} bytes"),
        open_archive(path, ArchiveLimits(total_bytes=total - 1)),
    ):
        pass  # pragma: no cover - refused earlier


@pytest.mark.parametrize(
    "part",
    ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "_rels/.rels", "xl/worksheets/sheet0.xml",
     "xl/sharedStrings.xml", "xl/drawings/a.vml", "docProps/core.xml"],
)  # fmt: skip
def test_a_document_type_in_any_part_is_refused_and_no_entity_is_read(
    tmp_path: Path, part: str
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("do not read me")
    broken = contents()
    broken[part] = ENTITY.format(secret=secret) + str(broken.get(part, "<a>&e;</a>"))
    message = refusal(packed(tmp_path / "a.xlsx", broken))
    assert f"the part '{part}' declares a document type (DTD)" in message
    assert "do not read me" not in message


def test_a_document_type_in_another_encoding_is_refused(tmp_path: Path) -> None:
    broken = contents() | {"docProps/app.xml": "<!DOCTYPE x []><x/>".encode("utf-16")}
    assert "declares a document type" in refusal(packed(tmp_path / "a.xlsx", broken))


@pytest.mark.parametrize("part", ["docProps/app.xml", "xl/sheet.bin"])
def test_an_unusual_encoding_is_refused(tmp_path: Path, part: str) -> None:
    broken = contents()
    listing = str(broken["xl/_rels/workbook.xml.rels"])
    broken["xl/_rels/workbook.xml.rels"] = listing.replace("worksheets/sheet0.xml", "sheet.bin")
    broken["xl/sheet.bin"] = GOOD
    broken[part] = "<?xml version='1.0' encoding='cp037'?>" + GOOD
    assert f"the part '{part}' is encoded as 'cp037'" in refusal(
        packed(tmp_path / "a.xlsx", broken)
    )


def test_a_document_type_after_megabytes_of_blanks_is_refused(tmp_path: Path) -> None:
    broken = contents() | {"docProps/app.xml": " " * 900_000 + "<!DOCTYPE x []><x/>"}
    assert "declares a document type" in refusal(packed(tmp_path / "a.xlsx", broken))


def test_a_document_type_in_a_part_with_another_suffix_is_refused_when_it_is_read(
    tmp_path: Path,
) -> None:
    broken = contents()
    broken["xl/sheet.bin"] = "<!DOCTYPE x []>" + GOOD
    listing = str(broken["xl/_rels/workbook.xml.rels"])
    broken["xl/_rels/workbook.xml.rels"] = listing.replace("worksheets/sheet0.xml", "sheet.bin")
    assert "'xl/sheet.bin' declares a document type" in refusal(packed(tmp_path / "a.xlsx", broken))


def test_a_malformed_drawing_is_harmless(tmp_path: Path) -> None:
    torn = contents() | {"xl/drawings/a.vml": "<xml><br></xml>", "xl/media/a.svg": "<!DOCTYPE svg>"}
    torn["docProps/core.xml"] = "not XML at all"
    assert read(packed(tmp_path / "a.xlsx", torn)).cells == [["1", "00007"]]


def external(target: str) -> str:
    return related(relation("s0", "worksheet", target, mode="External"))


@pytest.mark.parametrize(
    ("part", "finding"),
    [
        ("xl/_rels/workbook.xml.rels", 'the sheet "Data" is outside the file'),
        ("_rels/.rels", "does not say which part is the workbook"),
    ],
)
def test_a_needed_part_outside_the_workbook_is_refused(
    tmp_path: Path, part: str, finding: str
) -> None:
    broken = contents() | {part: external("http://127.0.0.1:9/sheet.xml")}
    assert finding in refusal(packed(tmp_path / "a.xlsx", broken))


def test_an_unneeded_part_outside_the_workbook_is_harmless(tmp_path: Path) -> None:
    odd = contents()
    for part in ("xl/_rels/workbook.xml.rels", "_rels/.rels"):
        link = external("file:///C:/template.xltx").partition("<Relationship ")[2]
        link = "<Relationship " + link.replace('Id="', 'Id="other')
        odd[part] = str(odd[part]).replace("</Relationships>", link)
    assert read(packed(tmp_path / "a.xlsx", odd)).cells == [["1", "00007"]]


def test_a_link_in_a_cell_is_harmless(tmp_path: Path) -> None:
    links = {"xl/worksheets/_rels/sheet0.xml.rels": external("https://example.com")}
    assert read(packed(tmp_path / "a.xlsx", contents() | links)).cells == [["1", "00007"]]


def without(part: str) -> dict[str, str | bytes]:
    return {name: content for name, content in contents().items() if name != part}


@pytest.mark.parametrize(
    ("part", "finding"),
    [
        ("_rels/.rels", "not an Excel workbook"),
        ("xl/workbook.xml", "the part 'xl/workbook.xml' is missing"),
        ("xl/_rels/workbook.xml.rels", "the part 'xl/_rels/workbook.xml.rels' is missing"),
        ("xl/worksheets/sheet0.xml", 'the sheet "Data" is listed, but missing'),
    ],
)
def test_a_missing_part_is_damage(tmp_path: Path, part: str, finding: str) -> None:
    assert finding in refusal(packed(tmp_path / "a.xlsx", without(part)))


@pytest.mark.parametrize(
    ("part", "expected"), [("[Content_Types].xml", "00007"), ("xl/styles.xml", "7")]
)
def test_a_part_that_no_value_depends_on_may_be_missing(
    tmp_path: Path, part: str, expected: str
) -> None:
    assert read(packed(tmp_path / "a.xlsx", without(part))).cells == [["1", expected]]


@pytest.mark.parametrize(
    ("parts_there", "finding"),
    [
        ({"mimetype": "application/vnd.oasis", "content.xml": "<x/>"}, "OpenDocument"),
        ({"Index/Document.iwa": "x"}, "a Numbers spreadsheet"),
        ({"_rels/.rels": "xl/workbook.bin"}, "a binary workbook (.xlsb)"),
        ({"_rels/.rels": "word/document.xml"}, "a Word document"),
        ({"_rels/.rels": "ppt/presentation.xml"}, "a PowerPoint presentation"),
    ],
)
def test_a_zip_of_another_program_is_recognized_by_its_parts(
    tmp_path: Path, parts_there: dict[str, str], finding: str
) -> None:
    if "_rels/.rels" in parts_there:
        target = parts_there["_rels/.rels"]
        parts_there = {"_rels/.rels": related(relation("a", "officeDocument", target)), target: "x"}
    message = refusal(packed(tmp_path / "a.xlsx", dict(parts_there)))
    assert f"this is {finding}" in message or f"this is an {finding}" in message


def test_no_refusal_quotes_a_library(tmp_path: Path) -> None:
    whole = packed(tmp_path / "whole.xlsx", contents()).read_bytes()
    cut = [whole[:length] for length in range(100, len(whole), 97)]
    changed = [
        whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :]
        for place in range(60, len(whole), 61)
    ]
    path = tmp_path / "damaged.xlsx"
    said = set()
    for damaged in cut + changed:
        path.write_bytes(damaged)
        refused = served(path)[-1].get("refused")
        assert refused or damaged in changed
        said |= (
            {str(InputError(*restored(refused))).replace(str(path), "FILE")} if refused else set()
        )
    for message in said:
        assert "Errno" not in message
        assert not re.search(r"zip file|CRC|zlib|magic|invalid token|Error|decompress", message)
        assert "save it as .xlsx" in message or "Unpack" in message or "Export" in message


def test_a_document_of_another_program_is_refused(tmp_path: Path) -> None:
    document = {
        "_rels/.rels": related(relation("a", "extended-properties", "docProps/app.xml")),
        "docProps/app.xml": "<Properties/>",
    }
    assert "does not say which part is the workbook" in refusal(
        packed(tmp_path / "a.xlsx", document)
    )


def test_a_workbook_may_keep_its_parts_anywhere(tmp_path: Path) -> None:
    moved = {name.replace("xl/", "book/"): text for name, text in contents().items()}
    moved["_rels/.rels"] = related(relation("a", "officeDocument", "/book/workbook.xml"))
    moved["[Content_Types].xml"] = CONTENT_TYPES.replace("/xl/", "/book/")
    assert read(packed(tmp_path / "a.xlsx", moved)).cells == [["1", "00007"]]


def test_a_workbook_that_names_two_parts_as_itself_is_damage(tmp_path: Path) -> None:
    twice = contents() | {"[Content_Types].xml": CONTENT_TYPES.replace("workbook.xml", "b.xml")}
    twice["xl/b.xml"] = twice["xl/workbook.xml"]
    assert "it names two parts as the workbook" in refusal(packed(tmp_path / "a.xlsx", twice))


def test_a_workbook_without_sheets_is_damage(tmp_path: Path) -> None:
    assert "it lists no sheets" in refusal(packed(tmp_path / "a.xlsx", parts({})))


def test_missing_shared_strings_are_damage_if_a_cell_refers_to_one(
    tmp_path: Path,
) -> None:
    broken = without("xl/sharedStrings.xml")
    assert read(packed(tmp_path / "a.xlsx", broken)).cells == [["1", "00007"]]
    broken["xl/worksheets/sheet0.xml"] = data_sheet('<c r="B2" t="s"><v>0</v></c>')
    message = refusal(packed(tmp_path / "a.xlsx", broken))
    assert "the part 'xl/sharedStrings.xml' is missing" in message


@pytest.mark.parametrize("text", ["<sst><si>", "<sst><si><t>a<b/></t></si></sst>"])
def test_a_malformed_part_that_a_sheet_refers_to_is_named(tmp_path: Path, text: str) -> None:
    broken = contents()
    broken["xl/sharedStrings.xml"] = text.replace("<sst>", f'<sst xmlns="{MAIN}">')
    broken["xl/worksheets/sheet0.xml"] = data_sheet('<c r="B2" t="s"><v>0</v></c>')
    message = refusal(packed(tmp_path / "a.xlsx", broken))
    assert ": the workbook is damaged: the part 'xl/sharedStrings.xml' is malformed" in message


def test_missing_styles_are_harmless_if_no_cell_is_a_number(tmp_path: Path) -> None:
    broken = without("xl/styles.xml")
    broken["xl/worksheets/sheet0.xml"] = data_sheet('<c r="B2" s="7" t="str"><v>b</v></c>')
    assert read(packed(tmp_path / "a.xlsx", broken)).cells == [["1", "b"]]


def test_a_missing_number_format_leaves_the_look_of_its_numbers_open(
    tmp_path: Path,
) -> None:
    broken = contents()
    broken["xl/styles.xml"] = styles("00000").replace('"0"/>', '"164"/>')
    assert read(packed(tmp_path / "a.xlsx", broken)).cells == [["1", "00007"]]
    broken["xl/worksheets/sheet0.xml"] = data_sheet('<c r="B2"><v>7</v></c>')
    [row] = read(packed(tmp_path / "a.xlsx", broken)).rows.values()
    assert row[1] == TypedCell(CellKind.STYLED_NUMBER, "7", Decimal(7))


def test_only_the_number_formats_of_styles_are_read(tmp_path: Path) -> None:
    styled = styles(*["00000"] * 64_000).replace("/></cell", '><font size="?"/></xf></cell')
    looks = '<fonts><font><color rgb="?"/></font></fonts><fills><fill/></fills><cellXfs>'
    names = "".join(f'<cellStyle name="{n % 7}" xfId="{n}"/>' for n in range(64_000))
    styled = styled.replace("<cellXfs>", looks).replace("</styleSheet>", f"{names}</styleSheet>")
    path = packed(tmp_path / "a.xlsx", contents() | {"xl/styles.xml": styled})
    with workbook_process(path, cpu_seconds=5.0) as process:
        process.ask({"path": str(path)})
        head = process.ask({"do": "head", "sheet": 0, "until": 2})
    assert head["rows"][1] == [2, ["1", "00007"]]


@pytest.mark.parametrize("kind", ["theme", "calcChain", "vbaProject", "externalLink"])
def test_a_part_that_no_cell_needs_may_be_missing(tmp_path: Path, kind: str) -> None:
    listing = contents()
    relations = str(listing["xl/_rels/workbook.xml.rels"])
    dangling = relation("x", kind, "nowhere.xml") + "</Relationships>"
    listing["xl/_rels/workbook.xml.rels"] = relations.replace("</Relationships>", dangling)
    assert read(packed(tmp_path / "a.xlsx", listing)).cells == [["1", "00007"]]


def test_formatting_unknown_to_the_standard_is_harmless(tmp_path: Path) -> None:
    odd = contents()
    book = str(odd["xl/workbook.xml"])
    views = '<bookViews><workbookView visibility="?" activeTab="x"/></bookViews><sheets>'
    book = book.replace("<sheets>", views).replace("<sheet ", '<sheet state="?" color="red" ')
    odd["xl/workbook.xml"] = book
    assert read(packed(tmp_path / "a.xlsx", odd)).cells == [["1", "00007"]]


def test_elements_nested_too_deeply_are_refused(tmp_path: Path) -> None:
    deep = contents() | {"xl/worksheets/sheet0.xml": "<x>" * 100_000 + "</x>" * 100_000}
    assert "nests elements more than 64 deep" in refusal(packed(tmp_path / "a.xlsx", deep))


def flip(content: bytearray) -> None:
    content[content.index(b"xl/worksheets/sheet0.xml") + 60] ^= 0xFF


def cut(content: bytearray) -> None:
    del content[len(content) * 2 // 3 :]


def misname(content: bytearray) -> None:
    content[content.index(b"xl/workbook.xml")] = ord("y")


def zero_checksum(content: bytearray) -> None:
    start = content.index(b"PK\1\2")
    content[start + 16 : start + 20] = bytes(4)


@pytest.mark.parametrize("damage", [flip, cut, misname, zero_checksum])
def test_damaged_bytes_are_reported_as_damage(
    tmp_path: Path, damage: Callable[[bytearray], None]
) -> None:
    path = packed(tmp_path / "a.xlsx", contents())
    content = bytearray(path.read_bytes())
    damage(content)
    path.write_bytes(content)
    assert "the workbook is damaged" in refusal(path)


def test_a_part_larger_than_it_claims_is_damage(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.xlsx", contents())
    content = bytearray(path.read_bytes())
    for start, field in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        at = content.index(start) + field
        content[at : at + 4] = (9).to_bytes(4, "little")
    path.write_bytes(content)
    assert "the workbook is damaged" in refusal(path)


def test_a_relation_of_an_unknown_kind_is_ignored(tmp_path: Path) -> None:
    more = contents()
    listing = str(more["xl/_rels/workbook.xml.rels"])
    more["xl/_rels/workbook.xml.rels"] = listing.replace(
        "</Relationships>",
        f'<Relationship Id="x" Type="{OFFICE}/theme" Target="t"/></Relationships>',
    )
    more["xl/worksheets/sheet0.xml"] = sheet("")
    assert read(packed(tmp_path / "a.xlsx", more)).rows == {}
