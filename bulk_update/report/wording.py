"""Every text of the page that does not come from the run or from `messages`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from bulk_update.language import N_, gettext
from bulk_update.messages import number, phrase
from bulk_update.records import Status
from bulk_update.report.page import Page, PausedFor, RequestsOverTime
from bulk_update.report.table_rows import KeptRows

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "title": N_("Report on run"),
        "personal": N_(
            "This page holds data of people from the file. Share it as you would the file."
        ),
        "outcomes": N_("Outcomes"),
        "outcomes_chart": N_("Share of each outcome in all rows"),
        "outcomes_caption": N_("Every row of the file has exactly one outcome"),
        "outcome": N_("Outcome"),
        "rows": N_("Rows"),
        "share": N_("Share"),
        "meaning": N_("Meaning"),
        "api": N_("API: the interface through which programs change records in Thulium."),
        "over_time": N_("Requests over time"),
        "over_time_chart": N_("Requests per second over the run"),
        "pauses": N_("Longest pauses"),
        "reasons": N_("Why rows need attention"),
        "reason_chart": N_("Share of the rows that need attention"),
        "to_do": N_("What to do:"),
        "moves": N_("Status changes"),
        "moves_caption": N_("Records by their status before the run and the one they were given"),
        "moves_caption_plan": N_("Records by their status now and the one they would be given"),
        "before": N_("Before"),
        "after": N_("After"),
        "attention": N_("Rows that need attention"),
        "attention_caption": N_("Rows that need attention"),
        "row": N_("Row"),
        "campaign": N_("Campaign"),
        "identifier": N_("Identifier"),
        "code": N_("Code"),
        "message": N_("What is wrong"),
        "cells": N_("The row in the file"),
        "search": N_("Search these rows"),
        "more": N_("Show 100 more rows"),
        "nothing": N_("No row needs attention."),
        "commands": N_("Next commands"),
        "parameters": N_("About this run"),
        "made_by": N_("Made by bulk-update"),
    }
)
"""The labels of the page, by the names that its template uses."""

SCRIPT_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "shown": N_("{shown} of {found} rows shown"),
        "found": N_("{shown} of {found} matching rows shown"),
        "sort": N_("Sort by {column}"),
    }
)
"""The texts that the script fills in."""

PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "job": N_("Job"),
        "command": N_("Command"),
        "run": N_("Run"),
        "system": N_("System"),
        "campaigns": N_("Campaigns"),
        "file": N_("File"),
        "sha256": N_("SHA-256 of the file"),
        "mapping": N_("Mapping"),
        "guards": N_("Guards"),
        "pace": N_("Rate limit"),
        "no_guards": N_("none"),
        "user": N_("Started by"),
        "planned": N_("Planned"),
        "sent": N_("Sent"),
        "requests": N_("Requests"),
        "rate": N_("Average rate"),
        "no_status": N_("(no status)"),
    }
)
"""The names of a run's parameters, and words in their values."""


REFUSED = N_("A guard refused this plan. `bulk-update check` says which one.")
"""Of a plan for which the ledger has the exit code alone."""


def translated(texts: Mapping[str, str]) -> dict[str, str]:
    """Return a table of texts in the current language."""
    return {name: gettext(text) for name, text in texts.items()}


def headline(page: Page) -> str:
    """Return what happened, in a sentence."""
    rows = page.data_rows
    counts = {each.status: each.rows for each in page.outcomes}
    if page.is_plan:
        planned = counts.get(Status.PLANNED, 0)
        said = phrase("{planned:number} of {rows:rows} would be sent", planned=planned, rows=rows)
        return f"{said}{_and_attention(page)}."
    updated = counts.get(Status.UPDATED, 0)
    said = phrase(
        "{updated:number} of {rows:rows} {rows:form|was|were} updated", updated=updated, rows=rows
    )
    return f"{said}{_and_attention(page)}{_and_left(page)}."


