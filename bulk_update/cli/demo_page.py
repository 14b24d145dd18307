"""The page at the end of the demo: its runs in the history, its spreadsheet on the first screen."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from bulk_update.cli.web import stay_open
from bulk_update.settings import Settings
from bulk_update.stop_request import StopRequest
from bulk_update.web.drafts import Drafts
from bulk_update.web.server import running_page


def show_page(file: Path, settings: Settings, stop: StopRequest, *, opens_browser: bool) -> None:
    """Serve the page for the demo's sandbox until it is stopped.

    Raises LedgerError if the draft of the spreadsheet cannot be stored.
    """
    state = settings.state_folder.resolve()  # commands of the page may work in another folder
    _begin_draft(file, Drafts(state / "drafts"))
    own = settings.model_copy(update={"state": state})
    with running_page(own, stop=stop, is_sandbox=True) as running:
        stay_open(running, stop, opens_browser=opens_browser)


def _begin_draft(file: Path, drafts: Drafts) -> None:
    """Make a draft of a file, unless there is one that has not been planned yet."""
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    if any(each.sha256 == sha256 and each.run_id is None for each in drafts.recent()):
        return
    content = drafts.incoming / file.name
    shutil.copyfile(file, content)
    content.chmod(0o600)
    drafts.create(file.name, rehearsal=False, content=content, sha256=sha256)
