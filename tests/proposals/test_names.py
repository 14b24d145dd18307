"""What a column's name suggests, and what it does not."""

from __future__ import annotations

import pytest

from bulk_update.proposals.header_words import words_of
from bulk_update.proposals.names import NameMatch, Target, Veto, name_evidence


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NR SPRAWY", ("nr", "sprawy")),
        ("NrSprawy", ("nr", "sprawy")),
        ("nr_sprawy", ("nr", "sprawy")),
        ("Deal - ID", ("deal", "id")),
        ("DoNotCall", ("do", "not", "call")),
        ("NIPKraj", ("nip", "kraj")),
        ("FormaPłatności", ("forma", "platnosci")),
        ("Właściciel", ("wlasciciel",)),
        ("Z\u0307ółć", ("zolc",)),
        ("Adres.KodPocztowyS", ("adres", "kod", "pocztowy", "s")),
        ("Telefon1", ("telefon", "1")),
        ("(Do Not Modify) Contact", ("do", "not", "modify", "contact")),
        ("日本", ("日本",)),
        (" - ", ()),
    ],
)
def test_names_that_people_consider_the_same_have_the_same_words(
    name: str, words: tuple[str, ...]
) -> None:
    assert words_of(name) == words


def test_an_endless_name_takes_no_time() -> None:
    assert len(words_of("ą" * 1_000_000)) == 1


@pytest.mark.parametrize(
    ("name", "target", "match"),
    [
        ("ID", Target.IDENTIFIER, NameMatch.LIKELY),
        ("Record Id", Target.IDENTIFIER, NameMatch.LIKELY),
        ("identifier", Target.IDENTIFIER, NameMatch.OWN),
        ("Nr sprawy", Target.IDENTIFIER, NameMatch.LIKELY),
        ("Customer No.", Target.IDENTIFIER, NameMatch.LIKELY),
        ("Nr", Target.IDENTIFIER, NameMatch.POSSIBLE),
        ("Kod", Target.IDENTIFIER, NameMatch.POSSIBLE),
        ("Lead Status", Target.STATUS, NameMatch.LIKELY),
        ("Wynik rozmowy", Target.STATUS, NameMatch.POSSIBLE),
        ("Contact owner", Target.AGENT, NameMatch.LIKELY),
        ("agent_login", Target.AGENT, NameMatch.OWN),
        ("Login", Target.AGENT, NameMatch.POSSIBLE),
        ("Termin kolejnego kontaktu", Target.NEXT_CALL, NameMatch.LIKELY),
        ("next_call_date", Target.NEXT_CALL, NameMatch.OWN),
        ("Call back", Target.NEXT_CALL, NameMatch.LIKELY),
        ("Termin", Target.NEXT_CALL, NameMatch.POSSIBLE),
        ("ID kampanii", Target.CAMPAIGN, NameMatch.LIKELY),
    ],
)
def test_a_name_suggests_a_target(name: str, target: Target, match: NameMatch) -> None:
    assert name_evidence(name).matches == {target: match}


@pytest.mark.parametrize(
    "name",
    [
        "Lead Source", "Marketing contact status", "StatusKrajUEExport", "Knt_OpiekunId",
        "system_status", "Status opt-in", "Lifecycle Stage", "Deal - Stage", "Termin płatności",
        "Deal - Expected close date", "KodPocztowy", "Numer telefonu", "Nr domu", "Numer konta",
        "Data kontaktu", "Team", "PESEL", "Last Name", "Company",
    ],
)  # fmt: skip
def test_a_similar_name_suggests_nothing(name: str) -> None:
    found = name_evidence(name)
    assert (found.matches, found.veto) == ({}, None)


@pytest.mark.parametrize(
    ("name", "veto"),
    [
        ("Create Date", Veto.SYSTEM_DATE),
        ("LastActivityDate", Veto.SYSTEM_DATE),
        ("Last contacted time", Veto.SYSTEM_DATE),
        ("CREATED_BY_ID", Veto.SYSTEM_DATE),
        ("DATE_MODIFY", Veto.SYSTEM_DATE),
        ("Data utworzenia", Veto.SYSTEM_DATE),
        ("Data ostatniego kontaktu", Veto.SYSTEM_DATE),
        ("call_date", Veto.SYSTEM_DATE),
        ("L.p.", Veto.ROW_NUMBER),
        ("Lp", Veto.ROW_NUMBER),
        ("(Do Not Modify) Row Checksum", Veto.READ_ONLY),
        ("(Do Not Modify) Modified On", Veto.READ_ONLY),
        ("Row Checksum", Veto.CHECKSUM),
        ("AdrDostMiejscowosc", Veto.DELIVERY_ADDRESS),
        ("Data ostatniej wpłaty", None),
        ("(Do Not Modify) Contact", None),
        ("Do aktualizacji", None),
        ("Do wysyłki", None),
        ("To be updated", None),
    ],
)
def test_some_columns_are_never_proposed(name: str, veto: Veto | None) -> None:
    assert name_evidence(name).veto == veto


@pytest.mark.parametrize(
    ("name", "beside", "is_twin"),
    [
        ("Lead Owner.id", ["Lead Owner"], True),
        ("ASSIGNED_BY_ID", ["ASSIGNED_BY"], True),
        ("Contact.id", ["Contact"], True),
        ("OwnerId", ["Name"], False),
        ("Deal ID", ["Deal"], False),
        ("status_id", ["status"], False),
    ],
)
def test_an_id_beside_its_name_is_a_twin(name: str, beside: list[str], *, is_twin: bool) -> None:
    assert (name_evidence(name, beside=beside).veto is Veto.TWIN) is is_twin


@pytest.mark.parametrize(
    ("name", "negated"),
    [
        ("Do Not Call", True),
        ("DoNotCall", True),
        ("Email Opt Out", True),
        ("Unsubscribed from all email", True),
        ("Nie dzwonić", True),
        ("Brak zgody SMS", True),
        ("Sprzeciw RODO", True),
        ("Rezygnacja", True),
        ("Zgoda RODO", False),
        ("Status opt-in", False),
        ("Customer No.", False),
        ("VIP", False),
    ],
)
def test_a_negation_is_detected(name: str, *, negated: bool) -> None:
    assert name_evidence(name).negated is negated
