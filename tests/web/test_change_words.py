"""What a plan changes, in words: never more than is known."""

from __future__ import annotations

import pytest
from web_client import browsing, text_of
from web_runs import KNOWN, confirm, good_rows, planned, wait_for

from bulk_update.language import speaking
from bulk_update.ledger import ChangeEvidence
from bulk_update.web.change_words import reservations, will_change, would_change
from bulk_update.web.run_places import place_of

UPDATE = {"update": {"status_id": {"column": "Status"}}, "only_changed": False}


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (ChangeEvidence(change=3), "3 records will change."),
        (
            ChangeEvidence(change=1, same=2),
            (
                "1 record will change. 2 more records are sent although they have these values "
                "already, as far as is known."
            ),
        ),
        (
            ChangeEvidence(change=2, unknown=1),
            (
                "3 records will change. For 1 of them, it is not known whether it changes: not all "
                "of its present values are known."
            ),
        ),
        (
            ChangeEvidence(same=35),
            (
                "No record will change, as far as is known. 35 records are sent although they have "
                "these values already."
            ),
        ),
    ],
)
def test_no_more_changes_are_claimed_than_are_known(
    evidence: ChangeEvidence, expected: str
) -> None:
    assert " ".join((will_change(evidence), *reservations(evidence))) == expected
    assert would_change(evidence) == will_change(evidence).replace("will", "would")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(1, "Zmieni się 1 rekord."), (22, "Zmienią się 22 rekordy."), (25, "Zmieni się 25 rekordów.")],
)
def test_the_number_of_changes_is_right_in_polish(rows: int, expected: str) -> None:
    with speaking("pl"):
        assert will_change(ChangeEvidence(unknown=rows)).replace("\xa0", " ") == expected


def test_records_with_the_values_already_are_no_changes_and_no_status_moves(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with browsing(tmp_path_factory.mktemp("same")) as browser:
        first = planned(browser, good_rows(3), UPDATE)
        confirm(browser, first, 3)
        place = place_of(browser.service, str(first.run_id))
        wait_for(lambda: not next(reversed(place.commands.of(str(first.run_id)))).is_running)

        again = planned(browser, [*good_rows(3), f"{KNOWN[3]};3;Gdynia"], UPDATE)
        preview = text_of(browser.get(f"/draft/{again.id}/preview"))
        assert "1 record would change. 3 more records are sent although" in preview
        shown = browser.get(f"/draft/{again.id}/confirm")
        words = text_of(shown)
        assert "1 record will change." in words
        assert "3 records keep their status." in words
        assert "Kontakt (3) (same) (row 2)" in words
        assert "Kontakt (3) → Kontakt (3)" not in words
        assert "Type 4 to confirm Send 4 records" in words
        report = browser.get(f"/run/{again.run_id}/files/report.html").text
        assert "3 records have the status already." in report
