from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import mapping_contents, yaml_of

from bulk_update.errors import MappingError, UsageError
from bulk_update.limits import parse_limit
from bulk_update.mapping import Duplicates, Mapping, load_mapping
from bulk_update.mapping.document import Unquoted
from bulk_update.mapping.run_schema import DeliverySection, GuardsSection
from bulk_update.messages import sentence_of
from bulk_update.records import FileKind, SourceOptions, Status

FULL = """\
version: 1
name: nightly-crm                # the job
host: acme.thulium.com
source:
  sheet: Rekordy
  header_row: 3
  encoding: cp1250
  delimiter: ";"
campaign: 00001
identifier: {column: ID}
update:
  status_id: {column: Status, lookup: {Kontakt: 3, "Nie dzwonić": 4}}
  record_fields:
    miasto: {column: Miasto}
    saldo: {column: Saldo, type: decimal, decimal: ","}
    imię: {columns: [Imię, Nazwisko], join: " "}
    vip: {column: VIP, type: boolean, true: [tak, x], false: [nie]}
    zrodlo: {value: no}
  next_call_date: {column: Termin, type: datetime, formats: ["%d.%m.%Y %H:%M"]}
where: {column: Eksport, in: [tak]}
duplicates: last
clear_token: "##"
only_changed: true
api_timezone: Europe/London
guards: {max_rows: 20000, max_invalid: 10%, max_failures: 5, max_clears: 50, max_duration: 3h, \
expect_rows: [900, 1200]}
tolerate: {duplicate: 100%, invalid: 5}
delivery: {rate: 0.5, workers: 4, retries: 0, timeout: 30, patience: 1m}
retention: 90d
notify: ["mailto://ana:geheim@example.com"]
"""
SMALL = """\
version: 1
campaign: "00001"
identifier: {column: ID}
update:
  record_fields:
    miasto: {column: Miasto}
"""


def load(text: str, path: str = "mappings/crm.yaml") -> Mapping:
    return load_mapping(text.encode(), path=path)


def faults_of(text: str) -> list[str]:
    with pytest.raises(MappingError) as error:
        load(text, path="m.yaml")
    return [line for line in error.value.message.splitlines() if not line.startswith(" ")]


def with_rule(rule: str) -> str:
    return SMALL.replace("{column: Miasto}", rule)


def test_a_mapping_means_what_its_author_wrote() -> None:
    mapping = load(FULL)
    assert (mapping.version, mapping.name, mapping.host) == (1, "nightly-crm", "acme.thulium.com")
    assert mapping.source_options == SourceOptions("Rekordy", 3, "cp1250", ";")
    assert (mapping.campaign, mapping.identifier.column) == ("00001", "ID")
    assert mapping.duplicates is Duplicates.LAST
    assert (mapping.clear_token, mapping.only_changed) == ("##", True)
    assert (mapping.api_timezone, mapping.retention) == ("Europe/London", 90 * 86400.0)
    assert mapping.guards == GuardsSection.model_construct(
        max_rows=parse_limit("20000"),
        max_invalid=parse_limit("10%"),
        max_failures=parse_limit("5"),
        max_clears=parse_limit("50"),
        max_duration=10800.0,
        expect_rows=(900, 1200),
    )
    assert mapping.tolerate == {"duplicate": parse_limit("100%"), Status.INVALID: parse_limit("5")}
    assert mapping.delivery == DeliverySection.model_construct(
        rate=0.5, workers=4, retries=0, timeout=30.0, patience=60.0
    )


def test_fields_and_columns_come_in_the_order_of_the_mapping() -> None:
    mapping = load(FULL)
    assert mapping.field_names == (
        "status_id",
        "record_fields.miasto",
        "record_fields.saldo",
        "record_fields.imię",
        "record_fields.vip",
        "record_fields.zrodlo",
        "next_call_date",
    )
    assert mapping.column_names == (
        "ID",
        "Status",
        "Miasto",
        "Saldo",
        "Imię",
        "Nazwisko",
        "VIP",
        "Termin",
        "Eksport",
    )


