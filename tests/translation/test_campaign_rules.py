"""What a campaign allows, as tables, and what is left unjudged because it could not be read."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from translating import HEADER, translate, update

from bulk_update.messages import sentence_of
from bulk_update.records import Issue
from bulk_update.reference import Agent, CampaignReference, CampaignStatus
from bulk_update.translation.campaign_rules import CampaignRules

CONTACT = CampaignStatus("3", "Kontakt", "CALL", None)
MINE = CampaignStatus("5", "Mój rekord", "MY_RECORD", None)
LATER = CampaignStatus("6", "Oddzwonić", "CALL_NO_SOONER_THAN", None)
TWICE = CampaignStatus("7", "kontakt ponownie", "CALL", None)
TWIN = CampaignStatus("8", " kontakt  ponownie", "CALL", None)
STATUSES = (CONTACT, MINE, LATER, TWICE, TWIN)

ANN = Agent("ann", is_active=True, is_active_in_campaign=True)
AWAY = Agent("away", is_active=True, is_active_in_campaign=False)
GONE = Agent("gone", is_active=False, is_active_in_campaign=True)
LEFT = Agent("left", is_active=False, is_active_in_campaign=False)
AGENTS = (ANN, AWAY, GONE, LEFT)


def rules(
    statuses: Sequence[CampaignStatus] | None = STATUSES, agents: Sequence[Agent] | None = AGENTS
) -> CampaignRules:
    return CampaignRules(
        CampaignReference(
            "00001",
            None if statuses is None else tuple(statuses),
            None if agents is None else tuple(agents),
            read_at_us=0,
        )
    )


def code(found: object) -> str | None:
    return f"{found.code} {found.variant}".strip() if isinstance(found, Issue) else None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Kontakt", CONTACT),
        (" Kontakt\u200b ", CONTACT),
        ("Mo\u0301j\u00a0 rekord", MINE),
        ("kontakt", "unknown-status near"),
        ("Kontakty", "unknown-status near"),
        ("3", "unknown-status id"),
        ("33", "unknown-status"),
        ("", "unknown-status"),
        ("kontakt ponownie", "ambiguous-status"),
    ],
)
def test_a_name_finds_its_status_as_people_see_it(name: str, expected: object) -> None:
    found = rules().status_named(name)
    assert (code(found) or found) == expected


@pytest.mark.parametrize(
    ("status_id", "expected"),
    [
        ("3", None),
        ("03", "unknown-status"),
        ("33", "unknown-status"),
        ("Kontakt", "unknown-status name"),
    ],
)
def test_an_id_is_compared_exactly(status_id: str, expected: str | None) -> None:
    assert code(rules().status_fault(status_id)) == expected


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        ("ann", None),
        ("Ann", "unknown-agent near"),
        ("bob", "unknown-agent"),
        ("away", "inactive-agent campaign"),
        ("gone", "inactive-agent"),
        ("left", "inactive-agent"),
    ],
)
def test_an_agent_must_be_active_and_in_the_campaign(login: str, expected: str | None) -> None:
    assert code(rules().agent_fault(login)) == expected


@pytest.mark.parametrize(
    ("status_id", "has_agent", "has_call_date", "expected"),
    [
        ("3", False, False, []),
        ("5", False, False, ["agent-missing", "date-missing"]),
        ("5", True, False, ["date-missing"]),
        ("5", False, True, ["agent-missing"]),
        ("5", True, True, []),
        ("6", False, False, ["date-missing"]),
        ("6", False, True, []),
        ("99", False, False, []),
    ],
)
def test_a_status_can_require_an_agent_and_a_date(
    status_id: str, *, has_agent: bool, has_call_date: bool, expected: list[str]
) -> None:
    found = rules().missing(status_id, has_agent=has_agent, has_call_date=has_call_date)
    assert list(map(code, found)) == expected


@pytest.mark.parametrize(
    ("status_id", "name", "expected"),
    [
        ("3", "Kontakt", None),
        ("3", " Kontakt", None),
        ("3", "Kontakty", "unknown-status renamed"),
        ("99", "Kontakt", None),
    ],
)
def test_a_status_may_not_have_another_name_than_when_its_row_was_planned(
    status_id: str, name: str, expected: str | None
) -> None:
    assert code(rules().renaming(status_id, name)) == expected


def test_what_could_not_be_read_is_not_judged() -> None:
    unread = rules(statuses=None, agents=None)
    assert unread.status_fault("33") is None
    assert unread.agent_fault("nobody") is None
    assert unread.missing("5", has_agent=False, has_call_date=False) == []


def test_an_empty_list_allows_nothing() -> None:
    empty = rules(statuses=(), agents=())
    assert code(empty.status_fault("3")) == "unknown-status none"
    assert code(empty.status_named("Kontakt")) == "unknown-status none"
    assert code(empty.agent_fault("ann")) == "unknown-agent none"
    assert code(rules(agents=(GONE,)).agent_fault("xyz")) == "unknown-agent none"


def test_a_long_list_is_shortened_in_the_message() -> None:
    many = [CampaignStatus(str(n), f"Status {n:03}", "CALL", None) for n in range(20, 40)]
    found = rules(statuses=many).status_fault("3")
    assert found
    assert sentence_of(found).endswith('"24 (Status 024)" and 15 more)')


class Known:
    """Reference data of every campaign, which notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def of(self, campaign_id: str) -> CampaignReference:
        self.asked.append(campaign_id)
        return CampaignReference(campaign_id, STATUSES, AGENTS, read_at_us=0)


CELLS = {
    "status": ["", "Kontakt", "Mój rekord", "Oddzwonić", "kontakt", "kontakt ponownie"],
    "agent": ["", "ann", "away", "nobody"],
    "date": ["", "2027-01-01 10:00", "no date"],
}


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["00001", "00002", "x"]),
            *(st.sampled_from(words) for words in CELLS.values()),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_a_row_is_judged_alike_alone_and_among_others(rows: list[tuple[str, ...]]) -> None:
    content = {
        **update(
            status={"column": "Status"},
            agent_login={"column": "Miasto"},
            next_call_date={"column": "Termin", "type": "datetime"},
        ),
        "campaign": {"column": "Kampania"},
    }
    cells = [("7", campaign, status, agent, day, "") for campaign, status, agent, day in rows]
    known = Known()
    together = translate(cells, content=content, header=HEADER, references=known)
    assert sorted(known.asked) == sorted(set(known.asked))
    for index, each in enumerate(cells):
        alone = translate([each], content=content, header=HEADER, references=Known())
        assert (together.bodies[index], together.reasons[index], together.fields[index]) == (
            alone.bodies[0],
            alone.reasons[0],
            alone.fields[0],
        )
