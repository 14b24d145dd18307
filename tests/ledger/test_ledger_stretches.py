from __future__ import annotations

import asyncio
from random import Random

import pytest
from ledger_runs import LOST, OK, Row, deliver, journal_of, one_by_one, staged

from bulk_update.ledger import Ledger, Run
from bulk_update.records import Status, Stretch

NAMES = ("a", "B7", "007", "a-b_c.d~e", "-1", ".hidden", "a b", "Ł", "a;b", 'a"b', "=1", "a/b")


def some_rows(chance: Random) -> list[Row]:
    """Make rows that are mostly alike."""
    rows = []
    for number in range(2, 60):
        if chance.random() < 0.8:
            rows.append(Row(number, f'{{"x":"{number} Ł"}}'.encode()))
            continue
        rows.append(
            Row(
                number,
                None if chance.random() < 0.4 else b"{}",
                f"{chance.choice(NAMES)}{number if chance.random() < 0.5 else ''}",
                campaign_id=chance.choice(["00001", "00002"]),
            )
        )
    return [
        row if row.body else Row(row.number, None, row.identifier, "invalid", row.campaign_id)
        for row in rows
    ]


def send_some(ledger: Ledger, run: Run, chance: Random) -> None:
    async def send() -> None:
        async with journal_of(ledger) as journal:
            for update in list(ledger.to_send(run.id)):
                if chance.random() < 0.1:
                    await deliver(journal, update, chance.choice([OK, LOST]))
                elif chance.random() < 0.05:
                    await journal.depart(update.row_id)

    asyncio.run(send())


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("sent", ["sent", "never sent"])
def test_stretches_tell_what_the_rows_tell_one_by_one(ledger: Ledger, seed: int, sent: str) -> None:
    chance = Random(seed)
    run = staged(ledger, *some_rows(chance))
    if sent == "sent":
        send_some(ledger, run, chance)
    projection = ledger.projection(
        run.id, waiting=Status.NOT_SENT, waiting_code="limit", waiting_message="held back"
    )
    rows = list(projection.rows())
    for size in (1, 3, 250):
        assert one_by_one(projection.stretches(size=size)) == rows
    bodies = [
        (update.number, update.campaign_id, update.identifier, update.body)
        for update in ledger.to_send(run.id)
    ]
    for size in (1, 3, 250):
        assert one_by_one(projection.requests(size=size)) == bodies


@pytest.mark.parametrize("name", NAMES)
def test_only_identifiers_that_need_no_quoting_are_told_as_one_text(
    ledger: Ledger, name: str
) -> None:
    run = staged(ledger, Row(2), Row(3, identifier=name))
    projection = ledger.projection(run.id, waiting=Status.PLANNED)
    plain = name in {"a", "B7", "007", "a-b_c.d~e"}
    for blocks in (projection.stretches(), projection.requests()):
        assert [isinstance(block, Stretch) for block in blocks] == [plain]


def test_rows_that_ended_alike_before_sending_are_one_stretch(ledger: Ledger) -> None:
    run = staged(ledger, Row(2), Row(5))
    ledger.mark_already_sent(run.id, earlier_run_id="r1")
    (stretch,) = ledger.projection(run.id, waiting=Status.PLANNED).stretches()
    assert stretch == Stretch(
        2, 2, 5, "00001", "unchanged", "already-sent",
        "run r1 has sent this file; --again sends it once more", b"2\x1fid2\x1e5\x1fid5",
    )  # fmt: skip
