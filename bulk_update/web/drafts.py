"""Drafts on disk: an uploaded file and everything that was answered about it.

Nothing of a draft is only in memory, so a reload, a second tab or a new start of the page finds it
as it was. Only the owner can read it.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from filelock import FileLock

from bulk_update.printable import printable
from bulk_update.web.answers import ColumnAnswer, ValueAnswers
from bulk_update.web.source_answers import SourceAnswers
from bulk_update.web.storage import make_private, replace_text, storing

LONGEST_NAME = 255
_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z0-9]{6}")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")
_FOLDERS = re.compile(r"[/\\]")
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_LOCK_SECONDS = 5.0
_DAY_SECONDS = 86_400


class NoSuchDraftError(Exception):
    """There is no draft with this id."""


class ChangedMeanwhileError(Exception):
    """The draft was saved elsewhere, such as in another tab, since the form was shown."""


CORRECTIONS = re.compile(r"corrected-(?P<run>[\w-]+)\.csv")
"""The name of a file of corrected rows."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An uploaded file and the answers about it.

    `revision` grows with every save, and forms carry it. `file_name` is as it was uploaded: it is
    shown, and never used as a path. `sha256` is that of the file. `rehearsal` sends to the sandbox
    in place of the live system, whose base URL is `base_url`.
    `columns` are by header name. `run_id` is the plan that was made of the draft.
    """

    id: str
    revision: int
    file_name: str
    rehearsal: bool
    campaign: str | None = None
    source: SourceAnswers = field(default_factory=SourceAnswers)
    columns: Mapping[str, ColumnAnswer] = field(default_factory=dict)
    values: ValueAnswers = field(default_factory=ValueAnswers)
    run_id: str | None = None
    sha256: str = ""
    base_url: str | None = None

    @property
    def corrected_run(self) -> str | None:
        """The run whose rows it corrects; None: its columns are asked for as those of any file."""
        found = CORRECTIONS.fullmatch(self.file_name)
        return found["run"] if found and self.run_id and not self.columns else None

    @property
    def created_at(self) -> datetime:
        """When the file was uploaded."""
        return datetime.strptime(self.id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)

    def is_for_system_of(self, other: Draft) -> bool:
        """Return whether two drafts are for the same system."""
        return (self.rehearsal, self.base_url) == (other.rehearsal, other.base_url)


class Drafts:
    """One folder per draft: `draft.json`, the uploaded file, `mapping.yaml`, and caches."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def incoming(self) -> Path:
        """The folder for files that are still arriving; it is made if necessary.

        Raises LedgerError if it cannot be made.
        """
        with storing():
            return make_private(self._folder / "incoming")

    @property
    def typed_corrections(self) -> Path:
        """The folder for what is typed into reports of runs, whether or not these have a draft."""
        return self._folder / "corrections"

    def create(
        self,
        file_name: str,
        *,
        rehearsal: bool,
        content: Path | None = None,
        sha256: str = "",
        base_url: str | None = None,
    ) -> Draft:
        """Create a draft in a folder of its own, into which the file `content` is moved.

        Raises LedgerError if it cannot be stored.
        """
        draft = Draft(
            _new_id(), 1, _shown_name(file_name), rehearsal, sha256=sha256, base_url=base_url
        )
        with storing():
            folder = make_private(self.folder(draft.id))
            if content is not None:  # before the draft, which would otherwise have no file
                content.replace(folder / _input_name(draft))
            replace_text(folder / "draft.json", _to_json(draft))
        return draft

    def get(self, draft_id: str) -> Draft:
        """Return a draft as it was last saved. Raises NoSuchDraftError."""
        path = self.folder(draft_id) / "draft.json"
        try:
            return _from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise NoSuchDraftError(draft_id) from error

    def save(self, draft: Draft, *, revision: int) -> Draft:
        """Save a draft and return it with its new revision.

        Raises ChangedMeanwhileError if `revision` is not the stored one, NoSuchDraftError, and
        LedgerError if it cannot be stored.
        """
        with storing(), self._locked(draft.id):
            if self.get(draft.id).revision != revision:
                raise ChangedMeanwhileError(draft.id)
            saved = replace(draft, revision=revision + 1)
            replace_text(self.folder(draft.id) / "draft.json", _to_json(saved))
        return saved

    def write_mapping(self, draft: Draft, text: str) -> None:
        """Write the mapping that a draft's answers make.

        Raises ChangedMeanwhileError if other answers were saved since: their mapping stays.
        """
        with storing(), self._locked(draft.id):
            if self.get(draft.id).revision != draft.revision:
                raise ChangedMeanwhileError(draft.id)
            replace_text(self.mapping_path(draft.id), text)

    def twin_of(self, draft: Draft) -> Draft | None:
        """Return the newest other draft of the same file for the same system, or None."""
        twins = (
            each
            for each in self.recent()
            if each.sha256 == draft.sha256 and each.is_for_system_of(draft) and each.id != draft.id
        )
        return next(twins, None) if draft.sha256 else None

    def discard_unfinished(self) -> None:
        """Remove files whose upload was cut off more than a day ago."""
        for path in self.incoming.iterdir():
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _DAY_SECONDS:
                    path.unlink()

    def recent(self) -> tuple[Draft, ...]:
        """Return all drafts, the newest first."""
        found = []
        for path in self._folder.glob("*/draft.json"):
            with suppress(NoSuchDraftError):
                found.append(self.get(path.parent.name))
        return tuple(sorted(found, key=lambda draft: draft.id, reverse=True))

    def delete(self, draft_id: str) -> None:
        """Delete a draft and its file. Raises NoSuchDraftError."""
        self.get(draft_id)
        shutil.rmtree(self.folder(draft_id))

    def folder(self, draft_id: str) -> Path:
        """Return a draft's folder. Raises NoSuchDraftError for what cannot be a draft's id."""
        if not _ID.fullmatch(draft_id):
            raise NoSuchDraftError(draft_id)
        return self._folder / draft_id

    def input_path(self, draft_id: str) -> Path:
        """Return where a draft's file is: `input`, with the suffix that it was uploaded with."""
        return self.folder(draft_id) / _input_name(self.get(draft_id))

    def mapping_path(self, draft_id: str) -> Path:
        """Return where a draft's mapping is written."""
        return self.folder(draft_id) / "mapping.yaml"

    @contextmanager
    def _locked(self, draft_id: str) -> Iterator[None]:
        folder = self.folder(draft_id)
        if not folder.is_dir():
            raise NoSuchDraftError(draft_id)
        with FileLock(folder / "draft.lock", timeout=_LOCK_SECONDS, mode=0o600):
            yield


