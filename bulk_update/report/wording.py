"""Every text of the page that does not come from the run or from `messages`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from bulk_update.messages import counted, number
from bulk_update.records import Status
from bulk_update.report.page import Page, RequestsOverTime
from bulk_update.report.table_rows import KeptRows

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "title": "Report on run",
        "personal": "This page holds data of people from the file. Share it as you would the file.",
        "outcomes": "Outcomes",
        "outcomes_chart": "Share of each outcome in all rows",
        "outcomes_caption": "Every row of the file has exactly one outcome",
        "outcome": "Outcome",
        "rows": "Rows",
        "share": "Share",
        "meaning": "Meaning",
        "over_time": "Requests over time",
        "over_time_chart": "Requests per second over the run",
        "from": "from",
        "to": "to",
        "pauses": "Longest pauses",
        "reasons": "Why rows need attention",
        "reason_chart": "Share of the rows that need attention",
        "to_do": "What to do:",
        "moves": "Status changes",
        "moves_caption": "Records by their status before the run and the one they were given",
        "moves_caption_plan": "Records by their status now and the one they would be given",
        "before": "Before",
        "after": "After",
        "attention": "Rows that need attention",
        "attention_caption": "Rows that need attention",
        "row": "Row",
        "campaign": "Campaign",
        "identifier": "Identifier",
        "code": "Code",
        "message": "What is wrong",
        "cells": "The row in the file",
        "search": "Search these rows",
        "more": "Show 100 more rows",
        "nothing": "No row needs attention.",
        "commands": "Next commands",
        "parameters": "About this run",
        "made_by": "Made by bulk-update",
    }
)
"""The labels of the page, by the names that its template uses."""

SCRIPT_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "shown": "{shown} of {found} rows shown",
        "found": "{shown} of {found} matching rows shown",
        "sort": "Sort by {column}",
    }
)
"""The texts that the script fills in."""

PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "job": "Job",
        "command": "Command",
        "run": "Run",
        "system": "System",
        "campaigns": "Campaigns",
        "file": "File",
        "sha256": "SHA-256 of the file",
        "mapping": "Mapping",
        "guards": "Guards",
        "pace": "Rate limit",
        "no_guards": "none",
        "user": "Started by",
        "planned": "Planned",
        "sent": "Sent",
        "requests": "Requests",
        "rate": "Average rate",
        "no_status": "(no status)",
    }
)
"""The names of a run's parameters, and words in their values."""


REFUSED = "A guard refused this plan. `bulk-update check` says which one."
"""Of a plan for which the ledger has the exit code alone."""


def headline(page: Page) -> str:
    """Return what happened, in a sentence."""
    rows = counted(page.data_rows, "row")
    counts = {each.status: each.rows for each in page.outcomes}
    if page.is_plan:
        planned = number(counts.get(Status.PLANNED, 0))
        return f"{planned} of {rows} would be sent{_and_attention(page)}."
    updated = number(counts.get(Status.UPDATED, 0))
    are = "is" if page.left_to_send == 1 else "are"
    left = f"; {number(page.left_to_send)} {are} left to send" if page.left_to_send else ""
    verb = "was" if page.data_rows == 1 else "were"
    return f"{updated} of {rows} {verb} updated{_and_attention(page)}{left}."


def standing(page: Page) -> str:
    """Return in a few words how the run stands."""
    if page.is_sending:
        return "Sending now"
    if page.stopped:
        return "Refused" if page.is_plan else "Stopped"
    if page.is_plan:
        return "Plan: nothing was sent"
    if page.left_to_send:
        return "Unfinished"
    return "Finished" if page.needing_attention else "Finished without problems"


def details(page: Page) -> Iterator[str]:
    """Yield further sentences about the run."""
    if page.stopped:
        yield page.stopped
    if page.tried_again:
        yield f"{counted(page.tried_again, 'row')} needed more than one attempt."
    if page.verified is not None:
        yes, differs = page.verified
        verb = "differs" if differs == 1 else "differ"
        shows = "record shows" if yes == 1 else "records show"
        yield f"Read back: {number(yes)} {shows} what was sent, {number(differs)} {verb}."


def peak(requests: RequestsOverTime) -> str:
    """Return how many requests a second were made at most."""
    most = max(requests.counts) / requests.span_seconds
    shown = f"{most:.1f}".removesuffix(".0")
    return f"at most {shown} {'request' if shown == '1' else 'requests'} a second"


def rows_in_page(page: Page, kept: KeptRows) -> Iterator[str]:
    """Yield where the rows and the cells are that the page does not hold."""
    held, with_cells = len(kept.rows), len(kept.cells)
    if left := max(0, page.needing_attention - held):
        yield f"This page holds the first {number(held)}; {number(left)} more are in failed.csv."
    if 0 < with_cells < held:
        yield f"It holds the cells of the first {number(with_cells)}; all are in failed.csv."


def rows_without_script(kept: int, shown: int) -> str:
    """Return where the rows are that only the script can show; nothing if there are none."""
    if kept <= shown:
        return ""
    return f"The first {number(shown)} rows are shown. All of them are in failed.csv."


def reasons_left_out(page: Page) -> str:
    """Return how many reasons are not listed; nothing if all are."""
    return f"And {counted(page.reasons_left_out, 'other reason')}." if page.reasons_left_out else ""


def rows_with_reason(rows: int, example: int) -> str:
    """Return how many rows have a reason, and which."""
    return f"row {example}" if rows == 1 else f"{number(rows)} rows, such as row {example}"


def _and_attention(page: Page) -> str:
    if not page.needing_attention:
        return ""
    verb = "needs" if page.needing_attention == 1 else "need"
    return f"; {number(page.needing_attention)} {verb} attention"
