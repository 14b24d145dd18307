"""Live system or rehearsal: a draft never reaches the wrong one, and no secret leaks to either."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from web_client import Browser, browsing, drafted

from bulk_update.client import parse_base_url
from bulk_update.loopback import listening
from bulk_update.settings import Settings
from bulk_update.web.drafts import Draft
from bulk_update.web.rehearsal import Rehearsal, rehearsing

FILE = b"ID;Status;Opiekun;Miasto\nA-1;77;e.lis;Lublin\nA-2;77;e.lis;Gdynia\n"
MAPPING = {
    "version": 1,
    "name": "porzadki",
    "campaign": "00417",
    "identifier": {"column": "ID"},
    "update": {
        "status_id": {"column": "Status"},
        "agent_login": {"column": "Opiekun"},
        "record_fields": {"miasto": {"column": "Miasto"}},
    },
}
LIVE = {
    "BULK_UPDATE_BASE_URL": "https://acme.thulium.com",
    "BULK_UPDATE_USERNAME": "api",
    "BULK_UPDATE_PASSWORD": "correct horse",
    "BULK_UPDATE_PASSWORD_FILE": "/secrets/password",
    "BULK_UPDATE_PROXY": "http://proxy.example",
    "BULK_UPDATE_NOTIFY": "json://hooks.example",
    "BULK_UPDATE_PING": "https://ping.example",
    "BULK_UPDATE_RATE": "2",
    "PATH": "/bin",
}


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with browsing(tmp_path / "state") as opened:
        settings = opened.service.settings.model_copy(
            update={"password": SecretStr("correct horse"), "rate": 2.0}
        )
        opened.serve(replace(opened.service, settings=settings, environ=LIVE))
        yield opened


def draft_with_mapping(browser: Browser, *, rehearsal: bool) -> Draft:
    draft = drafted(browser, "klienci.csv", FILE, rehearsal=rehearsal)
    path = browser.service.drafts.mapping_path(draft.id)
    path.write_text(json.dumps(MAPPING), encoding="utf-8")
    return draft


def test_a_live_draft_has_the_settings_of_the_live_system(browser: Browser) -> None:
    draft = draft_with_mapping(browser, rehearsal=False)
    options = browser.service.options_for(draft)
    assert options.settings == browser.service.settings
    assert (options.live, options.snapshot) == (True, True)
    assert options.stop is browser.service.stop
    environment = browser.service.environment_for(draft)
    assert environment == {
        **LIVE,
        "BULK_UPDATE_RATE": "2.0",
        "BULK_UPDATE_STATE": str(browser.service.state_folder),
    }


def test_a_rehearsal_knows_nothing_of_the_live_system(browser: Browser) -> None:
    environment = browser.service.environment_for(draft_with_mapping(browser, rehearsal=True))
    assert environment == {
        "PATH": "/bin",
        "BULK_UPDATE_BASE_URL": browser.service.rehearsal.sandbox.url,
        "BULK_UPDATE_USERNAME": "sandbox",
        "BULK_UPDATE_PASSWORD": "sandbox",
        "BULK_UPDATE_RATE": "2.0",
        "BULK_UPDATE_STATE": str(browser.service.state_folder / "rehearsal"),
    }


def test_a_rehearsal_sends_to_the_sandbox_what_the_file_says(browser: Browser) -> None:
    service = browser.service
    draft = draft_with_mapping(browser, rehearsal=True)
    drafts = service.drafts
    done = subprocess.run(  # noqa: S603 - our own program
        [
            *(sys.executable, "-m", "bulk_update", "run", drafts.input_path(draft.id)),
            *("-m", drafts.mapping_path(draft.id), "--yes", "--live", "--out"),
            drafts.folder(draft.id) / "results",
        ],
        env={**service.environment_for(draft), "BULK_UPDATE_RATE": "unlimited"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    record = service.rehearsal.sandbox.record("00417", "A-2")
    assert record is not None
    assert (record.status_id, record.agent_login) == ("77", "e.lis")
    assert record.record_fields == {"miasto": "Gdynia"}
    assert (service.state_folder / "rehearsal" / "ledger.sqlite3").exists()
    assert not (service.state_folder / "ledger.sqlite3").exists()


def test_a_rehearsal_without_a_mapping_offers_the_sandboxs_campaigns(browser: Browser) -> None:
    draft = drafted(browser, "klienci.csv", FILE, rehearsal=True)
    options = browser.service.options_for(draft)
    assert options.settings.base_url is not None
    assert parse_base_url(options.settings.base_url) == browser.service.rehearsal.sandbox.url
    assert set(browser.service.rehearsal.sandbox.sandbox.campaigns) == {"00001", "00002"}


def test_a_wrong_mapping_does_not_stop_the_sandbox(browser: Browser) -> None:
    draft = draft_with_mapping(browser, rehearsal=True)
    browser.service.drafts.mapping_path(draft.id).write_text("version: [", encoding="utf-8")
    assert browser.service.options_for(draft).settings.username == "sandbox"


def test_the_sandbox_keeps_its_address_if_it_can(tmp_path: Path) -> None:
    with rehearsing(tmp_path) as one:
        url = one.sandbox.url
    with rehearsing(tmp_path) as again:
        assert again.sandbox.url == url
    with listening(int(url.rpartition(":")[2])), rehearsing(tmp_path) as other:
        assert other.sandbox.url != url


def test_the_sandbox_is_started_only_if_it_is_needed(tmp_path: Path) -> None:
    with ExitStack() as exits:
        rehearsal = Rehearsal(tmp_path, exits)
        assert not (tmp_path / "sandbox.port").exists()
        rehearsal.settings(Settings())
        assert (tmp_path / "sandbox.port").exists()