def test_only_what_is_sent_is_required() -> None:
    mapping = load(SMALL)
    assert mapping.name == "crm"
    assert mapping.source_options == SourceOptions()
    assert mapping.duplicates is Duplicates.ERROR
    assert (mapping.clear_token, mapping.only_changed) == ("--CLEAR--", False)
    assert (mapping.host, mapping.retention) == (None, None)
    assert (mapping.where, mapping.blanks) == ((), None)
    assert mapping.api_timezone == "Europe/Warsaw"
    assert (mapping.guards, mapping.tolerate) == (GuardsSection(), {})
    assert mapping.delivery == DeliverySection()


def test_a_column_that_is_mentioned_twice_is_listed_once() -> None:
    text = SMALL.replace("identifier", "where: {column: Miasto, in: [x]}\nidentifier")
    mapping = load(text.replace('"00001"', "{column: ID}"))
    assert mapping.column_names == ("ID", "Miasto")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("source: {sheet: 2}", SourceOptions(sheet=2)),
        ('source: {sheet: "2"}', SourceOptions(sheet="2")),
        ("source: {sheet: 2024 dane}", SourceOptions(sheet="2024 dane")),
        ("source: {delimiter: '\\t'}", SourceOptions(delimiter="\t")),
        ('source: {delimiter: "\\t"}', SourceOptions(delimiter="\t")),
        ("source: {delimiter: tab}", SourceOptions(delimiter="\t")),
        ('source: {delimiter: "|"}', SourceOptions(delimiter="|")),
        ("source: {delimiter: ^}", SourceOptions(delimiter="^")),
        ("source: {kind: text}", SourceOptions(kind=FileKind.TEXT)),
        ("source: {kind: workbook}", SourceOptions(kind=FileKind.WORKBOOK)),
        ("source: {quote: none}", SourceOptions(quotes_are_text=True)),
        ("source: {complete: true}", SourceOptions(must_be_complete=True)),
        ("source: {complete: false}", SourceOptions()),
        ("source: {encoding: UTF-16}", SourceOptions(encoding="UTF-16")),
    ],
)
def test_the_source_is_read_as_it_is_shown(line: str, expected: SourceOptions) -> None:
    assert load(f"{SMALL}{line}\n").source_options == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("guards: {expect_rows: 0}", (0, 0)),
        ("guards: {expect_rows: 5}", (5, 5)),
        ("guards: {expect_rows: [0, 5]}", (0, 5)),
    ],
)
def test_expected_rows_are_a_number_or_a_range(line: str, expected: tuple[int, int]) -> None:
    assert load(f"{SMALL}{line}\n").guards.expect_rows == expected


def test_a_rate_may_be_unlimited() -> None:
    assert load(f"{SMALL}delivery: {{rate: unlimited, patience: 0}}\n").delivery == (
        DeliverySection.model_construct(rate="unlimited", patience=0.0)
    )


@pytest.mark.parametrize(("written", "value"), [("true", True), ("False", False), ("TRUE", True)])
def test_a_switch_is_true_or_false(written: str, *, value: bool) -> None:
    assert load(f"{SMALL}only_changed: {written}\n").only_changed is value


