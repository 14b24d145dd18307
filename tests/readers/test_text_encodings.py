"""The encoding is marked, named, or UTF-8; any other is refused with a likely reading."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from reading import read, refusal, write

from bulk_update.errors import UsageError
from bulk_update.readers import open_spreadsheet
from bulk_update.readers.encodings import choose_encoding
from bulk_update.readers.text_file import LARGEST_CELL
from bulk_update.records import SourceOptions

POLISH = "id;imię\n1;Żółć\n"


def named(encoding: str) -> SourceOptions:
    return SourceOptions(encoding=encoding)


@pytest.mark.parametrize(
    "encoding",
    ["cp1250", "iso8859-2", "mac_latin2", "cp852", "utf-16-le", "utf-16-be", "utf-32-le",
     "gb18030", "utf-7", "utf-8", "UTF8", "utf-8-sig"],
)  # fmt: skip
def test_any_text_encoding_is_read_when_it_is_named(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, POLISH.encode(encoding))
    found = read(path, ["id", "imię"], options=named(encoding))
    assert found.rows == {2: ("1", "Żółć")}


@pytest.mark.parametrize(
    ("mark", "codec", "label"),
    [
        (codecs.BOM_UTF8, "utf-8", "UTF-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
        (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
        (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    ],
)
def test_a_byte_order_mark_overrides_a_name_with_a_note(
    tmp_path: Path, mark: bytes, codec: str, label: str
) -> None:
    path = write(tmp_path, mark + POLISH.encode(codec))
    found = read(path, options=named("cp1250"))
    assert (found.rows, found.kind) == ({2: ("1", "Żółć")}, label)
    assert found.notices == [
        f"the file's byte order mark says {label}, so it was not read as cp1250"
    ]
    assert read(path).notices == read(path, options=named(label)).notices == []


@pytest.mark.parametrize(
    "name",
    ["rot13", "hex", "base64", "zlib", "idna", "punycode", "unicode_escape",
     "raw-unicode-escape", "undefined", "klingon", "cp1250\0", ""],
)  # fmt: skip
def test_an_unknown_text_encoding_is_rejected_by_name(name: str) -> None:
    with pytest.raises(UsageError, match="is not a known encoding"):
        choose_encoding(Path("contacts.csv"), b"id\n", name)


def test_utf_16_needs_a_mark_or_the_order_of_its_bytes(tmp_path: Path) -> None:
    path = write(tmp_path, POLISH.encode("utf-16-le"))
    assert "utf-16-le or utf-16-be" in refusal(path, options=named("utf-16"))


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_refused_with_the_line_to_add(tmp_path: Path, codec: str) -> None:
    message = refusal(write(tmp_path, POLISH.encode(codec)))
    assert "looks like UTF-16 without a byte order mark" in message
    assert f'"encoding: {codec}" under "source:", or --encoding {codec}' in message


def test_the_refusal_shows_the_place_the_readings_and_the_line_to_add(tmp_path: Path) -> None:
    path = write(tmp_path, "id;imie\n\n1;Zażółć\n2;Łó\n3;Kąty\n4;kąt\n".encode("cp1250"))
    assert refusal(path) == (
        f"{path}: the file is not UTF-8: byte 14 (offset 13), in row 3, cell 2, is 0xBF. "
        "These cells would read:\n"
        '  row 3, cell 2: "Zażółć" in cp1250, "Zażółć" in ISO 8859-2, "Za¿ó³æ" in cp1252\n'
        '  row 4, cell 2: "Łó" in cp1250, "Łó" in ISO 8859-2, "£ó" in cp1252\n'
        '  row 5, cell 2: "Kąty" in cp1250, "Kšty" in ISO 8859-2, "K¹ty" in cp1252\n'
        'If the first text of each line is right, add "encoding: cp1250" under "source:" in the '
        "mapping, or --encoding cp1250; if another one is, write iso8859-2 or cp1252 instead. "
        "If none is, the file may be from an old DOS program (cp852) or a Mac (mac-latin2), or a "
        "part of it is in another encoding: export it again as UTF-8."
    )


def test_there_is_a_cell_for_each_byte_that_the_likely_encodings_read_differently(
    tmp_path: Path,
) -> None:
    letters = "ąćęłńśźżĄĆĘŁŃŚŹŻ"
    rows = "".join(f"{i};{letter}\n{i};{letter}{letter}\n" for i, letter in enumerate(letters))
    for encoding in ("cp1250", "iso8859-2"):
        message = refusal(write(tmp_path, f"id;b\n{rows}".encode(encoding)))
        shown = [line for line in message.splitlines() if line.startswith("  row ")]
        assert [line.split('"')[1::2] for line in shown] == [
            [
                letter.encode(encoding).decode(codec, "replace").replace("\x9c", "\\x9c")
                .replace("\x9f", "\\x9f").replace("\x8c", "\\x8c").replace("\x8f", "\\x8f")
                for codec in ("cp1250", "iso8859-2", "cp1252")
            ]
            for letter in letters
        ]  # fmt: skip


def test_quotes_that_are_text_do_not_hide_the_place(tmp_path: Path) -> None:
    path = write(tmp_path, 'id\tb\n1\t"a\n2\t"K\n3\tŁódź\n'.encode("cp1250"))
    message = refusal(path, options=SourceOptions(quotes_are_text=True))
    assert "in row 4, cell 2" in message


@pytest.mark.parametrize(
    "encoding", ["cp1250", "cp1252", "iso8859-2", "latin-1", "cp852", "mac_latin2", "ascii"]
)
@pytest.mark.parametrize("text", ["Łódź", "Gdańsk", "é", "cena: 5 €", "\u2013"])
def test_utf_8_under_the_name_of_a_single_byte_encoding_is_refused(
    tmp_path: Path, encoding: str, text: str
) -> None:
    path = write(tmp_path, f"id;b\n1;{text}\n")
    said = refusal(path, options=named(encoding))
    assert f"the file is UTF-8, not {encoding}" in said
    assert f'Remove "encoding: {encoding}" from the mapping' in said
    assert f"Leave out --encoding {encoding}" in refusal(path, override=named(encoding))


@pytest.mark.parametrize("content", [b"id;b\n1;x\n", b"id;b\n1;5\xc2\xb0\n", b"id;b\n1;\xc5\n"])
def test_plausible_text_in_a_single_byte_encoding_is_read(tmp_path: Path, content: bytes) -> None:
    assert list(read(write(tmp_path, content), options=named("cp1250")).rows) == [2]


ODD = "Kąty Jaśmin Łódź Ręka Białystok"


@pytest.mark.parametrize(
    ("true", "wrong", "word", "reading"),
    [
        ("iso8859-2", "cp1250", "K±ty", "Kąty"),
        ("cp1250", "iso8859-2", "Ja\\x9cmin", "Jaśmin"),
        ("cp1250", "cp1252", "K¹ty", "Kąty"),
        ("iso8859-2", "cp1252", "K±ty", "Kąty"),
        ("cp1250", "latin-1", "K¹ty", "Kąty"),
        ("cp852", "cp1250", "R©ka", "Ręka"),
        ("cp1250", "cp852", "K╣ty", "Kąty"),
    ],
)
def test_symbols_between_letters_are_noted_with_their_likely_reading(
    tmp_path: Path, true: str, wrong: str, word: str, reading: str
) -> None:
    text = ODD if true != "cp852" else "Ręka"
    path = write(tmp_path, f"id;b\n1;{text}\n".encode(true))
    [note] = read(path, options=named(wrong)).notices
    assert f'the file may not be {wrong}: "{word}" has a symbol between letters' in note
    assert f'"{reading}" in ' in note
    assert f"(encoding: {true})" in note
    assert read(path, options=named(true)).notices == []


@pytest.mark.parametrize(
    "text", ["O\u2019Neil a\u2013b l·l Brand® „word”s", "Straße Ångström", "5 ± 3", "m² ¾ ½"]
)
def test_symbols_that_people_type_get_no_note(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, f"id;b\n1;{text}\n".encode("cp1252"))
    assert read(path, options=named("cp1252")).notices == []


@pytest.mark.parametrize("codec", ["cp1250", "cp1252"])
@pytest.mark.parametrize("word", ["Gdańsk", "KĄTY", "ćma", "łyżka"])
def test_text_that_was_misread_before_it_was_saved_is_noted(
    tmp_path: Path, word: str, codec: str
) -> None:
    misread = "".join(c if c.isascii() else c.encode().decode(codec) for c in word)
    [note] = read(write(tmp_path, f"id;b\n1;{misread}\n".encode())).notices
    assert f'"{misread}" seems to be "{word}"' in note


@pytest.mark.parametrize("text", ["Gdańsk", "FĂRĂ“ Ä… ÂÅ", "Ärger", "Ångström", "Ĺudia", "São Ãb"])
def test_letters_of_other_languages_are_no_misread_text(tmp_path: Path, text: str) -> None:
    assert read(write(tmp_path, f"id;b\n1;{text}\n".encode())).notices == []


def test_utf8_with_a_few_other_bytes_is_noted_under_a_single_byte_name(tmp_path: Path) -> None:
    content = "id;b\n1;Gdańsk\n".encode() + "2;Żory\n".encode("cp1250")
    [note] = read(write(tmp_path, content), options=named("cp1250")).notices
    assert '"GdaĹ„sk" seems to be "Gdańsk"' in note


def test_a_few_damaged_bytes_do_not_make_a_file_of_another_encoding(tmp_path: Path) -> None:
    content = "id;b\n1;Łódź\n2;Gdańsk\n".encode() + b"3;Krak\xf3w\n4;\xffx\n" + "5;Żółw\n".encode()
    message = refusal(write(tmp_path, content))
    assert "the file is UTF-8, but damaged in 2 places, first in row 4, cell 2" in message
    assert '"Krak\ufffdw"' in message
    assert "encoding" not in message


def test_a_file_that_is_not_text_is_refused_with_that_reason(tmp_path: Path) -> None:
    assert "this is not a text file" in refusal(write(tmp_path, bytes(range(1, 256)) * 20))


@pytest.mark.parametrize("codec", ["utf-32-le", "utf-32-be"])
def test_utf_32_without_a_mark_is_refused_with_the_line_to_add(tmp_path: Path, codec: str) -> None:
    path = write(tmp_path, POLISH.encode(codec))
    assert f"--encoding {codec}" in refusal(path)
    assert f"--encoding {codec}" in refusal(path, options=named("cp1250"))


def test_a_nul_in_a_single_byte_table_is_not_a_sign_of_another_encoding(tmp_path: Path) -> None:
    found = read(write(tmp_path, b"id;b\n1;\0\0\0\0\n2;x\n"), ["id", "b"])
    assert found.faults == {2: "control-character"}


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"id;b\n1;\xb3\n", "byte 8 (offset 7), in row 2, cell 2"),
        (b"sep=;\nid;b\n1;\xb3\n", "byte 14 (offset 13), in row 2, cell 2"),
        (b'id;b\n"1\n2";x\n3;y\n\xb3;y\n', "byte 18 (offset 17), in row 4, cell 1"),
        (b"\xb3d;b\n1;x\n", "byte 1 (offset 0), in row 1, cell 1"),
        (b"id;b\r1;x\r2;\xb3", "byte 12 (offset 11), in row 3, cell 2"),
        (b"id;b\n" + b"1;x\n" * 100_000 + b"1;\xb3", "byte 400008 (offset 400007), in row 100002"),
        # The first decoded block of bytes ends inside a character.
        (b"id;bb\n" + b"1;\xc4\x85\n" * 60_000 + b"1;\xb3", "byte 300009 (offset 300008)"),
    ],
)
def test_the_offending_byte_is_found(tmp_path: Path, content: bytes, place: str) -> None:
    assert place in refusal(write(tmp_path, content))


def test_unprintable_characters_are_escaped_and_long_cells_are_cut(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, b"id;b\n1;\x1b\x80\x98" + b"x" * 100 + b"\n"))
    assert '"\\x1b€\ufffd' + "x" * 54 + '..." in cp1250' in message


def test_the_error_names_the_row_if_no_single_cell_is_wrong(tmp_path: Path) -> None:
    path = write(tmp_path, b"id,b\n1\x1b$B,\x01,x\n")
    assert "in row 2, cell 3" in refusal(path, options=named("iso2022_jp"))


def test_an_invalid_byte_after_an_unclosed_quote_is_reported_with_its_offset(
    tmp_path: Path,
) -> None:
    before = b'id,b\n1,"' + (b"x" * 1023 + b"\n") * (LARGEST_CELL // 1024 + 1)
    path = write(tmp_path, before + b"\xb3\n")
    assert f"offset {len(before)}" in refusal(path)


def test_a_file_cut_inside_a_character_is_refused(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, "id;b\n1;Łódź".encode()[:-1]))
    assert "the file was cut off inside a character, at byte 13 (offset 12)" in message


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("id;b\n1;x".encode("utf-16")[:-1], None),
        (b"id;b\n1;\x81".decode("latin-1").encode("utf-32") + b"\0\0\0\x7f", None),
        ("id;b\n1;x".encode("utf-16-le")[:-1], "utf-16-le"),
    ],
)
def test_damage_in_a_non_ascii_encoding_is_reported_with_its_offset(
    tmp_path: Path, content: bytes, options: str | None
) -> None:
    message = refusal(write(tmp_path, content), options=SourceOptions(encoding=options))
    assert "is not valid" in message
    assert "offset" in message


def test_a_named_encoding_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, b"id;b\n1;L\x98"), options=named("cp1250"))
    assert "the file is not cp1250: byte 9 (offset 8), in row 2, cell 2, is 0x98" in message


@pytest.mark.parametrize(
    ("tail", "finding"),
    [
        (b"\0", "ends with 1 zero bytes"),
        (b"\0" * 5000, "ends with 5000 zero bytes"),
        (b"\0" * 300_000, "ends with 262144 or more zero bytes"),
    ],
)
def test_a_run_of_zeros_at_the_end_is_refused(tmp_path: Path, tail: bytes, finding: str) -> None:
    assert finding in refusal(write(tmp_path, b"id,b\n1,x\n" + tail))


def test_the_zero_byte_of_a_character_is_not_a_run_of_zeros(tmp_path: Path) -> None:
    path = write(tmp_path, "id,b\n1,x\n".encode("utf-16-le"))
    assert read(path, options=named("utf-16-le")).rows == {2: ("1", "x")}
    marked = write(tmp_path, "id,b\n1,x\n\0".encode("utf-16"), "marked.csv")
    assert "zero bytes" in refusal(marked)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1250"])
@pytest.mark.parametrize("tail", ["\x1a", "\r\n\x1a", "\x1a" * 128])
def test_end_marks_are_dropped_with_a_note(tmp_path: Path, encoding: str, tail: str) -> None:
    path = write(tmp_path, f"id,b\n1,x{tail}".encode(encoding))
    found = read(path, options=named(encoding))
    assert found.rows == {2: ("1", "x")}
    assert found.notices == ["a DOS end mark (^Z) after the last row was dropped"]


def test_a_file_with_only_an_end_mark_is_empty(tmp_path: Path) -> None:
    assert "the file is empty" in refusal(write(tmp_path, b"\x1a"))


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xff\xfe\0\0"])
def test_a_file_with_only_a_byte_order_mark_is_empty(tmp_path: Path, content: bytes) -> None:
    assert "the file is empty" in refusal(write(tmp_path, content))


def test_the_encoding_of_the_command_line_takes_precedence(tmp_path: Path) -> None:
    path = write(tmp_path, POLISH.encode("cp1250"))
    with open_spreadsheet(
        path, named("cp852"), mapped_columns=["imię"], override=named("cp1250")
    ) as spreadsheet:
        assert spreadsheet.kind == "cp1250"
