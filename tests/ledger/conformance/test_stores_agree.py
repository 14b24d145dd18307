"""Whatever happened, all stores say the same of every row."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from store_runs import (
    ACME,
    BUSY,
    LOST,
    NOT_FOUND,
    OK,
    OTHER,
    REFUSED,
    UNREACHABLE,
    Row,
    crash,
    invalid,
    invocation,
    staged,
)
from stores import STORES

from bulk_update.job.store import Store
from bulk_update.ledger import KnownBefore, ResultRow, Run, RunState
from bulk_update.records import Issue, Reply, Status

REPLIES = [OK, OK, OK, REFUSED, LOST, BUSY, NOT_FOUND, UNREACHABLE]
IDENTIFIERS = ["A1", "A1", "A1", "a1", "7", "07", "\uff21" + "1", "Łódź", "ŁÓDŹ"]


class Ending(Enum):
    """How far an invocation gets."""

    SENT = auto()
    HALTED = auto()
    DIED = auto()
    NOT_BEGUN = auto()


class Beginning(Enum):
    """Where the rows of an invocation come from."""

    FILE = auto()
    RESUMED = auto()
    RETRY = auto()


@dataclass(frozen=True)
class Step:
    """What one command does: the rows that it plans or continues, and how they are sent.

    `among` chooses the run that is continued or retried. `corrects` is whether the rows correct
    those of the first run, and `abandons` whether the first run is deleted at last.
    """

    beginning: Beginning
    rows: tuple[Row, ...]
    policy: str
    system: str
    compares: bool
    corrects: bool
    refuses: bool
    ending: Ending
    replies: tuple[Reply, ...]
    among: int
    abandons: bool


def body(status: str, note: str | None) -> bytes:
    fields = "" if note is None else f',"record_fields":{{"notes":"{note}"}}'
    return f'{{"status_id":"{status}"{fields}}}'.encode()


@st.composite
def files(draw: st.DrawFn) -> tuple[Row, ...]:
    rows = []
    for number in range(2, 2 + draw(st.integers(1, 6))):
        identifier = draw(st.sampled_from(IDENTIFIERS))
        if draw(st.integers(0, 5)) == 0:
            rows.append(invalid(number, identifier, Issue("bad-date", {"text": '31.02. "€"'})))
            continue
        text = body(draw(st.sampled_from("12")), draw(st.sampled_from([None, None, "", "ż\\n"])))
        campaign = draw(st.sampled_from(["00001", "00001", "00001", "00002"]))
        rows.append(Row(number, text, identifier, campaign_id=campaign, exported_at_us=number))
    return tuple(rows)


steps = st.builds(
    Step,
    beginning=st.sampled_from([Beginning.FILE, *Beginning]),
    rows=files(),
    policy=st.sampled_from(["error", "first", "last"]),
    system=st.sampled_from([ACME, ACME, ACME, OTHER]),
    compares=st.booleans(),
    corrects=st.booleans(),
    refuses=st.booleans(),
    ending=st.sampled_from([Ending.SENT, *Ending]),
    replies=st.lists(st.sampled_from(REPLIES), min_size=1, max_size=6).map(tuple),
    among=st.integers(0, 5),
    abandons=st.integers(0, 9).map(lambda drawn: drawn == 0),
)


def begun(store: Store, step: Step, number: int) -> Run | None:
    """Return the run that a step sends; None if there is none to continue."""
    known = KnownBefore(step.system if step.compares else None)
    visible = store.runs.all()
    match step.beginning:
        case Beginning.FILE:
            run = staged(
                store, *step.rows, run_id=f"run-{number}", base_url=step.system, known=known
            )
            store.planning.mark_duplicates(run.id, policy=step.policy)
            if step.corrects and visible:
                corrected = {row.number: visible[-1].id for row in step.rows[::2]}
                store.planning.record_corrections(run.id, corrected)
                store.planning.judge_corrections(run)
            return run
        case Beginning.RESUMED:
            return visible[step.among % len(visible)] if visible else None
        case Beginning.RETRY:
            if not visible:
                return None
            parent = visible[step.among % len(visible)]
            run = staged(
                store, run_id=f"run-{number}", base_url=parent.base_url, origin=parent.origin
            )
            store.planning.stage_again(run.id, parent=parent.id)
            return run


def live_through(store: Store, step: Step, number: int) -> None:
    store.sending.settle_dead_runs(now_us=number)
    run = begun(store, step, number)
    if run is not None:
        known = KnownBefore(run.base_url if step.compares else None, "earlier")
        store.planning.judge(run, known)
        waiting = [update.row_id for update in store.sending.to_send(run.id)]
        if step.refuses and waiting:
            store.planning.refuse(run.id, {waiting[0]: [Issue("not-found", {"words": "nobody"})]})
        if step.ending is not Ending.NOT_BEGUN:
            store.sending.begin(run.id, now_us=number)
        match step.ending:
            case Ending.SENT:
                invocation(store, run, step.replies)
            case Ending.HALTED:
                invocation(store, run, step.replies[:2], halted="halted-signal")
            case Ending.DIED:
                crash(store, run, *step.replies[:1], most=2)
            case Ending.NOT_BEGUN:
                pass
    if step.abandons and (visible := store.runs.all()):
        store.runs.abandon(visible[-1].id)


def said_of(store: Store) -> list[Any]:
    """Return what a store says of its runs and their rows."""
    return [(run, *rows_of(store, run)) for run in store.runs.all()]


def rows_of(store: Store, run: Run) -> tuple[object, ...]:
    waiting = [
        (update.number, update.campaign_id, update.identifier, update.body, replies_of(update))
        for update in store.sending.to_send(run.id)
    ]
    projection = store.projection(run.id, waiting=Status.NOT_SENT, waiting_code="waits")
    look_alikes = store.planning.look_alikes(
        run.id, key=str.casefold, disguised=lambda text: text != text.casefold()
    )
    return (
        [ResultRow(*row) for row in projection.rows(with_bodies=True)],
        waiting,
        store.sending.count_to_send(run.id),
        store.sending.run_history(run.id) if run.state is not RunState.SENDING else None,
        look_alikes,
        store.planning.lost_zeros(run.id),
    )


def replies_of(update: Any) -> list[tuple[object, ...]]:
    return [(attempt.inherited, attempt.reply) for attempt in update.earlier]


@settings(max_examples=15)
@given(history=st.lists(steps, min_size=1, max_size=6))
def test_all_stores_say_the_same_after_any_history(history: list[Step]) -> None:
    with ExitStack() as opened:
        stores: list[Store] = []
        for opener in STORES.values():
            folder = opened.enter_context(tempfile.TemporaryDirectory())
            stores.append(opened.enter_context(opener(Path(folder))))
        for number, step in enumerate(history, start=1):
            said = []
            for store in stores:
                live_through(store, step, number)
                said.append(said_of(store))
            assert all(each == said[0] for each in said[1:])