FAULTS = [
    # keys
    ("nam: x", '7:1: the key "nam" is unknown: did you mean "name"?'),
    ("guards: {max_row: 5}", '7:10: the key "max_row" is unknown: did you mean "max_rows"?'),
    (
        "where: {column: A, inn: [b]}",
        '7:20: the key "inn" is unknown: did you mean "in"?',
    ),
    (
        "delivery: {zzz: 1}",
        (
            '7:12: the key "zzz" is unknown: expected one of "rate", "workers", "retries", '
            '"timeout", "patience"'
        ),
    ),
    # values of the wrong kind
    ("guards: 5", "7:9: guards: expected keys such as {max_rows: ...}"),
    ("guards: [a]", "7:9: guards: expected keys such as {max_rows: ...}"),
    ("tolerate: 5", "7:11: tolerate: expected keys such as {a: 1, b: 2}"),
    ("tolerate: {}", "7:11: tolerate: no keys are given"),
    ("name: [a]", "7:7: name: expected one value, found a list"),
    ("name: {a: b}", "7:7: name: expected one value, found keys"),
    ('name: " "', "7:7: name: the text is blank"),
    (f"name: {'x' * 101}", "is not a valid name (expected at most 100 printable characters)"),
    ('name: "two\\nlines"', "is not a valid name (expected at most 100 printable characters)"),
    ("priority: {column: A}", '7:11: priority: the key "first" is missing'),
    ("priority: {first: [a]}", '7:11: priority: the key "column" is missing'),
    ("priority: {column: A, first: a}", "7:30: priority.first: expected a list such as [a]"),
    ("priority: {column: A, first: []}", "7:30: priority.first: the list is empty"),
    ("where: {column: A, in: tak}", "7:24: where.in: expected a list such as [tak]"),
    ("where: {column: A, in: []}", "7:24: where.in: the list is empty"),
    ("where: {column: A, in: [[a]]}", "7:25: where.in.0: expected one value, found a list"),
    ("where: {column: A}", "7:8: where: expected either in or not_in"),
    ("where: {column: A, in: [a], not_in: [b]}", "7:8: where: expected either in or not_in"),
    ("where: {in: [a]}", '7:8: where: the key "column" is missing'),
    ('where: {column: " ", in: [a]}', "7:17: where.column: the column's name is blank"),
    ("duplicates: lst", '7:13: duplicates: "lst" is unknown: did you mean "last"?'),
    (
        "duplicates: x",
        '7:13: duplicates: "x" is unknown: expected one of "error", "first", "last"',
    ),
    (
        "only_changed: yes",
        '7:15: only_changed: "yes" is not a valid switch (expected true or false)',
    ),
    ('clear_token: " "', "7:14: clear_token: the text is blank"),
    (
        "api_timezone: Warsaw",
        (
            '7:15: api_timezone: "Warsaw" is not a known time zone '
            "(expected one such as Europe/Warsaw)"
        ),
    ),
    ("api_timezone: Europe", '7:15: api_timezone: "Europe" is not a known time zone'),
    ("api_timezone: ../x", '7:15: api_timezone: "../x" is not a known time zone'),
    ("host: https://acme.thulium.com", "without https:// and without a path"),
    # source
    (
        "source: {header_row: 0}",
        '7:22: source.header_row: "0" is not a whole number (expected at least 1)',
    ),
    (
        "source: {header_row: x}",
        '7:22: source.header_row: "x" is not a whole number (expected at least 1)',
    ),
    ("source: {sheet: 0}", '7:17: source.sheet: "0" is not a whole number (expected at least 1)'),
    ("source: {kind: csv}", '7:16: source.kind: "csv" is unknown: expected one of "text"'),
    ("source: {quote: no}", '7:17: source.quote: "no" is unknown: did you mean "none"?'),
    ("source: {complete: 1}", '7:20: source.complete: "1" is not a valid switch'),
    ("source: {encoding: cp125}", '7:20: source.encoding: "cp125" is not a known encoding'),
    ("source: {encoding: rot13}", '7:20: source.encoding: "rot13" is not a known encoding'),
    ("source: {delimiter: ab}", '7:21: source.delimiter: "ab" is not a valid delimiter'),
    ("source: {delimiter: x}", '7:21: source.delimiter: "x" is not a valid delimiter'),
    ("source: {delimiter: ['a']}", "7:21: source.delimiter: expected one value, found a list"),
    # limits
    ("guards: {max_rows: 5%}", '7:20: guards.max_rows: "5%" is a share'),
    ("guards: {max_invalid: x}", '7:23: guards.max_invalid: "x" is not a valid limit'),
    ("guards: {max_duration: 0s}", '7:24: guards.max_duration: "0s" is not a valid duration'),
    ("guards: {max_duration: x}", '7:24: guards.max_duration: "x" is not a valid duration'),
    ("guards: {window: 20-06}", '7:18: guards.window: "20-06" is not a valid window (expected two'),
    ("guards: {window: 20:00-20:00}", "its two times are equal"),
    ("guards: {expect_rows: [1]}", "7:23: guards.expect_rows: expected one number, or two"),
    ("guards: {expect_rows: [2, 1]}", "7:23: guards.expect_rows: [2, 1] is not a range"),
    (
        "tolerate: {inwalid: 5}",
        '7:12: tolerate.inwalid: "inwalid" cannot be tolerated: did you mean "invalid"?',
    ),
    ("tolerate: {updated: 5}", '7:12: tolerate.updated: "updated" cannot be tolerated'),
    ("tolerate: {invalid: x}", '7:21: tolerate.invalid: "x" is not a valid limit'),
    ("delivery: {rate: 0}", '7:18: delivery.rate: "0" is not a valid rate'),
    ("delivery: {rate: fast}", '7:18: delivery.rate: "fast" is not a valid rate'),
    ("delivery: {workers: 0}", '7:21: delivery.workers: "0" is not a whole number from 1 to'),
    ("delivery: {retries: -1}", '7:21: delivery.retries: "-1" is not a whole number from 0 to'),
    ("delivery: {timeout: 0}", '7:21: delivery.timeout: "0" is not a valid duration'),
    ("delivery: {patience: -1}", '7:22: delivery.patience: "-1" is not a valid duration'),
]


