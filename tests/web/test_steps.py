"""The steps at the head of every screen."""

from __future__ import annotations

from bulk_update.web.drafts import Draft
from bulk_update.web.pages import steps_of

RUN = "20261201-120000-abcd"


def linked(*, was_sent: bool) -> list[str]:
    draft = Draft("20261201-120000-abcdef", 3, "a.csv", rehearsal=True, run_id=RUN)
    return [step.name for step in steps_of("confirm", draft, None, was_sent=was_sent) if step.url]


def test_sending_and_report_can_only_be_opened_once_sending_has_begun() -> None:
    before = ["File", "Table", "Columns", "Values", "Preview", "Confirm"]

    assert linked(was_sent=False) == before
    assert linked(was_sent=True) == [*before, "Send", "Report"]
