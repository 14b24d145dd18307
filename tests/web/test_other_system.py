"""A draft or a run of another live system than the page's: said so on every screen, never sent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from command_line import Desk
from web_client import LIVE_URL, browsing, text_of

OTHER_URL = "https://other.thulium.com"


def planned_elsewhere(folder: Path) -> str:
    """Return the id of a plan that the command line made for another system."""
    desk = Desk(folder, base_url=OTHER_URL)
    checked = desk("check", desk.rows("100001", "100002"), "-m", desk.mapping(), "--json")
    return str(checked.summary["run_id"])


@pytest.mark.parametrize("base_url", [LIVE_URL, None])
def test_a_run_of_another_system_is_shown_as_such_and_never_sent(
    tmp_path: Path, base_url: str | None
) -> None:
    with browsing(tmp_path / "state", base_url=base_url) as browser:
        run_id = planned_elsewhere(tmp_path)
        shown = text_of(browser.get(f"/run/{run_id}/confirm"))
        fields = {"run": run_id, "turn": "0", "changes": "2"}
        refused = browser.post(f"/run/{run_id}/confirm", fields)

    assert "other.thulium.com LIVE SYSTEM" in shown
    assert refused.status_code == 422
    assert f"for {OTHER_URL}, and the page was started for another system" in text_of(refused)
    assert not (tmp_path / "state" / "commands").exists()


def test_a_draft_of_another_system_is_not_planned_for_this_one(tmp_path: Path) -> None:
    with browsing(tmp_path / "state") as browser:
        screen = browser.upload("crm.csv", b"ID;Status\n1;3\n", rehearsal=False, follow=False)
        address = screen.headers["location"]
        settings = browser.service.settings.model_copy(update={"base_url": OTHER_URL})
        browser.serve(replace(browser.service, settings=settings))
        refused = browser.get(address)

    assert refused.status_code == 422
    assert f"for {LIVE_URL}, and the page was started for another system" in text_of(refused)