@pytest.mark.parametrize(("line", "expected"), FAULTS, ids=[line for line, _ in FAULTS])
def test_a_wrong_key_or_value_is_reported_with_its_place(line: str, expected: str) -> None:
    faults = faults_of(f"{SMALL}{line}\n")
    assert len(faults) == 1
    assert expected in faults[0]
    assert re.match(r"m\.yaml:7:[0-9]+: ", faults[0])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("version: 1\n", "", 'm.yaml:1:1: the key "version" is missing'),
        ("version: 1", "version: 2", "m.yaml:1:10: version: version 2 is unknown"),
        ('campaign: "00001"\n', "", 'm.yaml:1:1: the key "campaign" is missing'),
        ("identifier: {column: ID}\n", "", 'm.yaml:1:1: the key "identifier" is missing'),
        (
            '"00001"',
            '"1"',
            'm.yaml:2:11: campaign: "1" is not a valid campaign id (expected five characters',
        ),
        ('"00001"', "[a]", "m.yaml:2:11: campaign: expected one value, found a list"),
        ('"00001"', "{colum: K}", 'm.yaml:2:12: the key "colum" is unknown: did you mean "column"'),
        ("{column: ID}", "ID", "m.yaml:3:13: identifier: expected keys such as {column: ID}"),
        ("{column: ID}", "{column: [ID]}", "m.yaml:3:22: identifier.column: expected one value"),
        (
            "  record_fields:",
            "  recordfields:",
            'm.yaml:5:3: the key "recordfields" is unknown: did you mean "record_fields"?',
        ),
        (
            "  record_fields:\n    miasto: {column: Miasto}",
            "  {}",
            "m.yaml:5:3: update: there is no field",
        ),
        ("{column: Miasto}", "Miasto", "m.yaml:6:13: update.record_fields.miasto: expected keys"),
        ("miasto:", '" ":', "m.yaml:6:5: update.record_fields. : the text is blank"),
        (
            "record_fields:\n    miasto: {column: Miasto}",
            "record_fields: x",
            "m.yaml:5:18: update.record_fields: expected keys such as",
        ),
        (
            "update:\n  record_fields:\n    miasto: {column: Miasto}",
            "update: x",
            "m.yaml:4:9: update: expected keys such as {status_id: ...}",
        ),
    ],
)
def test_a_fault_of_the_structure_is_reported_with_its_place(
    old: str, new: str, expected: str
) -> None:
    assert old in SMALL
    assert any(fault.startswith(expected) for fault in faults_of(SMALL.replace(old, new)))


