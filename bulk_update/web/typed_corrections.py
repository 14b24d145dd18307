"""What a person has typed into the report of a run, kept on disk until the run is deleted.

Going back, a reload or a new start of the page therefore loses nothing, even if the corrections
were refused and no draft of them exists.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from bulk_update.web.storage import make_private, replace_text, storing


class TypedCorrections:
    """One file for each run, with the texts by the names of the form's fields."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, run_id: str) -> dict[str, str]:
        """Return what was typed; nothing if nothing was, or if it cannot be read."""
        try:
            found = json.loads(self._path(run_id).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(name): str(text) for name, text in found.items()}

    def keep(self, run_id: str, typed: Mapping[str, str], *, shown: Iterable[str]) -> None:
        """Keep what was typed into the fields that were shown, and forget what they held before.

        Raises LedgerError if it cannot be stored.
        """
        known = self.of(run_id)
        for name in shown:
            known.pop(name, None)
        known.update(typed)
        if known:
            with storing():
                make_private(self._folder)
                replace_text(self._path(run_id), json.dumps(known, ensure_ascii=False, indent=1))
        else:
            self.forget(run_id)

    def forget(self, run_id: str) -> None:
        """Delete what was typed for a run. Raises LedgerError if it cannot be deleted."""
        with storing():
            self._path(run_id).unlink(missing_ok=True)

    def _path(self, run_id: str) -> Path:
        return self._folder / f"{run_id}.json"
