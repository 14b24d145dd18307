"""Checks of drafts, in threads of their own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from web_client import Browser, browsing, text_of
from web_drafts import answered, values_path
from web_forms import answer, at_rest, checked

from bulk_update.events import RecordsRead, RowsRead, Stage, StageBegan
from bulk_update.job.inspect import list_runs
from bulk_update.web.checking import Check, Checks, write_mapping
from bulk_update.web.drafts import ChangedMeanwhileError, Draft

TEXT = "Nr klienta;Miasto\n00100007;Gdynia\n00100014;Łódź\n"
GOALS = {"Nr klienta": "identifier", "Miasto": "record_fields"}


def ready(browser: Browser) -> Draft:
    """Return a draft that was checked, as if its answers had changed since."""
    draft = answered(browser, TEXT, GOALS)
    return browser.service.drafts.save(replace(draft, run_id=None), revision=draft.revision)


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def ended(checks: Checks) -> None:
    until(lambda: not checks.are_running())


def test_the_run_of_a_check_becomes_the_drafts(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft, checks = ready(browser), Checks()
        checks.start(browser.service, draft)
        ended(checks)
        saved = browser.service.drafts.get(draft.id)

    assert saved.run_id is not None
    assert checks.of(saved) is None


def test_the_run_of_answers_that_changed_meanwhile_is_nobodys(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft, checks = ready(browser), Checks()
        changed = browser.service.drafts.save(
            replace(draft, campaign="00002"), revision=draft.revision
        )
        checks.start(browser.service, draft)
        ended(checks)
        assert browser.service.drafts.get(draft.id) == changed


def plans(browser: Browser, draft: Draft) -> list[str]:
    found = list_runs(browser.service.options_for(draft))
    return [view.run.run_id for view in found]


def test_a_new_plan_takes_the_place_of_the_earlier_one(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        other, draft, checks = answered(browser, TEXT, GOALS), ready(browser), Checks()
        assert len(plans(browser, draft)) == 2
        checks.start(browser.service, draft)
        ended(checks)
        saved = browser.service.drafts.get(draft.id)
        assert plans(browser, draft) == [saved.run_id, other.run_id]


def test_the_plan_of_answers_that_changed_meanwhile_is_deleted(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft, checks = ready(browser), Checks()
        before = plans(browser, draft)
        browser.service.drafts.save(replace(draft, campaign="00002"), revision=draft.revision)
        checks.start(browser.service, draft)
        ended(checks)
        assert plans(browser, draft) == before


def test_a_check_of_newer_answers_ends_the_older_one(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft, checks = ready(browser), Checks()
        checks.start(browser.service, draft)
        newer = browser.service.drafts.save(draft, revision=draft.revision)
        checks.start(browser.service, newer)
        ended(checks)
        until(lambda: threading.active_count() < 10)
        saved = browser.service.drafts.get(draft.id)

    assert saved.revision == newer.revision + 1
    assert saved.run_id is not None


def test_a_draft_that_was_deleted_meanwhile_stays_deleted(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft, checks = ready(browser), Checks()
        browser.service.drafts.delete(draft.id)
        checks.start(browser.service, draft)
        ended(checks)
        assert browser.service.drafts.recent() == ()


def test_an_error_of_the_check_is_kept_for_the_screen(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft, checks = ready(browser), Checks()
        browser.service.drafts.input_path(draft.id).write_bytes(b"Nr klienta;Inne\n1;2\n")
        at_rest(browser, draft)
        checks.start(browser.service, draft)
        ended(checks)
        found = checks.of(draft)

    assert found is not None
    assert found.error is not None
    assert "Miasto" in found.error.message
    assert str(tmp_path) not in found.error.message


def test_a_new_page_offers_to_check_again(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = ready(browser)
    with browsing(tmp_path) as browser:
        shown = text_of(browser.get(values_path(draft)))
        answer(browser, values_path(draft), then="preview")
        preview = text_of(checked(browser, f"/draft/{draft.id}/preview"))

    assert "The file has not been checked with these answers yet." in shown
    assert "2 records would change." in preview


def test_progress_is_counted() -> None:
    check = Check(1)
    for event in (RowsRead(3), RowsRead(4), StageBegan(Stage.SNAPSHOT, None), RecordsRead(5)):
        check.on_event(event)
    assert (check.rows, check.records, check.stage) == (7, 5, Stage.SNAPSHOT)


def test_a_mapping_replaces_the_earlier_one_at_once(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = ready(browser)
        write_mapping(browser.service, replace(draft, campaign="00002"))
        path = browser.service.drafts.mapping_path(draft.id)
        assert 'campaign: "00002"' in path.read_text(encoding="utf-8")
        assert sorted(each.name for each in path.parent.glob("mapping*")) == ["mapping.yaml"]


def test_old_answers_never_replace_the_mapping_of_newer_ones(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        old = ready(browser)
        drafts = browser.service.drafts
        new = drafts.save(replace(old, campaign="00002"), revision=old.revision)
        write_mapping(browser.service, new)
        with pytest.raises(ChangedMeanwhileError):
            write_mapping(browser.service, old)

        assert '"00002"' in drafts.mapping_path(new.id).read_text(encoding="utf-8")
