"""The written mapping loads once "# " is deleted and missing values are filled in."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from proposed_tables import HeaderSet, columns_with, header_sets, kinds_of, proposed

from bulk_update.errors import MappingError
from bulk_update.language import speaking
from bulk_update.mapping import Mapping, load_mapping
from bulk_update.messages.remarks import Remark
from bulk_update.proposals import (
    KnownCampaign,
    ProposedMapping,
    SourceEvidence,
    SourceOption,
    Target,
    mapping_text,
)
from bulk_update.proposals.yaml_text import scalar

EXPORTS = [*header_sets("header_sets.json"), *header_sets("sibling_header_sets.json")]
IDS = [f"{100_000 + 7 * row:08}" for row in range(8)]
SOURCE = SourceEvidence(
    lines=(SourceOption("delimiter", ";"), SourceOption("header_row", 3, Remark("title-lines"))),
)
COLUMNS = {
    "ID": IDS,
    "Status": ["Kontakt", "Nie dzwonić: nigdy", "no", '"x"'] * 2,
    "Opiekun": ["Jan Kowalski", "Ewa Dąb"] * 4,
    "Termin następnego kontaktu": [f"{day:02}.01.2027 08:15" for day in range(24, 32)],
    "Kwota {długu}": [f"{n},50" for n in range(8)],
    "VIP": ["tak", "nie"] * 4,
    "Eksport": ["tak", "nie"] * 4,
    "#": ["a\nb", "\x1b[31m", "\u202e", "x" * 90, "{a}", "a: b", "- a", "# a"],
    "Lp": [str(n) for n in range(1, 9)],
}


def written(found: ProposedMapping) -> str:
    return mapping_text(found, path="crm.csv", check_command="check crm.csv")


def uncommented(text: str, *, campaign: str = "00001", value: str = "7") -> str:
    """Follow the instructions in the file: delete "# ", and enter missing values."""
    lines = []
    for line in text.splitlines():
        line = re.sub(r"^# ", "", line)  # noqa: PLW2901 - edited as a person would
        if line.startswith("campaign:   #") and "# campaign: {" in text:
            continue  # one of the two
        if line.startswith("campaign:   #"):
            line = f'campaign: "{campaign}"'  # noqa: PLW2901
        lines.append(re.sub(r":(   # \d+\s\w+)$", rf": {value}\1", line))
    return "\n".join(lines)


def loaded(text: str) -> Mapping:
    return load_mapping(text.encode(), path="crm.yaml")


def test_every_line_that_is_proposed_can_be_used() -> None:
    found = loaded(uncommented(written(proposed(COLUMNS, source=SOURCE))))
    assert found.identifier.column == "ID"
    assert found.field_names == (
        "status_id", "agent_login", "next_call_date", "record_fields.kwota_dlugu",
        "record_fields.vip", "record_fields.eksport", "record_fields.#",
    )  # fmt: skip
    assert found.update.status_id is not None
    assert found.update.status_id.lookup == dict.fromkeys(
        ["Kontakt", "Nie dzwonić: nigdy", "no", '"x"'], "7"
    )
    assert found.where is not None
    assert found.source_options.header_row == 3
    assert found.warnings() == ()


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
def test_the_proposals_for_every_export_can_be_used(export: HeaderSet) -> None:
    dice = random.Random(export.name)
    columns = columns_with(export.headers, kinds_of(export, dice), dice)
    found = proposed(columns, source=SOURCE)
    first = {each.target: each for each in reversed(found.proposals)}
    fields = found.of(Target.FIELD)
    chosen = replace(found, proposals=(*first.values(), *fields[1:]))  # one line for each key
    text = uncommented(written(chosen)).replace("{column: }", "{column: X}")
    mapping = loaded(text)
    assert len(mapping.field_names) == len({*first} - _NOT_UPDATED) + len(fields[1:])


_NOT_UPDATED = {Target.CAMPAIGN, Target.IDENTIFIER}


def test_certain_lines_need_no_editing() -> None:
    known = KnownCampaign("00001", ("miasto",), "ID", 8, 8)
    found = proposed({"ID": IDS, "Miasto": ["a", "b"] * 4}, known=known, source=SOURCE)
    assert found.left_to_answer == {}
    mapping = loaded(written(found))
    assert (mapping.campaign, mapping.field_names) == ("00001", ("record_fields.miasto",))


@pytest.mark.parametrize(
    ("edit", "messages"),
    [
        (lambda text: text, ["missing value", "missing value"]),
        (lambda text: text.replace("campaign:  ", 'campaign: "00001"'), ["missing value"]),
        (lambda text: uncommented(text, campaign="1"), ["is not a valid campaign id"]),
        (lambda text: uncommented(text, value=""), ["missing value"] * 6),
    ],
)
def test_an_incomplete_mapping_is_refused_with_the_place(
    edit: Callable[[str], str], messages: list[str]
) -> None:
    columns = {name: cells for name, cells in COLUMNS.items() if not name.startswith("Termin")}
    text = edit(written(proposed(columns, source=SOURCE)))
    with pytest.raises(MappingError) as caught:
        loaded(text)
    shown = caught.value.message.splitlines()
    faults = [line for line in shown if line.startswith("crm.yaml:") and messages[0] in line]
    assert len(faults) == len(messages)
    for fault in faults:
        line = text.splitlines()[int(fault.split(":")[1]) - 1]
        assert re.search(r"^campaign:|record_fields:$|: +# \d rows$", line), line


def test_a_line_without_anything_below_it_is_not_active() -> None:
    text = written(proposed(COLUMNS, source=SOURCE))
    assert "\n#   record_fields:\n" in text
    assert loaded(text.replace("campaign:  ", 'campaign: "00001"')).field_names == (
        "next_call_date",
    )


def lines_of_yaml(text: str) -> list[str]:
    """Return the active and the proposed lines, without what explains them."""
    lines = (line for line in text.splitlines() if not line.startswith("##"))
    return [re.sub("   # .*", "", line) for line in lines]


def test_the_mapping_is_the_same_in_every_language() -> None:
    for columns in (COLUMNS, {"ID": IDS}, {"Status": COLUMNS["Status"]}):
        found = proposed(columns, source=SOURCE)
        english = written(found)
        with speaking("pl"):
            polish = written(found)
        assert polish != english
        assert lines_of_yaml(polish) == lines_of_yaml(english)


def test_a_proposal_in_polish_can_be_used_as_well() -> None:
    found = proposed(COLUMNS, source=SOURCE)
    with speaking("pl"):
        polish = written(found)
    assert loaded(uncommented(polish)).shape() == loaded(uncommented(written(found))).shape()


def test_lines_are_active_proposed_or_explained() -> None:
    for line in written(proposed(COLUMNS, source=SOURCE)).splitlines():
        assert line.isprintable()
        if line.startswith("#"):
            assert re.match("##? ", line)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Miasto", "Miasto"),
        ("Data urodzenia (RRRR)", "Data urodzenia (RRRR)"),
        ("00001", "00001"),
        ("no", '"no"'),
        ("a: b", '"a: b"'),
        ("a, b", '"a, b"'),
        ("# a", '"# a"'),
        ("- a", '"- a"'),
        (" a", '" a"'),
        ("", '""'),
        ('a "b"', '"a \\"b\\""'),
        ("%d.%m.%Y", '"%d.%m.%Y"'),
        ("a\u2028b", '"a\\u2028b"'),
    ],
)
def test_a_text_is_quoted_if_necessary(text: str, shown: str) -> None:
    assert scalar(text) == shown


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_comes_back_from_yaml(text: str) -> None:
    line = f"{{{scalar(text)}: [{scalar(text)}]}}"
    assert line.isprintable()
    if len(text) < 500:
        assert yaml.load(line, Loader=yaml.BaseLoader) == {text: [text]}  # noqa: S506 - texts only


def test_a_schema_that_lies_beside_the_mapping_is_named_first() -> None:
    text = mapping_text(
        proposed({"ID": IDS}),
        path="a.csv",
        check_command="check a.csv",
        schema="mapping.schema.json",
    )
    assert text.startswith("# yaml-language-server: $schema=mapping.schema.json\n")
