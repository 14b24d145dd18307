"""One "Status" and one "Agent" on the screen of columns; the values say in which way."""

from __future__ import annotations

from pathlib import Path

import pytest
from web_client import browsing, drafted, text_of
from web_forms import answer, at_rest, checked

from bulk_update.messages.remarks import Remark
from bulk_update.sandbox import SandboxSettings, running_sandbox
from bulk_update.web.answers import Goal
from bulk_update.web.remark_words import remark_words


def goal_found(folder: Path, texts: list[str], goal: str, *, rehearsal: bool) -> Goal | None:
    """Return what becomes of a column that a person sends to "Status" or "Agent"."""
    rows = "".join(f"{100007 + 7 * i:08};{text}\n" for i, text in enumerate(texts))
    settings = SandboxSettings(username="api", password="secret")
    with (
        running_sandbox(settings) as sandbox,
        browsing(folder, base_url=sandbox.url, password="secret") as browser,
    ):
        file = f"Nr klienta;Kolumna\n{rows}".encode()
        draft = at_rest(browser, drafted(browser, "a.csv", file, rehearsal=rehearsal))
        fields = {"goal_0": "identifier", "goal_1": goal, "campaign": "00001"}
        answer(
            browser,
            f"/draft/{draft.id}/columns",
            **{name.replace("_", "-"): value for name, value in fields.items()},
        )
        return browser.service.drafts.get(draft.id).columns["Kolumna"].goal


@pytest.mark.parametrize(
    ("texts", "goal", "found"),
    [
        (["Kontakt", "Nie dzwonić"], "status", Goal.STATUS_NAME),
        (["Kontakt", "Kontatk"], "status", Goal.STATUS_NAME),
        (["3", "4"], "status", Goal.STATUS_ID),
        (["Klient A", "Klient B"], "status", Goal.STATUS_LOOKUP),
        (["Nowak", "Lis"], "agent_login", Goal.AGENT_LOOKUP),
    ],
)
def test_the_values_decide_how_statuses_and_agents_are_sent(
    tmp_path: Path, texts: list[str], goal: str, found: Goal
) -> None:
    assert goal_found(tmp_path, texts, goal, rehearsal=False) is found


def test_a_rehearsal_takes_over_the_statuses_of_another_campaign(tmp_path: Path) -> None:
    found = goal_found(tmp_path, ["Klient A", "Klient B"], "status", rehearsal=True)

    assert found is Goal.STATUS_NAME


@pytest.mark.parametrize(
    ("texts", "refused"),
    [
        (["Kontakt", "Nie dzwonić", "Kontatk"], "2 records would change. 1 row is refused."),
        (["Klient A", "Klient B", "Kontakt"], "3 records would change."),
    ],
    ids=["a mistake", "another campaign's names"],
)
def test_a_rehearsal_shows_a_mistyped_status_as_the_live_system_would(
    tmp_path: Path, texts: list[str], refused: str
) -> None:
    rows = "".join(f"{100007 + 7 * i:08};{text}\n" for i, text in enumerate(texts))
    with browsing(tmp_path) as browser:
        file = f"Nr klienta;Status\n{rows}".encode()
        draft = at_rest(browser, drafted(browser, "a.csv", file, rehearsal=True))
        fields = {"goal-0": "identifier", "goal-1": "status", "campaign": "00001"}
        answer(browser, f"/draft/{draft.id}/columns", **fields)
        shown = text_of(checked(browser, f"/draft/{draft.id}/values"))

    assert refused in shown


@pytest.mark.parametrize("code", ["check-one-row", "which-statuses", "no-time"])
def test_remarks_name_neither_options_nor_keys(code: str) -> None:
    words = remark_words(Remark(code))

    assert words
    assert "--" not in words
    assert "status_id" not in words
    assert remark_words(Remark("named-campaign")) == ""


@pytest.mark.parametrize(
    ("form", "said"),
    [("decimal", "number"), ("integer", "whole number"), ("ISO 8601", "YYYY-MM-DD")],
)
def test_a_remark_calls_a_notation_as_people_do(form: str, said: str) -> None:
    remark = Remark("some-do-not-fit", {"format": form, "count": 1, "text": "x"})

    assert remark_words(remark) == f'1 cell cannot be read as "{said}", such as "x"'
