"""The page with its ledger on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from postgres import ledger_url
from web_client import browsing, text_of
from web_runs import confirm, good_rows, ledger_of_rehearsals, planned

from bulk_update.sandbox import SandboxSettings, running_sandbox

FILE = "ledger.sqlite3"


def test_live_runs_are_kept_on_the_server_and_rehearsals_in_their_folder(
    tmp_path: Path,
) -> None:
    url = ledger_url(tmp_path / "database")
    settings = SandboxSettings(username="api", password="secret", accept_any_field=True)
    with (
        running_sandbox(settings) as sandbox,
        browsing(
            tmp_path / "state", base_url=sandbox.url, password="secret", ledger=url
        ) as browser,
    ):
        live = planned(browser, good_rows(2), rehearsal=False)
        assert confirm(browser, live, 2) == f"/run/{live.run_id}/send"
        assert "report" in browser.get(f"/run/{live.run_id}/events").text
        assert "2 records were updated" in text_of(browser.get(f"/run/{live.run_id}/report"))

        rehearsed = planned(browser, good_rows(3))
        assert str(rehearsed.run_id) in text_of(browser.get("/history?rehearsals"))
        assert str(rehearsed.run_id) not in text_of(browser.get("/history?live"))
        assert (ledger_of_rehearsals(browser) / FILE).exists()
    assert not (tmp_path / "state" / FILE).exists()