RULE_FAULTS = [
    ("{colum: A}", 'the key "colum" is unknown: did you mean "column"?'),
    ("{type: text}", ": nothing to send: expected column, value, or columns with join"),
    ("{column: A, value: b}", ".value: value cannot be combined with column"),
    (
        '{value: b, columns: [A], join: " "}',
        ".columns: columns cannot be combined with value",
    ),
    ("{columns: [A, B]}", '.columns: columns needs join, such as join: " "'),
    ("{columns: [], join: x}", ".columns: the list is empty"),
    ("{column: A, join: x}", ".join: join needs columns"),
    ("{value: b, default: c}", ".default: default cannot be combined with value"),
    ("{value: b, on_blank: omit}", ".on_blank: on_blank cannot be combined with value"),
    ("{column: A, type: intger}", '.type: "intger" is unknown: did you mean "integer"?'),
    (
        '{column: A, formats: ["%d.%m.%Y"]}',
        ".formats: formats needs type: date or type: datetime (the type is text)",
    ),
    (
        "{column: A, timezone: UTC, type: date}",
        ".timezone: timezone needs type: datetime (the type is date)",
    ),
    (
        '{column: A, decimal: ","}',
        ".decimal: decimal needs type: decimal (the type is text)",
    ),
    (
        "{column: A, true: [x]}",
        ".true: true needs type: boolean (the type is text)",
    ),
    (
        "{column: A, false: [x]}",
        ".false: false needs type: boolean (the type is text)",
    ),
    (
        "{column: A, type: boolean, true: [x, tak], false: [tak]}",
        '.false: "tak" is listed for both true and false',
    ),
    ('{column: A, type: decimal, decimal: ";"}', '.decimal: ";" is not a valid decimal separator'),
    (
        '{column: A, type: date, formats: ["%d.%m.%Y %H:%M %z"]}',
        ".formats: %z needs type: datetime",
    ),
    ('{column: A, type: date, formats: ["%d.%m"]}', ".formats.0: '%d.%m' must have the year once"),
    ("{column: A, type: date, formats: x}", ".formats: expected a list"),
    ("{column: A, lookup: [a]}", ".lookup: expected keys such as"),
    ("{column: A, lookup: {}}", ".lookup: no keys are given"),
    ('{column: A, lookup: {a: " "}}', ".lookup.a: the text is blank"),
    ("{column: A, lookup: {a: [b]}}", ".lookup.a: expected one value, found a list"),
    (
        '{column: A, remove: "-", lookup: {a-b: c}}',
        '.lookup.a-b: "a-b" is never found: by then the cell is "ab"',
    ),
    (
        '{column: A, lookup: {"a b": c, "a  b": d}}',
        '.lookup.a  b: "a  b" looks like "a b", but has another value',
    ),
    ("{column: A, blanks: [x], lookup: {x: y}}", '.lookup.x: a cell "x" never reaches the lookup'),
    ("{column: A, blanks: []}", ".blanks: the list is empty"),
    ("{value: x, blanks: [y]}", ".blanks: blanks cannot be combined with value"),
    ('{column: A, remove: ""}', ".remove: no characters are given"),
    (
        '{column: A, prefix: "48"}',
        ".prefix: a prefix of digits alone needs a pattern: a value may begin with 48 without",
    ),
    ("{column: A, type: integer, prefix: a}", ".prefix: prefix needs type: text (the type is"),
    ("{column: A, type: date, pad: 8}", ".pad: pad needs type: text (the type is date)"),
    ("{column: A, pad: 0}", '.pad: "0" is not a whole number from 1 to 500'),
    ("{column: A, pad: 501}", '.pad: "501" is not a whole number from 1 to 500'),
    ('{column: A, grouping: "."}', ".grouping: grouping needs type: integer or type: decimal"),
    ("{column: A, negative: trailing}", ".negative: negative needs type: integer or type: decimal"),
    ("{column: A, type: decimal, negative: behind}", '.negative: "behind" is unknown'),
    ('{column: A, type: decimal, grouping: "_"}', '.grouping: "_" is not a valid grouping'),
    (
        '{column: A, type: decimal, grouping: "."}',
        '.grouping: "." is the decimal separator: set decimal, or another grouping',
    ),
    ('{column: A, type: decimal, remove: "-"}', ".remove: remove would delete the sign"),
    ('{column: A, type: integer, remove: "()"}', ".remove: remove would delete the sign"),
    (
        '{column: A, type: decimal, decimal: ",", remove: ","}',
        '.remove: remove would delete the decimal separator ","',
    ),
    ('{column: A, type: date, time: "09:00"}', ".time: time needs type: datetime"),
    ('{column: A, type: datetime, time: "9"}', '.time: "9" is not a valid time of day'),
    ('{column: A, type: datetime, time: "24:00"}', '.time: "24:00" is not a valid time of day'),
    ("{column: A, earliest: today}", ".earliest: earliest needs type: date or type: datetime"),
    ("{column: A, type: date, latest: soon}", '.latest: "soon" is not a valid bound'),
    ("{column: A, type: date, latest: 2027-02-30}", '.latest: "2027-02-30" is not a valid date'),
    ("{column: A, type: date, latest: 90s}", '.latest: "90s" is not a number of whole days'),
    (
        "{column: A, type: date, earliest: 30d, latest: today}",
        ".earliest: earliest (30d) is later than latest (today)",
    ),
    (
        "{column: A, case: upper, lookup: {a: b}}",
        '.lookup.a: "a" is never found: by then the cell is "A"',
    ),
    (
        "{column: A, case: lower, lookup: {A: b}}",
        '.lookup.A: "A" is never found: by then the cell is "a"',
    ),
    ('{column: A, lookup: {"": b}}', '.lookup.: a cell "" never reaches the lookup'),
    (
        '{column: A, strip: false, lookup: {"--CLEAR--": b}}',
        '.lookup.--CLEAR--: a cell "--CLEAR--" never reaches the lookup',
    ),
    (
        '{column: A, lookup: {a: "--CLEAR--"}}',
        '.lookup.a: the clear token "--CLEAR--" works only in cells',
    ),
    ("{column: A, lookup: {a: b}, type: integer}", '.lookup.a: "b" is not a whole number'),
    ("{column: A, lookup: {a: bcd}, max_length: 2}", '.lookup.a: "bcd" has 3 characters'),
    ("{column: A, default: b, type: integer}", '.default: "b" is not a whole number'),
    ("{column: A, default: b, lookup: {a: c}}", '.default: "b" is not in the lookup'),
    (
        '{column: A, default: "--CLEAR--"}',
        '.default: the clear token "--CLEAR--" works only in cells',
    ),
    ('{column: A, default: " "}', ".default: the text is blank"),
    ("{value: b, type: integer}", '.value: "b" is not a whole number'),
    ('{value: ""}', ".value: a blank value would never be sent"),
    (
        "{value: 2026-03-29 02:30, type: datetime}",
        '.value: "2026-03-29 02:30" does not exist in Europe/Warsaw',
    ),
    ('{column: A, pattern: "("}', '.pattern: "(" is not a valid regular expression: missing )'),
    (
        '{column: A, pattern: "[[a]"}',
        '.pattern: "[[a]" is not a valid regular expression: Possible',
    ),
    ("{column: A, max_length: 0}", '.max_length: "0" is not a whole number (expected at least 1)'),
    ("{column: A, case: title}", '.case: "title" is unknown: expected one of "upper", "lower"'),
    ("{column: A, on_blank: erase}", '.on_blank: "erase" is unknown'),
    ("{column: A, strip: maybe}", '.strip: "maybe" is not a valid switch'),
]