def _input_name(draft: Draft) -> str:
    suffix = PurePosixPath(draft.file_name).suffix.lower()
    return f"input{suffix if _SUFFIX.fullmatch(suffix) else ''}"


def _new_id() -> str:
    now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return f"{now}-{''.join(secrets.choice(_LETTERS) for _ in range(6))}"


def _shown_name(file_name: str) -> str:
    """Return the last part of a name, without the folders that some browsers send."""
    last = _FOLDERS.split(file_name)[-1]
    return printable(last)[-LONGEST_NAME:] or "?"


def _to_json(draft: Draft) -> str:
    stored = {
        "id": draft.id,
        "revision": draft.revision,
        "file_name": draft.file_name,
        "rehearsal": draft.rehearsal,
        "campaign": draft.campaign,
        "source": draft.source.to_json(),
        "columns": {name: answer.to_json() for name, answer in draft.columns.items()},
        "values": draft.values.to_json(),
        "run_id": draft.run_id,
        "sha256": draft.sha256,
        "base_url": draft.base_url,
    }
    return json.dumps(stored, ensure_ascii=False, indent=1)


def _from_json(stored: Mapping[str, Any]) -> Draft:
    return Draft(
        id=stored["id"],
        revision=stored["revision"],
        file_name=stored["file_name"],
        rehearsal=stored["rehearsal"],
        campaign=stored["campaign"],
        source=SourceAnswers.from_json(stored["source"]),
        columns={
            name: ColumnAnswer.from_json(answer) for name, answer in stored["columns"].items()
        },
        values=ValueAnswers.from_json(stored["values"]),
        run_id=stored["run_id"],
        sha256=stored["sha256"],
        base_url=stored["base_url"],
    )
