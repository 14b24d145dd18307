"""The law with snapshots: what is read of records changes outcomes only where it proves them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from command_line import Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted_campaign import LOST, ScriptedCampaign, Shown, sent
from scripted_server import Reaction, Received, ScriptedServer, obliging, response

EXPORTED = "10.01.2020 12:00"
CALLS = {None: False, "2020-01-10 11:59:59": False, "2020-01-10 12:00:01": True}
"""The last call of a record, and whether it came after the export."""


@dataclass(frozen=True)
class Move:
    """What happens to an update: is it applied, does an agent work after it, what is answered."""

    applies: bool
    reaction: Reaction | None = None
    agent_works: bool = False


MOVES = {
    "takes it": Move(applies=True),
    "says so but does nothing": Move(applies=False),
    "loses the response": Move(applies=True, reaction=LOST),
    "loses the request": Move(applies=False, reaction=LOST),
    "loses the response before a call": Move(applies=True, reaction=LOST, agent_works=True),
    "loses the request before a call": Move(applies=False, reaction=LOST, agent_works=True),
    "refuses it": Move(applies=False, reaction=Reaction(response(409))),
    "fails": Move(applies=False, reaction=Reaction(response(500))),
    "fails but applies it": Move(applies=True, reaction=Reaction(response(500))),
}


@dataclass
class Service:
    """A campaign whose updates meet these moves, by identifier; the last one is repeated."""

    moves: Mapping[str, list[str]]
    campaign: ScriptedCampaign
    touched: set[str] = field(default_factory=set)
    """Records that have changed since the run began."""
    wrongly_sent: list[str] = field(default_factory=list)
    """Records that were sent to again although they had changed, after they were read back."""
    has_read_back: bool = False

    def react(self, request: Received, count: int) -> Reaction:
        if not request.identifier:
            self.has_read_back = bool(self.touched) or self.has_read_back
            return self.campaign.react(request, count)
        if self.has_read_back and request.identifier in self.touched:
            self.wrongly_sent.append(request.identifier)
        moves = self.moves[request.identifier]
        move = MOVES[moves[min(count, len(moves)) - 1]]
        self.campaign.arrives = lambda _request, _count: move.applies
        self.campaign.answer_to_put = lambda _request, _count: move.reaction
        before = self.campaign.records.get(request.identifier)
        reaction = self.campaign.react(request, count)
        if move.agent_works and before:
            changed = replace(
                self.campaign.records[request.identifier],
                status_id="7",
                call_date="2027-02-01 10:00:00",
            )
            self.campaign.records[request.identifier] = changed
        if self.campaign.records.get(request.identifier) != before:
            self.touched.add(request.identifier)
        return reaction


@st.composite
def services(draw: st.DrawFn) -> Service:
    identifiers = [str(number) for number in range(1, draw(st.integers(2, 6)) + 1)]
    moves = st.lists(st.sampled_from([*MOVES]), min_size=1, max_size=2)
    calls = st.sampled_from([*CALLS])
    records = {each: Shown("1", call_date=draw(calls)) for each in identifiers}
    return Service({each: draw(moves) for each in identifiers}, ScriptedCampaign(records))


@given(
    service=services(),
    status=st.sampled_from(["3", "1"]),
    has_fields=st.booleans(),
    retries=st.sampled_from(["0", "1"]),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_was_read_back_is_true_and_settles_only_what_it_proves(
    lasting_server: ScriptedServer, service: Service, status: str, *, has_fields: bool, retries: str
) -> None:
    records = service.campaign.records
    before = dict(records)
    rows = [f"{each};{status};Gdynia;{EXPORTED}\n" for each in before]
    update: dict[str, object] = {"status_id": {"column": "Status"}}
    if has_fields:
        update["record_fields"] = {"miasto": {"column": "Miasto"}}
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder), lasting_server.url)
        file = desk.file("ID;Status;Miasto;Kiedy\n" + "".join(rows))
        mapping = desk.mapping(
            update=update,
            not_called_since={"column": "Kiedy", "formats": ["%d.%m.%Y %H:%M"]},
        )
        lasting_server.forget()
        lasting_server.script = service.react
        options = ("--verify", "--yes", "--retries", retries, "--patience", "5", "--json")
        try:
            ended = desk("run", file, "-m", mapping, *options)
        finally:
            lasting_server.script = obliging
        lines = desk.results()
    assert [line["identifier"] for line in lines] == [*before]
    assert sum(ended.summary["outcomes"].values()) == len(before)
    requests = sent(lasting_server.requests)
    for line in lines:
        identifier, outcome = line["identifier"], line["outcome"]
        shows = records[identifier].status_id == status
        was_read_back = outcome in {"updated", "in_doubt"}
        assert (requests.count(identifier) > 0) is (int(line["attempts"]) > 0)
        if CALLS[before[identifier].call_date]:
            assert (outcome, line["code"]) == ("superseded", "called-since")
            assert records[identifier] == before[identifier]
        if was_read_back and line["verified"]:
            assert line["verified"] == ("yes" if shows else "differs")
        if line["code"] == "verified":
            assert (outcome, shows, has_fields) == ("updated", True, False)
        if outcome == "in_doubt" and line["verified"] == "yes":
            assert has_fields
        if not was_read_back:
            assert line["verified"] == ""
    assert service.wrongly_sent == []