@pytest.mark.parametrize(("rule", "expected"), RULE_FAULTS, ids=[rule for rule, _ in RULE_FAULTS])
def test_a_rule_that_cannot_work_is_reported_with_its_place(rule: str, expected: str) -> None:
    faults = faults_of(with_rule(rule))
    assert len(faults) == 1
    assert expected in faults[0]
    assert re.match(r"m\.yaml:6:[0-9]+: ", faults[0])


@pytest.mark.parametrize(
    ("key", "rule", "expected"),
    [
        (
            "status_id",
            "{column: S, on_blank: clear}",
            "m.yaml:5:36: update.status_id.on_blank: only record_fields can be cleared",
        ),
        (
            "agent_login",
            '{value: "--CLEAR--"}',
            'm.yaml:5:24: update.agent_login.value: "--CLEAR--" clears only record_fields',
        ),
    ],
)
def test_clearing_anything_but_a_record_field_is_a_fault(
    key: str, rule: str, expected: str
) -> None:
    assert faults_of(SMALL.replace("  record_fields", f"  {key}: {rule}\n  record_fields")) == [
        expected
    ]


def test_a_constant_may_clear_a_record_field() -> None:
    mapping = load(with_rule('{value: "--CLEAR--"}'))
    assert mapping.field_names == ("record_fields.miasto",)


