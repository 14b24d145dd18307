"""Adding up the counts of a run's rows."""

from __future__ import annotations

from bulk_update.bookkeeping import Tally
from bulk_update.records import Status

PARTS = [
    ("planned", "", "00001", b"\x03", 2, 7),
    ("planned", "", "00001", b"\x03", 3, 4),
    ("planned", "", "00002", b"\x01", 1, 9),
    ("invalid", "blank", None, None, 1, 5),
    ("invalid", "bad-date", None, None, 4, 3),
    ("duplicate", "identical", "00001", None, 2, 6),
    ("in_doubt", "", "00001", None, 1, 8),
]


def test_parts_of_one_kind_are_added_and_keep_their_first_row() -> None:
    tally = Tally.of(PARTS)
    assert tally.entries[0] == ("planned", "", "00001", b"\x03", 5, 4)
    assert sum(tally.counts.values()) == sum(part[4] for part in PARTS)
    assert tally.first_rows == [(b"\x03", 4), (b"\x01", 9)]


def test_rows_are_counted_by_what_people_ask_for() -> None:
    tally = Tally.of(PARTS)
    assert (tally.to_send, tally.identical, tally.cut_off) == (6, 2, 1)
    assert tally.counts[Status.IN_DOUBT] == 1
    assert tally.campaigns == [("00001", 5), ("00002", 1)]
    assert tally.campaign_ids == ("00001", "00002")
    assert tally.masks == [(b"\x03", 5), (b"\x01", 1)]
    assert [code for code in tally.codes if code[0] == "invalid"] == [
        ("invalid", "bad-date", 4), ("invalid", "blank", 1),
    ]  # fmt: skip
