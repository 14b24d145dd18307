"""The law of undoing: what nobody else touched is as before, and the rest as others left it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from command_line import Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted_campaign import LOST, ScriptedCampaign, Shown
from scripted_server import Reaction, Received, ScriptedServer, obliging, response

from bulk_update.readback import READABLE, comparable

MAPPING: Mapping[str, Any] = {
    "status_id": {"column": "Status"},
    "agent_login": {"column": "Opiekun"},
    "next_call_date": {"column": "Termin", "type": "datetime", "formats": ["%Y-%m-%d %H:%M"]},
    "record_fields": {"miasto": {"column": "Miasto"}},
}
HEADER = "ID;Status;Opiekun;Termin;Miasto\n"
COLUMNS = ("status_id", "agent_login", "next_call_date", "miasto")
VALUES: Mapping[str, tuple[str, ...]] = {
    "status_id": ("1", "3", "4"),
    "agent_login": ("a.nowak", "b.lis"),
    "next_call_date": ("2027-01-31 09:00", "2027-02-05 10:30"),
    "miasto": ("Gdynia", "Hel"),
}
LEFT_ALONE = {"superseded", "invalid"}
"""The outcomes of rows whose records have changed since, or had nothing that can be restored."""

MOVES: Mapping[str, tuple[bool, Reaction | None]] = {
    "takes it": (True, None),
    "loses the response": (True, LOST),
    "loses the request": (False, LOST),
    "refuses it": (False, Reaction(response(409))),
    "reports an error after it": (True, Reaction(response(504))),
    "reports an error before it": (False, Reaction(response(504))),
}
"""What happens to an update: whether it is applied, and the response."""

MOVES_OF_UNDO = ("takes it", "loses the response", "loses the request")
"""Those after which `apply` sends a row again."""


@dataclass
class Service:
    """A campaign whose next update of a record meets a move, by identifier."""

    campaign: ScriptedCampaign
    moves: dict[str, str] = field(default_factory=dict)

    def react(self, request: Received, count: int) -> Reaction:
        arrives, reaction = MOVES[self.moves.pop(request.identifier, "takes it")]
        self.campaign.arrives = lambda _request, _count: arrives
        self.campaign.answer_to_put = lambda _request, _count: reaction
        return self.campaign.react(request, count)

    def state(self) -> dict[str, dict[str, str]]:
        """Return the values of every record as a person sees them."""
        return {
            identifier: {
                **{name: comparable(name, getattr(shown, name)) for name in READABLE},
                **self.campaign.fields.get(identifier, {}),
            }
            for identifier, shown in self.campaign.records.items()
        }


@dataclass(frozen=True)
class Story:
    """What happens to the records, by identifier: an earlier run, the run, other people, the undo.

    Each value is by field; others may also take one back to what it was.
    """

    before: Mapping[str, Shown]
    earlier: Mapping[str, str]
    rows: Mapping[str, Mapping[str, str]]
    moves: Mapping[str, str]
    others: Mapping[str, Mapping[str, str]]
    moves_of_undo: Mapping[str, str]
    trusts: bool


@st.composite
def stories(draw: st.DrawFn) -> Story:
    identifiers = [str(number) for number in range(1, draw(st.integers(2, 5)) + 1)]
    maybe = {name: st.none() | st.sampled_from(VALUES[name]) for name in COLUMNS}
    rows = st.fixed_dictionaries({}, optional={n: st.sampled_from(VALUES[n]) for n in COLUMNS})
    shown = st.builds(
        lambda status, agent, date: Shown(status, agent, date and f"{date}:00"),
        st.sampled_from(VALUES["status_id"]),
        maybe["agent_login"],
        maybe["next_call_date"],
    )
    changes = st.dictionaries(
        st.sampled_from([*READABLE]), st.sampled_from(["another", "old"]), max_size=2
    )
    moves = st.sampled_from([*MOVES])
    undoing = st.sampled_from(MOVES_OF_UNDO)
    return Story(
        before={each: draw(shown) for each in identifiers},
        earlier={each: draw(st.sampled_from(VALUES["miasto"])) for each in identifiers}
        if draw(st.booleans())
        else {},
        rows={each: draw(rows) for each in identifiers},
        moves={each: draw(moves) for each in identifiers},
        others={each: draw(changes) for each in identifiers},
        moves_of_undo={each: draw(undoing) for each in identifiers},
        trusts=draw(st.booleans()),
    )


@given(story=stories())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_undo_restores_what_nobody_touched_and_leaves_everything_else(
    lasting_server: ScriptedServer, story: Story
) -> None:
    service = Service(ScriptedCampaign(dict(story.before)))
    lasting_server.forget()
    lasting_server.script = service.react
    try:
        with tempfile.TemporaryDirectory() as folder:
            _tell(story, service, Desk(Path(folder), lasting_server.url))
    finally:
        lasting_server.script = obliging


def _tell(story: Story, service: Service, desk: Desk) -> None:
    mapping = desk.mapping(update=MAPPING)
    options = ("-m", mapping, "--yes", "--retries", "0", "--json")
    if story.earlier:
        cities = "".join(f"{each};;;;{city}\n" for each, city in story.earlier.items())
        desk("run", desk.file(HEADER + cities, name="earlier.csv"), *options)
    before = service.state()
    lines = (
        ";".join([each, *(row.get(name, "") for name in COLUMNS)])
        for each, row in story.rows.items()
    )
    service.moves = dict(story.moves)
    file = desk.file(HEADER + "".join(f"{line}\n" for line in lines))
    ended = desk("run", file, *options, "--snapshot")
    sent = {
        row["identifier"]
        for row in desk.results()
        if row["outcome"] in {"updated", "failed", "in_doubt"}
    }
    _let_others_work(story, service)
    left = service.state()
    service.moves = dict(story.moves_of_undo)
    trust = ("--trust-last-sent",) if story.trusts else ()
    undone = desk("undo", ended.summary["run_id"], "--yes", "--retries", "0", "--json", *trust)
    outcomes: dict[str, str] = {}
    if undone.summary["run_id"] is not None:
        service.moves = {}
        undone = desk("apply", undone.summary["run_id"], "--yes", "--json")
        outcomes = {row["identifier"]: row["outcome"] for row in desk.results()}
        assert sum(undone.summary["outcomes"].values()) == len(outcomes)
    assert set(outcomes) == sent
    after = service.state()
    for identifier, row in story.rows.items():
        expected = _expected(story, identifier, before, left) if identifier in sent else None
        assert after[identifier] == (expected or left[identifier]), identifier
        if identifier in sent:
            outcome = outcomes[identifier]
            assert outcome in LEFT_ALONE if expected is None else outcome != "superseded", row


def _let_others_work(story: Story, service: Service) -> None:
    records = service.campaign.records
    for identifier, changes in story.others.items():
        for name, what in changes.items():
            old = getattr(story.before[identifier], name)
            value = old if what == "old" else "2030-01-01 00:00" if "date" in name else "99"
            records[identifier] = replace(records[identifier], **{name: value})


def _expected(
    story: Story,
    identifier: str,
    before: Mapping[str, Mapping[str, str]],
    left: Mapping[str, Mapping[str, str]],
) -> dict[str, str] | None:
    """Return the values of a record after an undo, or None if it is left alone."""
    row, was, now = story.rows[identifier], before[identifier], left[identifier]
    found = dict(now)
    for name in READABLE:
        if name not in row:
            continue
        if now[name] not in {comparable(name, row[name]), was[name]}:
            return None
        found[name] = was[name] or now[name]
    if "miasto" in row and story.trusts and story.earlier:
        found["miasto"] = was["miasto"]
    return found