def test_all_faults_are_reported_at_once_in_the_order_of_the_file() -> None:
    faults = faults_of(
        'campaign: "1"\nidentifier: {colum: ID}\nupdate:\n'
        "  status_id: {value: x, type: integer}\n  stats: {column: A}\n"
        "  record_fields: {a: {value: b, join: c}, d: {column: E, default: x, type: date}}\n"
        "guards: {max_rows: x}\nclear_token: []\napi_timezone: x\n"
    )
    assert [fault.split(": ")[0] for fault in faults] == [
        "m.yaml:1:1",
        "m.yaml:1:11",
        "m.yaml:2:14",
        "m.yaml:4:22",
        "m.yaml:5:3",
        "m.yaml:6:39",
        "m.yaml:6:67",
        "m.yaml:7:20",
        "m.yaml:8:14",
        "m.yaml:9:15",
    ]


def test_the_mapping_knows_where_it_first_mentions_a_column() -> None:
    mapping = load(FULL)
    place = mapping.place_of("Nazwisko")
    assert place is not None
    assert (place.line, place.column) == (16, 28)
    assert mapping.place_of("Nobody") is None


SHAPE_CHANGES = [
    ("duplicates: last", "duplicates: first"),
    ('clear_token: "##"', 'clear_token: "#"'),
    ("only_changed: true", "only_changed: false"),
    ("api_timezone: Europe/London", "api_timezone: Europe/Warsaw"),
    ("campaign: 00001", "campaign: 00002"),
    ("{column: ID}", "{column: Id}"),
    ("in: [tak]", "not_in: [tak]"),
    ("sheet: Rekordy", "sheet: Inne"),
    ("sheet: Rekordy", "sheet: 1"),
    ("header_row: 3", "header_row: 2"),
    ("Kontakt: 3", "Kontakt: 4"),
    ("{value: no}", "{value: yes}"),
    ('join: " "', 'join: ""'),
    ("[Imię, Nazwisko]", "[Nazwisko, Imię]"),
]
SAME_SHAPE = [
    ("name: nightly-crm", "name: weekly"),
    ("host: acme.thulium.com", "host: other.thulium.com"),
    ("# the job", "# another comment"),
    ("max_rows: 20000", "max_rows: 1"),
    ("invalid: 5", "invalid: 6"),
    ("rate: 0.5", "rate: 50"),
    ("retention: 90d", "retention: 1d"),
    ('{Kontakt: 3, "Nie dzwonić": 4}', '{"Nie dzwonić": 4, Kontakt: "3"}'),
    ("[tak, x]", "[x, tak]"),
    ("{column: Miasto}", "{column: Miasto, strip: true, type: text}"),
    ("{column: Saldo, type: decimal", "{type: decimal, column: Saldo"),
]


@pytest.mark.parametrize(("old", "new"), SHAPE_CHANGES)
def test_a_change_of_requests_changes_the_shape(old: str, new: str) -> None:
    assert old in FULL
    assert load(FULL.replace(old, new)).shape() != load(FULL).shape()


@pytest.mark.parametrize(("old", "new"), SAME_SHAPE)
def test_a_change_without_effect_on_requests_keeps_the_shape(old: str, new: str) -> None:
    assert old in FULL
    assert load(FULL.replace(old, new)).shape() == load(FULL).shape()


@settings(deadline=None)
@given(mapping_contents(), st.randoms(use_true_random=False))
def test_the_order_of_sections_does_not_matter(content: dict[str, Any], random: Any) -> None:
    items = list(content.items())
    random.shuffle(items)
    one, other = (load_mapping(yaml_of(each), path="m") for each in (content, dict(items)))
    assert one.shape() == other.shape()
    assert json.loads(one.shape())["update"]


def test_the_command_line_overrides_the_source_of_the_mapping() -> None:
    mapping = load(FULL).with_source(encoding="cp1252", delimiter="tab", sheet="2")
    assert mapping.source_options == SourceOptions(2, 3, "cp1252", "\t")
    assert mapping.shape() != load(FULL).shape()
    assert mapping.place_of("ID") == load(FULL).place_of("ID")


