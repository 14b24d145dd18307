"""`summary.json`, and what `--json` prints: one object, all keys always.

Only `verified` is absent unless the records were read back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from bulk_update.records import Status
from bulk_update.results.files import RunFile
from bulk_update.results.times import utc_text

VERSION = 1


class Told(TypedDict):
    """A notification or ping: its `target` is a scheme or a host, `reason` why it failed."""

    kind: str
    target: str
    ok: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in numbers; None for what is not known. Empty `outcomes` are not known either.

    `verified` counts the rows that were read back, `yes` and `differs`; None: none were.
    `notifications` are those that were due at the end; None: none were asked for.
    """

    exit_code: int
    reason: str | None = None
    run_id: str | None = None
    input_path: str | None = None
    input_sha256: str | None = None
    input_rows: int | None = None
    campaign_ids: tuple[str, ...] | None = None
    outcomes: Mapping[Status, int] = field(default_factory=dict)
    verified: Mapping[str, int] | None = None
    attempts: int | None = None
    started_at_us: int | None = None
    finished_at_us: int | None = None
    files: Mapping[RunFile, Path] = field(default_factory=dict)
    notifications: Sequence[Told] | None = None


def summary_json(summary: Summary, *, ascii_only: bool = False) -> str:
    """Return the object as text, ending in a line break; `ascii_only` fits every terminal."""
    files = {
        file.key: str(summary.files[file]) if file in summary.files else None for file in RunFile
    }
    unnamed = 0 if summary.outcomes else None
    found: dict[str, object] = {
        "version": VERSION,
        "run_id": summary.run_id,
        "exit_code": summary.exit_code,
        "reason": summary.reason,
        "input": {
            "path": summary.input_path,
            "sha256": summary.input_sha256,
            "rows": summary.input_rows,
        },
        "campaign_ids": None if summary.campaign_ids is None else list(summary.campaign_ids),
        "outcomes": {str(status): summary.outcomes.get(status, unnamed) for status in Status},
        "verified": None if summary.verified is None else dict(summary.verified),
        "attempts": summary.attempts,
        "started_at": summary.started_at_us and utc_text(summary.started_at_us),
        "finished_at": summary.finished_at_us and utc_text(summary.finished_at_us),
        "files": files,
        "notifications": summary.notifications,
    }
    text = json.dumps(found, ensure_ascii=ascii_only, indent=2) + "\n"
    return text.encode(errors="backslashreplace").decode()  # a path need not be UTF-8
