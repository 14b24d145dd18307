"""Drafts whose columns are answered, for the screens that follow."""

from __future__ import annotations

from web_client import Browser, drafted
from web_forms import answer, at_rest, checked

from bulk_update.web.drafts import Draft


def answered(
    browser: Browser,
    text: str,
    goals: dict[str, str],
    *,
    name: str = "klienci.csv",
    campaign: str = "00001",
    rehearsal: bool = True,
) -> Draft:
    """Return a draft of a file whose columns go to these goals; all others are not used.

    A goal may be followed by the code of a reading: `next_call_date [...]`.
    """
    draft = at_rest(browser, drafted(browser, name, text.encode(), rehearsal=rehearsal))
    fields = {"then": "leave-out"}
    for index, column in enumerate(text.splitlines()[0].split(";")):
        goal, _, reading = goals.get(column, "unused").partition(" ")
        fields[f"goal-{index}"] = goal
        fields |= {f"reading-{index}": reading} if reading else {}
    answer(browser, f"/draft/{draft.id}/columns", campaign=campaign, **fields)
    checked(browser, f"/draft/{draft.id}/values")
    return browser.service.drafts.get(draft.id)


def values_path(draft: Draft) -> str:
    return f"/draft/{draft.id}/values"
