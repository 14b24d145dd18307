"""The object that `runs --json` prints: the ledger and its runs, the latest first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bulk_update.job.inspect import RunView
from bulk_update.results import utc_text

VERSION = 1


def runs_json(views: Sequence[RunView], *, ledger: tuple[str, int]) -> str:
    """Return the object; all keys always, null where nothing is known.

    `ledger` is where the ledger is, and its size in bytes.
    """
    name, size = ledger
    found = {
        "version": VERSION,
        "exit_code": 0,
        "ledger": {
            "path": name,
            "bytes": size,
        },
        "runs": [_run(view) for view in views],
    }
    return json.dumps(found, indent=2)


def _run(view: RunView) -> dict[str, Any]:
    run = view.run
    return {
        "run_id": run.run_id,
        "command": run.command,
        "job": run.job,
        "state": view.state,
        "base_url": run.base_url,
        "user": run.user,
        "host": run.host,
        "created_at": utc_text(run.created_at_us),
        "sending_since": run.started_at_us and utc_text(run.started_at_us),
        "finished_at": run.finished_at_us and utc_text(run.finished_at_us),
        "exit_code": run.exit_code,
        "reason": run.stop_code or None,
        "input": {"path": run.input_path, "sha256": run.input_sha256, "rows": run.data_rows},
        "outcomes": {str(status): count for status, count in view.counts.items()},
        "in_flight": view.in_flight,
        "ledger_bytes": view.stored_bytes,
        "folder": str(view.folder) if view.folder else None,
        "files_bytes": view.files_bytes,
    }
