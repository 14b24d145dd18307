"""Runs that were planned on the page, against the sandbox of a rehearsal."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from command_line import MAPPING
from web_client import Browser, drafted

from bulk_update.sandbox.store import made_up_identifiers
from bulk_update.web.corrections import plan_draft
from bulk_update.web.drafts import Draft

A_MINUTE = 60.0

KNOWN = tuple(islice(made_up_identifiers(), 200))
"""Identifiers of records that the sandbox has."""


def planned(
    browser: Browser,
    rows: Sequence[str],
    mapping: Mapping[str, Any] | None = None,
    *,
    rehearsal: bool = True,
) -> Draft:
    """Return a draft of rows `identifier;status;city` and its plan, as after the preview."""
    text = "".join(f"{row}\n" for row in ("ID;Status;Miasto", *rows))
    draft = drafted(browser, "crm.csv", text.encode(), rehearsal=rehearsal)
    drafts = browser.service.drafts
    keys = {**MAPPING, **(mapping or {})}
    content = "".join(f"{key}: {json.dumps(value)}\n" for key, value in keys.items())
    drafts.mapping_path(draft.id).write_text(content, encoding="utf-8")
    report = plan_draft(browser.service, draft)
    return drafts.save(replace(draft, run_id=report.summary.run_id), revision=draft.revision)


def good_rows(count: int, *, first: int = 0) -> list[str]:
    """Return rows that the sandbox accepts."""
    return [f"{identifier};3;Gdynia" for identifier in KNOWN[first : first + count]]


def hidden(html: str, name: str) -> str:
    """Return the value of a hidden field of a form."""
    _, _, rest = html.partition(f'name="{name}" value="')
    return rest.partition('"')[0]


def confirm(browser: Browser, draft: Draft, count: int) -> str:
    """Type the number on the confirm screen and send; return the address that follows."""
    shown = browser.get(f"/draft/{draft.id}/confirm").text
    fields = {name: hidden(shown, name) for name in ("run", "turn")}
    sent = browser.post(f"/draft/{draft.id}/confirm", {**fields, "changes": str(count)})
    return str(sent.headers["location"])


def wait_for(what: Callable[[], object], *, seconds: float = A_MINUTE) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def ledger_of_rehearsals(browser: Browser) -> Path:
    """Return the state folder of the rehearsals."""
    return browser.service.rehearsal.state_folder
