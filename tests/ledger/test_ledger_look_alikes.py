from __future__ import annotations

import pytest
from ledger_runs import Row, invalid, staged

from bulk_update.ledger import Ledger
from bulk_update.ledger.look_alikes import LookAlikes
from bulk_update.mapping import has_look_alikes, look_alike_key

NONE = LookAlikes(groups=0, pair=None, disguised=0, example=None)


def found_in(ledger: Ledger, *rows: Row) -> LookAlikes:
    run = staged(ledger, *rows)
    return ledger.look_alikes(run.id, key=look_alike_key, disguised=has_look_alikes)


@pytest.mark.parametrize(("one", "other"), [("12", "13"), ("a", "b"), ("ż", "z"), ("1", "01")])
def test_identifiers_that_nobody_mistakes_are_not_mentioned(
    ledger: Ledger, one: str, other: str
) -> None:
    assert found_in(ledger, Row(2, identifier=one), Row(3, identifier=other)) == NONE


def test_identifiers_that_look_alike_are_counted_with_an_example(ledger: Ledger) -> None:
    rows = (Row(2, identifier="abc"), Row(3, identifier="x"), Row(5, identifier="ABC"))
    found = found_in(ledger, *rows)
    assert (found.groups, found.disguised) == (1, 0)
    assert found.pair is not None
    assert sorted(map(str, found.pair)) == ["2", "5", "ABC", "abc"]


def test_rows_that_are_not_sent_and_other_campaigns_have_no_look_alikes(ledger: Ledger) -> None:
    other = Row(4, identifier="ABC", campaign_id="00002")
    assert found_in(ledger, Row(2, identifier="abc"), invalid(3, "ABC"), other) == NONE


def test_an_identifier_in_disguise_is_counted_with_an_example(ledger: Ledger) -> None:
    found = found_in(ledger, Row(2, identifier="１２"), Row(3, identifier="zwykły"))  # noqa: RUF001 - full width
    assert (found.disguised, found.example) == (1, ("１２", 2))  # noqa: RUF001 - full width
