"""Mistakes of people who do not know YAML, and the full messages that they get.

Each case of `mistakes.txt` is a heading, the change to the small mapping (or a whole file), and the
message. The file is written by `python tests/mapping/test_mapping_mistakes.py` from the program's
own messages: read the diff before you commit it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bulk_update.errors import MappingError
from bulk_update.mapping import load_mapping
from bulk_update.mapping.advice import KEY_WORDS, OPTIONS, VALUE_WORDS, directives_of
from bulk_update.mapping.json_schema import described_keys
from bulk_update.settings import Settings

GOLDEN = Path(__file__).parent / "mistakes.txt"

SMALL = """\
version: 1
campaign: "00001"
identifier:
  column: ID
update:
  status_id:
    column: Status
    lookup:
      Kontakt: 3
      Nie dzwonić: 4
  record_fields:
    miasto: {column: Miasto}
where:
  column: Eksport
  in:
    - tak
"""

CHANGES = [
    # a colon without a space, or no colon
    ("version: 1\n", "version: 1\nname:x\n"),
    ("version: 1", "version:1"),
    ("version: 1\n", "version:1\nname:x\n"),
    ("Kontakt: 3", "Kontakt:3"),
    ("Kontakt: 3\n      Nie dzwonić: 4", "Kontakt:3\n      Nie dzwonić:4"),
    ("column: ID", "column:ID"),
    ("column: ID", "column ID"),
    ("{column: Miasto}", "{column:Miasto, type:date}"),
    ("{column: Miasto}", "{column: Miasto, lookup: {Kontakt:3, Nie: 4}}"),
    ('campaign: "', 'campaign:\u00a0"'),
    ('campaign: "', 'campaign "'),
    ("version: 1", "version = 1"),
    ("Kontakt: 3", "Kontakt = 3"),
    ("{column: Miasto}", "{column = Miasto}"),
    ("Kontakt: 3", "Kontakt 3"),
    ("where:", "where"),
    # indentation
    ("  column: ID", "\tcolumn: ID"),
    ("      Nie", "\tNie"),
    ("  column: ID", "\u00a0\u00a0column: ID"),
    ("  column: ID", "column: ID"),
    ('campaign: "', ' campaign: "'),
    ("      Kontakt", "       Kontakt"),
    ("      Nie", "       Nie"),
    ("identifier:\n", "identifier: ID\n"),
    ("    miasto: {column: Miasto}", "    miasto:\n    column: Miasto"),
    ("    miasto: {column: Miasto}", "  miasto: {column: Miasto}"),
    # texts that need quotes
    ("column: ID", "column: @ID"),
    ("column: ID", "column: %ID"),
    ("column: ID", "column: *ID"),
    ("column: ID", "column: * ID"),
    ("column: ID", "column: &ID"),
    ("column: ID", "column: !ID"),
    ("column: ID", "column: `ID`"),
    ("column: ID", "column: #1"),
    ("column: ID", "column: # the number"),
    ("column: ID", "column: ## the number"),
    # a lookup that is not filled in
    ("Kontakt: 3", "Kontakt:   # 120 rows"),
    ("Kontakt: 3\n      Nie dzwonić: 4", "Kontakt:\n      Nie dzwonić:   # 7 rows"),
    ("Kontakt: 3", "Kontakt: #3"),
    ("{column: Miasto}", "{column: Miasto, lookup: {Kontakt: , Nie: 4}}"),
    ("{column: Miasto}", "{column: Miasto, lookup: {Nie: 4, Kontakt: }}"),
    # more texts that need quotes
    ("column: ID", "column: > 30 dni"),
    ("column: ID", "column: |"),
    ("column: ID", "column: ,"),
    ("column: ID", "column: -"),
    ("column: ID", "column: Numer: ID"),
    ("column: ID", "column: [0-9]{9}"),
    ("column: ID", "column: {{ID}}"),
    ("Kontakt: 3", "@Kontakt: 3"),
    ("{column: Miasto}", "{column: Kwota [PLN]}"),
    ("{column: Miasto}", "{column: Ulica, nr}"),
    ("{column: Miasto}", "{column: #Miasto}"),
    ("{column: Miasto}", "{column: Kod #1, max_length: 9}"),
    ("{column: Miasto}", "{column: Miasto # nowe"),
    ("{column: Miasto}", "{column: Miasto: Polska}"),
    ("{column: Miasto}", "{column: Miasto type: date}"),
    ("{column: Miasto}", "{column: Miasto, pattern: [0-9]{9}}"),
    ("{column: Miasto}", '{column: Miasto, pattern: "\\d+"}'),
    ("{column: Miasto}", "{column: Saldo, type: decimal, decimal: ,}"),
    ("{column: Miasto}", "{columns: [Ulica, Miasto], join: |}"),
    ("{column: Miasto}", "{column: T, type: date, formats: [%d.%m.%Y]}"),
    # quotes
    ('"00001"', "„00001”"),
    ("{column: Miasto}", "{column: „Ulica, nr”}"),
    ("{column: Miasto}", "{column: 'Miasto's'}"),
    ("column: ID", "column: 'it's'"),
    ("column: ID", 'column: "ID'),
    ("column: ID", 'column: "ID" i numer'),
    ("{column: Miasto}", '{column: "Miasto}'),
    # brackets and lists
    ("{column: Miasto}", "{column: Miasto"),
    ("{column: Miasto}", "{column: Miasto}}"),
    ("{column: Miasto}", "{column: Miasto]"),
    ("{column: Miasto}", "{column: Miasto} x"),
    ("{column: Miasto}", "{columns: [Ulica, Miasto, join: x}"),
    ("    - tak", "    -tak"),
    ("    - tak", "    * tak"),
    ("    - tak", "    \u2013 tak"),
    ("in:\n    - tak", "in: - tak"),
    ("in:\n    - tak", "in: tak"),
    ("in:\n    - tak", "in: tak, nie"),
    ("  status_id:\n", "  - status_id:\n"),
    ("    miasto: {", "    - miasto: {"),
    ("{column: Miasto}", "{column: [Ulica, Miasto]}"),
    ("{column: Miasto}", "[Miasto]"),
    # values of another kind
    ("{column: Miasto}", "Miasto"),
    ("{column: Miasto}", "{column: T, type: date, formats: DD.MM.YYYY}"),
    ("{column: Miasto}", "{column: T, type: date, formats: [DD.MM.RRRR]}"),
    ("{column: Miasto}", '{column: T, type: datetime, formats: ["%d.%m.%Y %H:%m"]}'),
    ("{column: Miasto}", "{column: T, type: data}"),
    ("{column: Miasto}", "{column: T, type: number}"),
    ("{column: Miasto}", "{column: T, type: boolean, true: tak}"),
    ("  record_fields", "  next_call_date: Termin\n  record_fields"),
    ("  record_fields", "  next_call_date: {column: T, type: data}\n  record_fields"),
    ("  record_fields", "  next_call_date: {column: T, formats: [DD.MM.YYYY]}\n  record_fields"),
    ("version: 1", "version: 1;"),
    ('"00001"', ""),
    # keys
    ("  record_fields", "  imie: {column: Imię}\n  record_fields"),
    ("  record_fields", "  imie: Imię\n  record_fields"),
    ("  record_fields", "  status: {column: Status}\n  record_fields"),
    ("  record_fields", "  max_rows: 5\n  record_fields"),
    ("version: 1", "version: 1\nencoding: cp1250"),
    ("version: 1", "version: 1\npassword: x"),
    ("version: 1", "version: 1\nmax_row: 5"),
    ("version: 1", "version: 1\nversion: 1"),
    ("column: ID", "kolumna: ID"),
    # all at once
    (
        SMALL,
        (
            "versio:1\nname:x\ncampaign: 1\nidentifier: ID\nupdate:\n  miasto: Miasto\n"
            "  record_fields:\n\tb: {column:B, typ: data}\n    c: {column: „C”}\n"
            "    d: {column: @D}\n"
        ),
    ),
]
FILES = {
    "an empty file": b"",
    "comments alone": b"# nothing\n",
    "a Windows encoding": SMALL.replace("tak", "wysłać").encode("cp1250"),
    "UTF-16": SMALL.encode("utf-16"),
    "a workbook": b"PK\x03\x04\x14\x00",
    "a table": b"ID;Status;Miasto\n1;2;3\n",
    "a page": b"<!doctype html><title>Login</title>",
    "JSON of another kind": b'{"run_id": "x", "outcomes": {}}',
    "a JSON list": b'[{"row": 1}]',
    "JSON lines": b'{"row": 1}\n{"row": 2}\n',
    "another program's YAML": b"services:\n  web:\n    image: nginx\n",
    "a list": b"- column: ID\n",
    "a word": b"hello\n",
    "two documents": SMALL.encode() + b"---\nversion: 1\n",
}


def message_for(data: bytes) -> str:
    with pytest.raises(MappingError) as refusal:
        load_mapping(data, path="m.yaml")
    return refusal.value.message


def cases() -> dict[str, bytes]:
    found = {}
    for old, new in CHANGES:
        assert old in SMALL
        heading = repr(new) if old == SMALL else f"{old!r} becomes {new!r}"
        found[heading] = SMALL.replace(old, new, 1).encode()
    return found | FILES


def written() -> str:
    return "\n".join(f"--- {heading}\n{message_for(data)}\n" for heading, data in cases().items())


@pytest.mark.parametrize("heading", cases())
def test_a_mistake_gets_exactly_the_recorded_message(heading: str) -> None:
    golden = dict(
        part.split("\n", 1) for part in f"\n{GOLDEN.read_text('utf-8')}".split("\n--- ")[1:]
    )
    assert golden[heading].rstrip("\n") == message_for(cases()[heading]).rstrip("\n")


def test_every_recorded_message_belongs_to_a_mistake() -> None:
    headings = re.findall(r"^--- (.*)$", GOLDEN.read_text("utf-8"), re.MULTILINE)
    assert headings == list(cases())


@pytest.mark.parametrize("heading", cases())
def test_no_message_quotes_the_parser_or_pydantic(heading: str) -> None:
    message = message_for(cases()[heading])
    theirs = "while |did not find|could not find|scann|block mapping|pydantic|Input should|mark"
    assert not re.search(theirs, message)


CALL = "{column: T, type: datetime}"
CORRECTIONS = [
    ("version: 1", "version:1", "{}", "version: 1"),
    ("{column: Miasto}", "{column:Miasto}", "{{{}}}", "column: Miasto"),
    ("{column: Miasto}", "{column = Miasto}", "{{{}}}", "column: Miasto"),
    ("column: ID", "column ID", "{}", "column: ID"),
    ("column: ID", "column: @ID", "column: {}", '"@ID"'),
    ("column: ID", "column: |", "column: {}", '"|"'),
    ("column: ID", "column: Numer: ID", "column: {}", '"Numer: ID"'),
    ("column: ID", "column: 'it's'", "column: {}", '"it\'s"'),
    ("column: ID", 'column: "ID" i numer', "column: {}", "'\"ID\" i numer'"),
    ("column: ID", 'column: "C:\\Users"', "column: {}", "'C:\\Users'"),
    ("{column: Miasto}", "{column: Kwota [PLN]}", "{{column: {}}}", '"Kwota [PLN]"'),
    ("{column: Miasto}", "{column: „Ulica, nr”}", "{{column: {}}}", '"Ulica, nr"'),
    ("{column: Miasto}", "{column: [A, B]}", "{{{}}}", 'columns: [A, B], join: " "'),
    ("{column: Miasto}", "Miasto", "{}", "{column: Miasto}"),
    ("{column: Miasto}", "5", "{}", "{value: 5}"),
    ("in:\n    - tak", "in: tak, nie", "in: {}", "[tak, nie]"),
    ("in:\n    - tak", "in: - tak", "in: {}", "[tak]"),
    ("    - tak", "    -tak", "    {}", "- tak"),
    ("  record", "  next_call_date: T\n  record", "  next_call_date: {}\n  record", CALL),
]


@pytest.mark.parametrize(("right", "wrong", "corrected", "advice"), CORRECTIONS, ids=str)
def test_following_the_advice_of_a_message_causes_no_other_error(
    right: str, wrong: str, corrected: str, advice: str
) -> None:
    assert advice in message_for(SMALL.replace(right, wrong, 1).encode())
    text = SMALL.replace(right, corrected.format(advice), 1)
    assert load_mapping(text.encode(), path="m.yaml").warnings() == ()


def test_faults_hidden_by_a_wrong_value_are_reported_with_it() -> None:
    wrong = "{column: T, formats: [DD.MM.YYYY], decimal: x}"
    for field, wanted in (("next_call_date", "type: datetime"), ("status_id", "type: date or")):
        text = SMALL.replace("  record_fields", f"  {field}: {wrong}\n  record_fields")
        text = text if field != "status_id" else SMALL.replace("{column: Miasto}", wrong)
        message = message_for(text.encode())
        assert 'write "%d.%m.%Y"' in message
        assert f"formats needs {wanted}" in message
        assert "decimal needs type: decimal" in message


def test_words_for_keys_and_values_refer_to_existing_ones() -> None:
    keys = {described.key.rsplit(".", 1)[-1] for described in described_keys()}
    assert set(KEY_WORDS.values()) <= keys
    assert set(VALUE_WORDS) <= keys
    assert not set(KEY_WORDS) & keys
    assert set(OPTIONS).isdisjoint(keys)


def test_every_command_line_setting_in_a_mapping_is_explained() -> None:
    keys = {described.key.rsplit(".", 1)[-1] for described in described_keys()}
    assert set(Settings.model_fields) - keys <= set(OPTIONS)


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        ("DD.MM.YYYY", "%d.%m.%Y"),
        ("dd-MM-yyyy HH:mm", "%d-%m-%Y %H:%M"),
        ("DD.MM.RRRR GG:MM:SS", "%d.%m.%Y %H:%M:%S"),
        ("d.m.Y H:i", "%d.%m.%Y %H:%M"),
        ("D/M/YY", "%d/%m/%y"),
        ("%d.%m.%Y %H:%m", "%d.%m.%Y %H:%M"),
        ("%d.%m.%Y", None),
        ("MM/YYYY", None),
        ("dzień", None),
        ("", None),
    ],
)
def test_a_format_of_another_program_is_understood(shown: str, meant: str | None) -> None:
    assert directives_of(shown) == meant


def test_typographic_quotes_inside_a_text_or_in_straight_ones_belong_to_it() -> None:
    for name in ("Uwagi „pilne”", "„Pilne” uwagi", '"„Pilne”"'):
        mapping = load_mapping(SMALL.replace("ID", name, 1).encode(), path="m.yaml")
        assert mapping.identifier.column == name.strip('"')


AS_JSON = b"""{
\t"version": 1, "campaign": "00001", "identifier": {"column": "ID"},
\t"update": {"status_id": {"value": 3}}
}"""


def test_a_mapping_may_begin_with_a_mark_and_end_lines_like_windows_or_json() -> None:
    for data in (
        b"\xef\xbb\xbf" + SMALL.encode(),
        SMALL.replace("\n", "\r\n").encode(),
        AS_JSON,
    ):
        assert load_mapping(data, path="m.yaml").version == 1


if __name__ == "__main__":
    GOLDEN.write_text(written(), encoding="utf-8")
