from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bulk_update.errors import MappingError
from bulk_update.mapping import load_mapping
from bulk_update.mapping.document import DEEPEST_LEVEL, Unquoted, read_document
from bulk_update.mapping.file_text import LARGEST_BYTES


def faults_of(data: bytes) -> list[str]:
    with pytest.raises(MappingError) as error:
        load_mapping(data, path="m.yaml")
    return [line for line in error.value.message.splitlines() if not line.startswith(" ")]


@pytest.mark.parametrize(
    "text", ["no", "on", "0123", "12:30:45", "1_000", "null", "~", "0x1F", "1e3"]
)
def test_a_scalar_stays_the_text_that_its_author_sees(text: str) -> None:
    assert read_document(f"key: {text}".encode()).value == {"key": text}


def test_a_scalar_without_quotes_is_distinguished_from_one_with_quotes() -> None:
    value = read_document(b"a: 2\nb: '2'\n").value
    assert [isinstance(text, Unquoted) for text in value.values()] == [True, False]


def test_flow_and_block_style_give_the_same_content() -> None:
    block = b"a:\n  - 1\n  - b: |\n      x\n"
    assert read_document(block).value == read_document(b'{a: [1, {b: "x\\n"}]}').value


def test_a_byte_order_mark_of_utf_8_is_not_part_of_the_mapping() -> None:
    assert read_document("\ufeffkey: Łódź".encode()).value == {"key": "Łódź"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "m.yaml:1:1: the mapping is empty (expected keys such as campaign:)"),
        (b"# nothing\n", "m.yaml:1:1: the mapping is empty (expected keys such as campaign:)"),
        (b"- a\n", "m.yaml:1:1: this is a list, not a mapping (expected keys such as campaign:)"),
        (b"word\n", "m.yaml:1:1: this is not a mapping (expected keys such as campaign:)"),
        (
            "a: 1\nnazwa: ż".encode("cp1250"),
            'm.yaml:2:8: byte 0xBF is not UTF-8 (in cp1250 it is "ż"): save the mapping as UTF-8',
        ),
        (
            "a: 1".encode("utf-16"),
            "m.yaml:1:1: the mapping is in UTF-16 (Unicode): save it as UTF-8",
        ),
        (
            b"a: b\x00c\n",
            r'm.yaml:1:5: the character "\x00" is not allowed in a mapping',
        ),
        (b'a: "b\\x1bc"\n', r'm.yaml:1:4: "b\x1bc" contains a control character'),
        (b'"a\\0": 1\n', r'm.yaml:1:1: "a\x00" contains a control character'),
        (b"a:\n\tb: 1\n", "m.yaml:2:1: the line is indented with a TAB: use spaces"),
        (b"a: &x 1\n", "m.yaml:1:4: the anchor &x is not allowed"),
        (b"a: *x\n", "m.yaml:1:4: the alias *x is not allowed: write the value itself"),
        (b"*x : 1\n", "m.yaml:1:1: a key must be a single word or text"),
        (
            b"!!python/object/apply:os.system ['true']\n",
            'm.yaml:1:1: the tag "tag:yaml.org,2002:python/object/apply:os.system" is not allowed',
        ),
        (b"a: !!str 1\n", 'm.yaml:1:4: the tag "tag:yaml.org,2002:str" is not allowed'),
        (
            b"<<: {a: 1}\n",
            "m.yaml:1:1: the merge key << is not allowed: write the keys themselves",
        ),
        (b"a: 1\n---\nb: 2\n", "m.yaml:2:1: a second document begins here"),
        (b"a:\n  id: 1\n  id: 2\n", 'm.yaml:3:3: duplicate key "id" (first in line 2)'),
        (b"? [a]\n: 1\n", "m.yaml:1:3: a key must be a single word or text"),
        (b"a:\nb: 1\n", "m.yaml:1:3: missing value: add one or remove the key"),
        (b"a: [1, 2\n", "m.yaml:1:4: the [ that begins here is never closed: add ] at the end"),
        (
            b"a: 'b\n",
            "m.yaml:1:4: the quote that begins here is never closed: add ' at the end of the text",
        ),
        (b"a: b: c\n", 'm.yaml:1:4: a text that contains ": " must be in quotes: write "b: c"'),
    ],
)
def test_forbidden_content_is_reported_in_one_line_with_its_place(
    data: bytes, expected: str
) -> None:
    assert any(expected in fault for fault in faults_of(data))


def test_a_mapping_of_more_than_a_megabyte_is_refused_unread() -> None:
    size = LARGEST_BYTES + 1
    assert faults_of(b"[" * size) == [f"m.yaml:1:1: the mapping is larger than 1 MB ({size} bytes)"]


@pytest.mark.parametrize("opening", [b"[", b"{a: ", b"- "])
def test_deep_nesting_is_refused_before_it_is_built(opening: bytes) -> None:
    column = len(opening) * DEEPEST_LEVEL + 1
    assert faults_of(opening * 500) == [
        f"m.yaml:1:{column}: more than {DEEPEST_LEVEL} levels of nesting"
    ]


@pytest.mark.parametrize("opening", [b"[", b"{a: ", b"- "])
def test_endless_nesting_is_refused_wherever_the_parser_notices_it(opening: bytes) -> None:
    (fault,) = faults_of(opening * 50_000)
    assert re.fullmatch(rf"m\.yaml:1:[0-9]+: more than {DEEPEST_LEVEL} levels of nesting", fault)


def test_an_alias_bomb_is_refused_before_it_expands() -> None:
    lines = [b"a0: &a0 [x]"]
    lines += [b"a%d: &a%d [%s]" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 10)]
    faults = faults_of(b"\n".join(lines))
    assert len(faults) == 19  # ten anchors, and the first alias to each of nine


def test_all_faults_are_reported_at_once_in_the_order_of_the_file() -> None:
    faults = faults_of(b"a: &x 1\na: 2\nb: !t 3\nc:\n")
    assert [fault.split(": ")[0] for fault in faults] == [
        "m.yaml:1:4",
        "m.yaml:2:1",
        "m.yaml:3:4",
        "m.yaml:4:3",
    ]


def test_only_the_first_hundred_faults_are_reported() -> None:
    faults = faults_of(b"".join(b"k%d:\n" % n for n in range(150)))
    assert (len(faults), faults[-1]) == (101, "m.yaml: and 50 more errors")


@settings(deadline=None)
@example(b"?")
@given(
    st.binary(max_size=200)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=200).map(str.encode)
)
def test_any_bytes_give_a_mapping_or_a_mapping_error(data: bytes) -> None:
    with pytest.raises(MappingError, match=r"m\.yaml:[0-9]+:[0-9]+: "):
        load_mapping(data, path="m.yaml")
