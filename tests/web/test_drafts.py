"""Drafts: nothing of them is lost, and two tabs never overwrite each other's answers."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bulk_update.errors import LedgerError
from bulk_update.web.drafts import ChangedMeanwhileError, Draft, Drafts, NoSuchDraftError
from bulk_update.web.source_answers import SourceAnswers

ANSWERS = SourceAnswers("cp1250", ";", "Rekordy", 3, quotes_are_text=True)


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    return Drafts(tmp_path / "drafts")


@pytest.fixture
def draft(drafts: Drafts) -> Draft:
    return drafts.create("klienci.csv", rehearsal=False)


def test_a_draft_is_found_as_it_was_saved(drafts: Drafts, draft: Draft, tmp_path: Path) -> None:
    changed = replace(draft, campaign="00417", source=ANSWERS, run_id="20261201-013000-ab12")
    saved = drafts.save(changed, revision=1)
    assert saved == replace(changed, revision=2)
    assert Drafts(tmp_path / "drafts").get(draft.id) == saved


def test_a_second_tab_does_not_overwrite_the_answers_of_the_first(
    drafts: Drafts, draft: Draft
) -> None:
    first = drafts.save(replace(draft, campaign="00001"), revision=1)
    with pytest.raises(ChangedMeanwhileError):
        drafts.save(replace(draft, campaign="00002"), revision=1)
    assert drafts.get(draft.id) == first


def test_of_many_tabs_that_save_at_once_exactly_one_succeeds(tmp_path: Path) -> None:
    folder = tmp_path / "drafts"
    draft = Drafts(folder).create("klienci.csv", rehearsal=False)

    def save(number: int) -> bool:
        try:
            Drafts(folder).save(replace(draft, campaign=f"{number:05d}"), revision=1)
        except ChangedMeanwhileError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(save, range(16))) == 1
    assert Drafts(folder).get(draft.id).revision == 2


@pytest.mark.parametrize(
    "draft_id", ["", "..", "../drafts", "20261201-013000-ab12c/", "x", "20261201-013000-AB12CD"]
)
def test_what_is_no_id_names_no_folder(drafts: Drafts, draft_id: str) -> None:
    for use in (drafts.folder, drafts.get, drafts.input_path, drafts.mapping_path, drafts.delete):
        with pytest.raises(NoSuchDraftError):
            use(draft_id)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"id": 1}', "\0"])
def test_a_draft_that_is_damaged_does_not_hide_the_others(
    drafts: Drafts, draft: Draft, text: str
) -> None:
    damaged = drafts.create("inne.csv", rehearsal=False)
    (drafts.folder(damaged.id) / "draft.json").write_text(text, encoding="utf-8")
    assert drafts.recent() == (draft,)
    with pytest.raises(NoSuchDraftError):
        drafts.get(damaged.id)


def test_the_newest_draft_comes_first(drafts: Drafts, draft: Draft) -> None:
    older = drafts.folder("20250101-000000-aaaaaa")
    older.mkdir()
    stored = {**json.loads((drafts.folder(draft.id) / "draft.json").read_text(encoding="utf-8"))}
    (older / "draft.json").write_text(json.dumps({**stored, "id": older.name}), encoding="utf-8")
    assert [each.id for each in drafts.recent()] == [draft.id, older.name]


def test_a_deleted_draft_is_gone_with_its_file(drafts: Drafts, draft: Draft) -> None:
    drafts.input_path(draft.id).write_bytes(b"x")
    drafts.delete(draft.id)
    assert not drafts.folder(draft.id).exists()
    with pytest.raises(NoSuchDraftError):
        drafts.save(draft, revision=1)


def test_a_draft_that_cannot_be_stored_is_a_failure_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "drafts").write_bytes(b"")
    with pytest.raises(LedgerError, match="cannot be stored"):
        Drafts(tmp_path / "drafts").create("klienci.csv", rehearsal=False)


def test_uploads_that_were_cut_off_are_removed_after_a_day(drafts: Drafts) -> None:
    old, new = drafts.incoming / "old", drafts.incoming / "new"
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (time.time() - 90_000,) * 2)
    drafts.discard_unfinished()
    assert list(drafts.incoming.iterdir()) == [new]