def standing(page: Page) -> str:
    """Return in a few words how the run stands."""
    if page.is_sending:
        return gettext("Sending now")
    if page.stopped:
        return gettext("Refused") if page.is_plan else gettext("Stopped")
    if page.is_plan:
        return gettext("Plan: nothing was sent")
    if page.left_to_send:
        return gettext("Unfinished")
    if page.needing_attention:
        return gettext("Finished")
    return gettext("Finished without problems")


def details(page: Page) -> Iterator[str]:
    """Yield further sentences about the run."""
    if page.stopped:
        yield page.stopped
    if page.tried_again:
        yield phrase("{count:rows} needed more than one attempt.", count=page.tried_again)
    if page.verified is not None:
        yes, differs = page.verified
        yield phrase(
            "Read back: {yes|record shows|records show} what was sent, {differs|differs|differ}.",
            yes=yes,
            differs=differs,
        )


def requests_made(requests: RequestsOverTime) -> str:
    """Return how many requests were made, and when."""
    return phrase(
        "{count:number} requests from {first:moment} to {last:moment}",
        count=sum(requests.counts),
        first=requests.first_us,
        last=requests.last_us,
    )


def peak(requests: RequestsOverTime) -> str:
    """Return how many requests a second were made at most."""
    most = round(max(requests.counts) / requests.span_seconds, 1)
    shown = number(int(most) if most.is_integer() else most)
    return phrase("at most {rate:plain} {rate:form|request|requests} a second", rate=shown)


def pause(paused: PausedFor) -> str:
    """Return how long and since when nothing was sent."""
    return phrase(
        "{seconds:seconds} from {begin:moment}", seconds=paused.seconds, begin=paused.from_us
    )


def rows_in_page(page: Page, kept: KeptRows) -> Iterator[str]:
    """Yield where the rows and the cells are that the page does not hold."""
    held, with_cells = len(kept.rows), len(kept.cells)
    if left := max(0, page.needing_attention - held):
        yield phrase(
            "This page holds the first {held:number}; {left:number} more are in failed.csv.",
            held=held,
            left=left,
        )
    if 0 < with_cells < held:
        yield phrase(
            "It holds the cells of the first {count:number}; all are in failed.csv.",
            count=with_cells,
        )


def rows_without_script(kept: int, shown: int) -> str:
    """Return where the rows are that only the script can show; nothing if there are none."""
    if kept <= shown:
        return ""
    return phrase(
        "The first {shown:number} rows are shown. All of them are in failed.csv.", shown=shown
    )


def reasons_left_out(page: Page) -> str:
    """Return how many reasons are not listed; nothing if all are."""
    left_out = page.reasons_left_out
    return phrase("And {count|other reason|other reasons}.", count=left_out) if left_out else ""


def kept_status(page: Page) -> str:
    """Return how many records have the status that they are sent; nothing if none do."""
    if not page.kept_status:
        return ""
    if page.is_plan:
        return phrase("{count|record has|records have} the status already.", count=page.kept_status)
    return phrase("{count|record had|records had} the status already.", count=page.kept_status)


def rows_with_reason(rows: int, example: int) -> str:
    """Return how many rows have a reason, and which."""
    if rows == 1:
        return phrase("row {example}", example=example)
    return phrase("{rows:rows}, such as row {example}", rows=rows, example=example)


def percent(part: int, whole: int) -> str:
    """Return a share, with one decimal where two shares could otherwise look alike."""
    share = 100 * part / whole if whole else 0
    if not whole or not (share < 10 or 99 < share < 100):  # noqa: PLR2004 - places
        return f"{number(round(share))} %"
    return f"{number(round(share, 1))} %"


def _and_attention(page: Page) -> str:
    if not page.needing_attention:
        return ""
    return phrase("; {count|needs|need} attention", count=page.needing_attention)


def _and_left(page: Page) -> str:
    if not page.left_to_send:
        return ""
    return phrase("; {count:number} {count:are} left to send", count=page.left_to_send)
