"""The stored reference data: what is stored is read again, and damage counts as nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bulk_update.errors import LedgerError
from bulk_update.job.reference_cache import ReferenceCache
from bulk_update.reference import Agent, CampaignReference, CampaignStatus

ACME = "https://acme.thulium.com"
KNOWN = CampaignReference(
    "00001",
    (CampaignStatus("3", "Łódź", "CALL", None), CampaignStatus("4", "", "", "2")),
    (Agent("j.doe", is_active=True, is_active_in_campaign=False),),
    read_at_us=17,
)


@pytest.mark.parametrize(
    "reference",
    [KNOWN, CampaignReference("00001", None, None, 0), CampaignReference("00001", (), (), 0)],
)
def test_what_is_stored_is_read_again(tmp_path: Path, reference: CampaignReference) -> None:
    ReferenceCache(tmp_path, ACME).store(KNOWN)
    ReferenceCache(tmp_path, ACME).store(reference)
    assert ReferenceCache(tmp_path, ACME).load("00001") == reference


def test_systems_and_campaigns_are_kept_apart(tmp_path: Path) -> None:
    cache = ReferenceCache(tmp_path, ACME)
    cache.store(KNOWN)
    assert cache.load("00002") is None
    assert ReferenceCache(tmp_path, "https://other.thulium.com").load("00001") is None


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "1", "null", '{"version": 2}', '{"version": 1}', "[" * 100_000,
     '{"version": 1, "campaign": "00001", "fetched_at": 1, "statuses": [{}], "agents": null}',
     '{"version": 1, "campaign": "00001", "fetched_at": "x", "statuses": [], "agents": []}',
     '{"version": 1, "campaign": "0000A", "fetched_at": 1, "statuses": [], "agents": []}'],
)  # fmt: skip
def test_a_damaged_file_counts_as_nothing(tmp_path: Path, text: str) -> None:
    cache = ReferenceCache(tmp_path, ACME)
    cache.store(KNOWN)
    (path,) = tmp_path.rglob("*.json")
    path.write_text(text, encoding="utf-8")
    assert cache.load("00001") is None


def test_a_folder_that_cannot_be_written_is_an_error_of_the_ledger(tmp_path: Path) -> None:
    (tmp_path / "reference").write_text("in the way", encoding="utf-8")
    with pytest.raises(LedgerError, match="cannot be written"):
        ReferenceCache(tmp_path, ACME).store(KNOWN)


def test_no_temporary_file_is_left(tmp_path: Path) -> None:
    ReferenceCache(tmp_path, ACME).store(KNOWN)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["00001.json"]


def test_what_a_killed_process_left_is_removed_when_the_campaign_is_stored_again(
    tmp_path: Path,
) -> None:
    ReferenceCache(tmp_path, ACME).store(KNOWN)
    (stored,) = tmp_path.rglob("00001.json")
    left, recent = (stored.with_name(f".00001.json.{pid}.tmp") for pid in (1, 2))
    for path in (left, recent):
        path.write_text("half")
    os.utime(left, (1, 1))
    ReferenceCache(tmp_path, ACME).store(KNOWN)
    assert sorted(path.name for path in stored.parent.iterdir()) == [recent.name, stored.name]