def test_what_the_command_line_does_not_set_is_kept() -> None:
    assert load(FULL).with_source().source_options == load(FULL).source_options
    assert load(FULL).with_source(sheet=3).source_options.sheet == 3


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"encoding": "rot13"}, '--encoding: "rot13" is not a known encoding'),
        ({"delimiter": "ab"}, '--delimiter: "ab" is not a valid delimiter'),
        ({"sheet": "0"}, '--sheet: "0" is not a whole number (expected at least 1)'),
        ({"sheet": " "}, "--sheet: the text is blank"),
    ],
)
def test_a_wrong_option_is_a_usage_error(option: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        load(FULL).with_source(**option)


def test_the_command_line_overrides_only_changed() -> None:
    assert load(FULL).with_only_changed(value=False).only_changed is False
    assert load(SMALL).with_only_changed(value=True).only_changed is True


def test_there_is_a_warning_for_undocumented_use_of_the_api() -> None:
    both = "  dictionary_status_id: {value: 8}\n  status_id: {value: 3}\n  record_fields:"
    (warning,) = load(SMALL.replace("  record_fields:", both)).warnings()
    assert sentence_of(warning) == (
        "status_id and dictionary_status_id are sent together: the API's documentation "
        "does not say what happens then"
    )


def test_there_is_a_warning_for_a_next_call_that_is_not_a_datetime() -> None:
    call = "  next_call_date: {column: T, type: date}\n  record_fields:"
    (warning,) = load(SMALL.replace("  record_fields:", call)).warnings()
    assert sentence_of(warning) == (
        "next_call_date is sent as date: the API expects YYYY-MM-DD hh:mm (add type: datetime)"
    )
    assert load(FULL).warnings() == ()


@pytest.mark.parametrize("text", ["no", "0123", "12:30:45", "1e3", "null", "2026-03-01"])
def test_a_constant_is_sent_as_its_author_sees_it(text: str) -> None:
    path, rule = next(load(with_rule(f"{{value: {text}}}")).update.rules())
    assert (path, rule.value, type(rule.value)) == (("record_fields", "miasto"), text, str)


def test_no_text_of_the_mapping_remembers_its_quotes() -> None:
    assert isinstance(load(FULL).name, str)
    assert not isinstance(load(FULL).name, Unquoted)


@st.composite
def damaged_contents(draw: st.DrawFn) -> Any:
    """Valid mappings in which one value, anywhere, is replaced by something else."""
    content = json.loads(yaml_of(draw(mapping_contents())))
    parent: Any = content
    while True:
        keys = list(range(len(parent))) if isinstance(parent, list) else list(parent)
        key = draw(st.sampled_from(keys))
        if not isinstance(parent[key], dict | list) or not parent[key] or draw(st.booleans()):
            break
        parent = parent[key]
    words = st.sampled_from(["", "x", "5", "5%", "3h", "true", "--CLEAR--", "%d", "("])
    parent[key] = draw(
        st.recursive(
            words | st.text(max_size=3),
            lambda inner: (
                st.lists(inner, max_size=2)
                | st.dictionaries(words | st.sampled_from(["column", "value"]), inner, max_size=2)
            ),
            max_leaves=4,
        )
    )
    return content


@settings(deadline=None)
@given(damaged_contents())
def test_any_mapping_is_loaded_or_refused(content: Any) -> None:
    message = ""
    try:
        load_mapping(yaml_of(content), path="m.yaml")
    except MappingError as error:
        message = error.message
    assert all(re.match(r"m\.yaml:[0-9]+:[0-9]+: |    ", line) for line in message.splitlines())


def test_a_duplicate_key_hides_no_other_fault() -> None:
    data = b"version: 1\nnam: a\nnam: b\nfoo: 1\n"
    with pytest.raises(MappingError) as raised:
        load_mapping(data, path="m.yaml")
    told = str(raised.value)
    assert 'm.yaml:3:1: duplicate key "nam" (first in line 2)' in told
    assert 'the key "foo" is unknown' in told
    assert 'the key "campaign" is missing' in told
