"""Whatever bytes a file holds, it is read or refused; a reader never does anything else."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from made_workbooks import packed, parts, shared, sheet, styles
from reading import CORPORA, read, served, write

from bulk_update.errors import UnusableError
from bulk_update.messages import told
from bulk_update.records import SourceOptions

SEEDS = [path.read_bytes() for path in sorted((CORPORA / "csv").iterdir())]
ENCODINGS = [None, "cp1250", "utf-16-le", "utf-7", "shift_jis", "iso2022_jp", "cp037"]
PIECES = [
    *(b"\0", b'"', b'""', b"\\", b"\r", b"\n", b",", b";", b"\x1a", b"\xff", b"\xc4", b"\xed\xa0"),
    *(b"sep=;\n", b"\xef\xbb\xbf", b"id", b"'", b"_outcome,_code,_message"),
]

ROWS = (
    '<row r="2" hidden="1"><c r="A2" s="1"><v>7</v></c><c r="B2" t="s"><v>0</v></c></row>'
    '<row r="3"><c r="A3" t="b"><v>1</v></c><c r="B3"><f>A1</f><v/></c></row>'
)
WORKBOOK = parts(
    {"Data": sheet(ROWS, before='<cols><col min="1" max="2" hidden="1"/></cols>')},
    styled=styles("yyyy", "00000"),
    strings=shared("<t>x</t>", "<r><t>y</t></r>"),
)
TOKENS = [
    *("", "<", ">", "&", '"', "1", "-1", "9" * 5000, "1E999999999", "NaN", "\u0663", "\x01"),
    *("<v>", "</v>", "<row>", "</row>", "<c>", "A1048577", "r=", 't="s"', 't="d"', 's="9"'),
    *("_xD800_", "<!DOCTYPE x>", "&amp;", "<?xml version='1.0' encoding='foo'?>"),
]


@settings(max_examples=300, deadline=None)
@given(
    seed=st.sampled_from(SEEDS) | st.binary(max_size=60),
    changes=st.lists(st.tuples(st.floats(0, 1), st.sampled_from(PIECES)), max_size=4),
    encoding=st.sampled_from(ENCODINGS),
)
def test_any_text_file_is_read_or_refused(
    seed: bytes, changes: list[tuple[float, bytes]], encoding: str | None
) -> None:
    for place, piece in changes:
        at = int(place * len(seed))
        seed = seed[:at] + piece + seed[at:]
    with TemporaryDirectory() as folder:
        path = write(Path(folder), seed)
        try:
            read(path, options=SourceOptions(encoding=encoding))
        except UnusableError as refused:
            assert str(path) in str(refused)  # noqa: PT017 - reading it is fine, too


@settings(max_examples=400, deadline=None)
@given(
    part=st.sampled_from(sorted(WORKBOOK)),
    changes=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(TOKENS)),
        min_size=1,
        max_size=3,
    ),
)
def test_any_change_to_a_part_of_a_workbook_is_read_or_refused(
    part: str, changes: list[tuple[float, int, str]]
) -> None:
    text = WORKBOOK[part]
    for place, length, token in changes:
        at = int(place * len(text))
        text = text[:at] + token + text[at + length :]
    with TemporaryDirectory() as folder:
        last = served(packed(Path(folder) / "a.xlsx", WORKBOOK | {part: text}))[-1]
    assert "hidden_rows" in last or "refused" in last or "sheets" in last


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_change_to_the_bytes_of_a_workbook_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray((CORPORA / "xlsx" / "ok.xlsx").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with TemporaryDirectory() as folder:
        last = served(write(Path(folder), bytes(content), "a.xlsx"))[-1]
    assert "hidden_rows" in last or "refused" in last


def test_a_part_whose_name_is_not_the_utf_8_that_it_claims_to_be_is_refused(tmp_path: Path) -> None:
    content = bytearray((CORPORA / "xlsx" / "ok.xlsx").read_bytes())
    content[7], content[30] = 0x08, 0x80  # of the first part: flag 11, and its name
    last = served(write(tmp_path, bytes(content), "a.xlsx"))[-1]
    assert "bytes of the part" in told(last["refused"])
