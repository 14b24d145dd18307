"""What was last read of each campaign, in the state folder.

One file per system and campaign: `reference/<SHA-256 of the base URL>/<campaign>.json`. Only its
owner can read it, and it is replaced as a whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from bulk_update.errors import LedgerError
from bulk_update.records import Issue
from bulk_update.reference import Agent, CampaignReference, CampaignStatus

FOLDER = "reference"
_VERSION = 1

_ABANDONED_SECONDS = 12 * 3600
"""No process takes so long to write a file."""


class ReferenceCache:
    """The files of one system."""

    def __init__(self, state_folder: Path, base_url: str) -> None:
        self._folder = state_folder / FOLDER / hashlib.sha256(base_url.encode()).hexdigest()

    def load(self, campaign_id: str) -> CampaignReference | None:
        """Return what was read last; None if nothing was, or the file cannot be read."""
        try:
            found = json.loads(self._path(campaign_id).read_bytes())
            reference = _reference(found) if found["version"] == _VERSION else None
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None
        # On a case-insensitive file system, two campaigns may have the same file.
        return reference if reference and reference.campaign_id == campaign_id else None

    @staticmethod
    def _remove_leftovers(path: Path) -> None:
        """Remove the temporary files of killed processes, but not those of living ones."""
        with suppress(OSError):
            for left in path.parent.glob(f".{path.name}.*.tmp"):
                if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                    left.unlink()

    def store(self, reference: CampaignReference) -> None:
        """Replace what is stored of a campaign; raises LedgerError if it cannot be written."""
        path = self._path(reference.campaign_id)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        self._remove_leftovers(path)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folder.parent.chmod(0o700)
            with suppress(FileNotFoundError):
                temporary.unlink()
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                json.dump(_stored(reference), file, ensure_ascii=False, indent=1)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError as error:
            params = {"path": str(path), "error": error.strerror or str(error)}
            raise LedgerError(Issue("ledger", params, "unwritable-cache")) from error

    def _path(self, campaign_id: str) -> Path:
        return self._folder / f"{campaign_id}.json"


def _stored(reference: CampaignReference) -> dict[str, Any]:
    statuses, agents = reference.statuses, reference.agents
    return {
        "version": _VERSION,
        "campaign": reference.campaign_id,
        "fetched_at": reference.read_at_us,
        "statuses": None if statuses is None else [each._asdict() for each in statuses],
        "agents": None if agents is None else [each._asdict() for each in agents],
    }


def _reference(found: Any) -> CampaignReference:
    """Return what a file holds; raises TypeError or KeyError for anything else."""
    statuses, agents = found["statuses"], found["agents"]
    return CampaignReference(
        campaign_id=found["campaign"],
        statuses=None if statuses is None else tuple(CampaignStatus(**each) for each in statuses),
        agents=None if agents is None else tuple(Agent(**each) for each in agents),
        read_at_us=int(found["fetched_at"]),
    )
