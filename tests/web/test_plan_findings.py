"""Why rows of a plan would not be sent, grouped by what repairs them."""

from __future__ import annotations

import pytest

from bulk_update.cells.issue_codes import IssueCode
from bulk_update.language import speaking
from bulk_update.ledger import FrequentReason
from bulk_update.messages.plan_codes import PLAN
from bulk_update.messages.row_codes import INVALID
from bulk_update.records import Issue, Status
from bulk_update.web.finding_words import sentence_on_page
from bulk_update.web.plan_findings import Repair, findings_of, outcome_counts, repair_of


def reason(code: str, rows: int = 1, place: int = 1, text: str = "x") -> FrequentReason:
    issue = Issue(code, {"text": text, "formats": "DD.MM.YYYY"}, columns=("A",))
    return FrequentReason(Status.INVALID, place, code, rows, 7, issue, 1)


@pytest.mark.parametrize(
    ("code", "repair"),
    [
        (IssueCode.NOT_IN_LOOKUP, Repair.VALUES),
        (IssueCode.UNKNOWN_STATUS, Repair.VALUES),
        (IssueCode.BAD_BOOLEAN, Repair.VALUES),
        (IssueCode.BAD_DATE, Repair.COLUMNS),
        (IssueCode.NEEDS_TYPE, Repair.COLUMNS),
        ("conflict", Repair.DUPLICATES),
        (IssueCode.DAMAGED_IDENTIFIER, Repair.FILE),
        ("a-code-of-a-newer-version", Repair.FILE),
    ],
)
def test_each_code_is_repaired_somewhere(code: str, repair: Repair) -> None:
    assert repair_of(code) is repair


def test_every_code_of_a_refused_row_can_be_shown() -> None:
    for code in {*INVALID, *PLAN} - {"identical"}:
        (found,) = findings_of([FrequentReason("invalid", 1, code, 2, 3, Issue(code), 1)])
        assert (found.code, found.rows) == (code, 2)
        assert found.heading
        if code in set(IssueCode):
            assert "`" not in found.heading, "the key of a mapping"


def test_what_can_be_repaired_on_a_screen_comes_first() -> None:
    codes = ["damaged-identifier", "conflict", "bad-date", "not-in-lookup", "identical"]
    found = findings_of([reason(code) for code in codes])
    assert [each.code for each in found] == [
        "not-in-lookup", "bad-date", "conflict", "damaged-identifier",
    ]  # fmt: skip


def test_only_the_most_frequent_cases_are_listed() -> None:
    (found,) = findings_of([reason("bad-date", 20 - n, n + 1, f"t{n}") for n in range(12)])
    assert [case.rows for case in found.cases] == list(range(20, 10, -1))
    assert (found.more, found.rows) == (2, sum(range(9, 21)))
    assert '"t0" is not a valid date' in found.cases[0].sentence


def test_outcomes_are_counted_in_words() -> None:
    counts = dict.fromkeys(Status, 0) | {Status.INVALID: 1204, Status.FILTERED: 1}
    assert outcome_counts(counts) == ("1,204 rows are refused.", "1 row is left out.")


@pytest.mark.parametrize("language", ["en", "pl"])
def test_no_sentence_on_the_page_names_a_part_of_a_mapping(language: str) -> None:
    """Of all codes that a mapping made on the page can cause."""
    words = ("lookup", "mapped", "mapping", "type:", "status_id", "the rule", "remove:", "`")
    elsewhere = {"pattern", "control-character", "merged"}
    for code, entry in INVALID.items():
        for variant in ("", *entry.variants):
            if code in elsewhere or code.startswith("undo"):
                continue
            with speaking(language):
                sentence = sentence_on_page(Issue(code, variant=variant))
            assert not [word for word in words if word in sentence], sentence
