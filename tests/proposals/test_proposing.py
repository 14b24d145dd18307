"""The rules of certainty: which lines are active, and which questions are asked instead."""

from __future__ import annotations

from dataclasses import replace

import pytest
from proposed_tables import proposed

from bulk_update.messages.remarks import Remark
from bulk_update.proposals import (
    KnownCampaign,
    Proposal,
    ProposedMapping,
    SourceEvidence,
    Target,
    propose,
)

IDS = [f"{100_000 + 7 * row:08}" for row in range(8)]
AHEAD = [f"{day:02}.01.2027 08:15" for day in range(24, 32)]
CITIES = ["Gdańsk", "Łódź", "Śrem", "Gdańsk", "Gdańsk", "Łódź", "Śrem", "Gdańsk"]
KNOWN = KnownCampaign("00001", ("miasto", "Kwota długu"), "ID", 8, 8)


def active(found: ProposedMapping) -> dict[str, str]:
    """Return the columns of the active lines, by the keys that they set."""
    return {each.key: each.column.name for each in found.proposals if each.is_active}


def only(found: ProposedMapping, target: Target) -> Proposal:
    (proposal,) = found.of(target)
    return proposal


def codes(proposal: Proposal) -> list[str]:
    return [remark.code for remark in proposal.remarks]


# --- identifier


def test_an_identifier_is_active_if_name_and_values_agree() -> None:
    assert active(proposed({"ID": IDS, "Miasto": CITIES})) == {"identifier": "ID"}


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ([*IDS[:7], ""], "blank-cells"),
        ([*IDS[:7], IDS[0]], "repeated-values"),
        ([*IDS[:7], "1,23E+09"], "damaged-values"),
        ([f"a{row}@example.com" for row in range(8)], "looks-like-email"),
        ([f"60010020{row}" for row in range(8)], "looks-like-phone"),
        (AHEAD, "looks-like-date"),
        ([f"{row},50" for row in range(8)], "looks-like-amount"),
        ([f"Jan {row}" for row in range(8)], "no-key"),
        (["Anna", "Ewa", "Jan", "Piotr", "Zofia", "Olga", "Iga", "Adam"], "no-key"),
        ([str(row) for row in range(1, 9)], "row-numbers"),
        ([str(row) for row in range(8)], "row-numbers"),
        (["001", "002", "3", "004", "005", "006", "007", "008"], "lost-zeros"),
        (["520", "17", "4300", "999", "12", "81", "7", "64"], "like-quantities"),
        (["12000", "53000", "47100", "91900", "12500", "17800", "33300", "15100"],
         "like-quantities"),
        (IDS[:2], "few-rows"),
    ],
)  # fmt: skip
def test_values_that_are_not_keys_lead_to_a_question(cells: list[str], code: str) -> None:
    found = proposed({"ID": cells})
    assert active(found) == {}
    assert code in codes(only(found, Target.IDENTIFIER))
    assert "identifier" in found.left_to_answer


def test_values_alone_are_not_enough_for_an_identifier() -> None:
    found = proposed({"Wartość X": IDS, "Miasto": CITIES})
    assert active(found) == {}
    assert found.identifier_remarks == (
        Remark("no-identifier-column", {"columns": ("Wartość X",)}),
    )


def test_a_vague_name_is_not_enough_for_an_identifier() -> None:
    found = proposed({"Kod": IDS})
    assert active(found) == {}
    assert codes(only(found, Target.IDENTIFIER)) == ["vague-name"]


def test_two_columns_with_equal_evidence_lead_to_a_question() -> None:
    found = proposed({"Contact ID": IDS, "Deal ID": IDS[::-1]})
    assert active(found) == {}
    for each in found.of(Target.IDENTIFIER):
        assert each.remarks[0] == Remark("equal-evidence", {"columns": ("Contact ID", "Deal ID")})


def test_thulium_s_own_name_comes_first() -> None:
    found = proposed({"record_id": IDS[::-1], "identifier": IDS})
    assert active(found) == {"identifier": "identifier"}


def test_a_guid_of_dynamics_is_an_identifier() -> None:
    guids = [f"6f9619ff-8b86-d011-b42d-00cf4fc964f{row}" for row in range(8)]
    assert active(proposed({"(Do Not Modify) Contact": guids})) == {
        "identifier": "(Do Not Modify) Contact"
    }
    assert active(proposed({"(Do Not Modify) Contact": IDS})) == {}


def test_records_of_earlier_runs_outweigh_every_name() -> None:
    found = proposed({"ID": IDS[::-1], "Kod X": IDS}, known=replace(KNOWN, column="Kod X"))
    assert active(found) == {"identifier": "Kod X"}
    assert found.campaign_id == "00001"
    assert "campaign" not in found.left_to_answer


# --- words for nothing, lost zeros


def test_an_identifier_with_a_word_for_nothing_is_asked_about() -> None:
    found = proposed({"ID": [*IDS[:7], "NULL"]})
    assert active(found) == {}
    assert only(found, Target.IDENTIFIER).keys == (("blanks", ("NULL",)),)
    assert codes(only(found, Target.IDENTIFIER)) == ["blank-words"]


def test_lost_zeros_are_put_back_only_if_the_length_is_certain() -> None:
    found = only(proposed({"ID": [*IDS[:6], "100042", "100049"]}), Target.IDENTIFIER)
    assert (found.keys, found.is_active) == ((("pad", "8"),), False)
    assert codes(found) == ["lost-zeros", "zeros-to-add"]
    found = only(proposed({"ID": ["001", "0002", "12345678", "14"]}), Target.IDENTIFIER)
    assert (found.keys, codes(found)) == ((), ["lost-zeros"])


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("Kampania", ["00001", "brak"]),
        ("Termin następnego kontaktu", [*AHEAD[:3], "-"]),
        ("Miasto", ["Gdańsk", "n/d"]),
    ],
)
def test_a_column_with_a_word_for_nothing_is_never_certain(name: str, cells: list[str]) -> None:
    found = proposed({"ID": IDS, name: cells * (8 // len(cells))}, known=KNOWN)
    assert name not in active(found).values()


def test_a_word_for_nothing_needs_no_status() -> None:
    found = only(proposed({"Status": ["Kontakt", "-", "-"]}), Target.STATUS)
    assert (found.words, found.keys) == ((("Kontakt", 1),), (("blanks", ("-",)),))


# --- campaign, status, agent


def test_a_campaign_column_is_active_if_every_cell_is_one() -> None:
    assert active(proposed({"Kampania": ["00001", "00002"] * 4})) == {"campaign": "Kampania"}


@pytest.mark.parametrize("cells", [["Zima", "Lato"], ["00001", ""], ["1", "2"], ["10001", "10002"]])
def test_other_campaigns_lead_to_a_question(cells: list[str]) -> None:
    found = proposed({"Kampania": cells * 4})
    assert active(found) == {}
    assert only(found, Target.CAMPAIGN)


def test_a_status_gets_a_list_of_its_values_and_is_never_active() -> None:
    found = only(proposed({"Status": ["Kontakt", "Nie dzwonić"] * 3}), Target.STATUS)
    assert found.words == (("Kontakt", 3), ("Nie dzwonić", 3))
    assert not found.is_active


def test_statuses_that_look_the_same_are_merged() -> None:
    found = only(proposed({"Status": ["Nie dzwonić", "Nie\u00a0dzwonić"]}), Target.STATUS)
    assert found.words == (("Nie dzwonić", 2),)


def test_a_column_with_too_many_values_is_not_a_status() -> None:
    found = only(proposed({"Status": [f"s{row}" for row in range(41)]}), Target.STATUS)
    assert (found.words, codes(found)) == ((), ["too-many-words"])


def test_a_vague_name_counts_only_if_there_is_no_clear_one() -> None:
    found = proposed({"Status": ["a", "b"], "Wynik": ["c", "d"]})
    assert [each.column.name for each in found.of(Target.STATUS)] == ["Status"]
    assert [each.key for each in found.of(Target.FIELD)] == ["wynik"]


@pytest.mark.parametrize(
    ("cells", "code", "words"),
    [
        (["j.kowalska", "p.nowak"], "logins", 0),
        (["Jan Kowalski", "Ewa Dąb"], "which-agents", 2),
        ([f"Jan K{row} X" for row in range(41)], "too-many-words", 0),
    ],
)
def test_agents_are_never_active(cells: list[str], code: str, words: int) -> None:
    found = only(proposed({"Opiekun": cells}), Target.AGENT)
    assert (codes(found), len(found.words), found.is_active) == ([code], words, False)


# --- next call


def test_a_next_call_is_active_if_one_format_fits_and_most_dates_are_in_the_future() -> None:
    found = proposed({"Termin kolejnego kontaktu": AHEAD})
    assert active(found) == {"next_call_date": "Termin kolejnego kontaktu"}
    assert dict(only(found, Target.NEXT_CALL).keys) == {
        "type": "datetime",
        "formats": ("%d.%m.%Y %H:%M",),
    }


@pytest.mark.parametrize(
    ("name", "cells", "code"),
    [
        ("Termin", AHEAD, "next-call"),
        ("Next call", ["01.02.2027", "03.04.2027"], "several-formats"),
        ("Next call", [*AHEAD, "31.02.2027 08:15"], "some-do-not-fit"),
        ("Next call", ["24.01.2021 08:15", "25.01.2021 08:15"], "mostly-past"),
        ("Next call", ["jutro", "za rok"], "no-dates"),
        ("Next call", ["1/24/2027 8:15 AM", "1/25/2027 9:15 AM"], "no-dates"),
    ],
)
def test_other_dates_lead_to_a_question(name: str, cells: list[str], code: str) -> None:
    found = proposed({name: cells})
    assert active(found) == {}
    assert code in codes(only(found, Target.NEXT_CALL))


def test_dates_that_can_be_read_in_two_ways_are_proposed_with_both_formats() -> None:
    found = only(proposed({"Next call": ["01/02/2027", "03/04/2027"]}), Target.NEXT_CALL)
    assert not found.is_active
    assert dict(found.keys)["formats"] == ("%d/%m/%Y", "%m/%d/%Y")


def test_two_columns_of_future_dates_lead_to_a_question() -> None:
    found = proposed({"Next call": AHEAD, "Next activity": AHEAD})
    assert active(found) == {}
    assert {codes(each)[0] for each in found.of(Target.NEXT_CALL)} == {"equal-evidence"}


# --- fields


def test_a_field_is_active_only_if_earlier_runs_set_it() -> None:
    cells = {"ID": IDS, "MIASTO": CITIES, "KwotaDługu": [f"{n},50" for n in range(8)], "X": CITIES}
    found = proposed(cells, known=KNOWN)
    assert active(found) == {"identifier": "ID", "miasto": "MIASTO", "Kwota długu": "KwotaDługu"}
    assert dict(found.of(Target.FIELD)[1].keys) == {"type": "decimal", "decimal": ","}
    assert found.left_to_answer == {}
    assert active(proposed(cells)) == {"identifier": "ID"}


def test_two_columns_for_one_known_field_lead_to_a_question() -> None:
    found = proposed({"Miasto": CITIES, "MIASTO": CITIES}, known=KNOWN)
    assert active(found) == {}
    assert len({each.key for each in found.of(Target.FIELD)}) == 2


def test_a_known_field_is_not_active_if_no_type_reads_its_cells() -> None:
    days = [f"{day:02}.01.2027" for day in range(1, 32)]
    assert active(proposed({"miasto": [*days, "31.02.2027"]}, known=KNOWN)) == {}


def test_field_names_are_plain_and_distinct() -> None:
    found = proposed({"Kod pocztowy": CITIES, "kod-pocztowy": CITIES, "日本": CITIES, "!!": CITIES})
    assert [each.key for each in found.of(Target.FIELD)] == [
        "kod_pocztowy", "kod_pocztowy_2", "日本", "!!",
    ]  # fmt: skip


# --- omitted columns, and open questions


def test_columns_that_are_not_proposed_have_a_reason() -> None:
    found = proposed(
        {"Lp": ["1", "2"], "Data utworzenia": ["a", "b"], "Puste": ["", " "], "Miasto": ["a", "b"]}
    )
    assert {each.column: each.remark.code for each in found.left_out} == {
        "Lp": "row-number",
        "Data utworzenia": "system-date",
        "Puste": "blank-column",
    }
    assert [each.column.name for each in found.proposals] == ["Miasto"]


def test_a_name_that_yaml_cannot_hold_is_not_proposed() -> None:
    found = proposed({"ID\x1b": IDS, "Miasto": CITIES})
    assert [each.remark.code for each in found.left_out] == ["unwritable-name"]
    assert [each.column.name for each in found.proposals] == ["Miasto"]


def test_while_the_table_is_uncertain_no_column_is_active() -> None:
    unclear = SourceEvidence(open={"sheet": Remark("several-sheets")}, is_table_certain=False)
    found = proposed({"ID": IDS, "Next call": AHEAD}, source=unclear)
    assert active(found) == {}
    assert list(found.left_to_answer) == ["sheet", "campaign", "identifier", "update"]


def test_while_the_encoding_is_uncertain_only_ascii_names_are_active() -> None:
    unclear = SourceEvidence(
        open={"encoding": Remark("several-encodings")}, is_encoding_certain=False
    )
    found = proposed({"ID": IDS, "Data następnego kontaktu": AHEAD}, source=unclear)
    assert active(found) == {"identifier": "ID"}


def test_a_file_without_rows_leaves_all_questions_open() -> None:
    found = proposed({"ID": [], "Miasto": []})
    assert active(found) == {}
    assert {each.column.name for each in found.proposals} == {"ID", "Miasto"}


def test_a_name_that_occurs_twice_is_not_proposed() -> None:
    table = propose(replace(proposed({"ID": IDS}).table, doubled=("ID",)))
    assert table.proposals == ()
    assert [each.remark.code for each in table.left_out] == ["doubled"]
