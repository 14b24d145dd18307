"""The plan and the closing summary in words."""

from __future__ import annotations

import os
from pathlib import Path

from bulk_update.exits import NEEDS_A_PERSON
from bulk_update.job.ports import Target
from bulk_update.job.report import Report
from bulk_update.messages import sentences_of
from bulk_update.plan import Plan
from bulk_update.records import Status
from bulk_update.results import RunFile

_MEANINGS = {
    Status.UPDATED: "the API accepted the change",
    Status.REJECTED: "the API refused the row for good",
    Status.FAILED: "no final response, or the run stopped first",
    Status.IN_DOUBT: "sent, but it is unknown whether it was applied",
    Status.INVALID: "a cell or the row is not valid",
    Status.DUPLICATE: "another row is for the same record",
    Status.UNCHANGED: "the record already has these values",
    Status.SUPERSEDED: "a later run has already changed this record",
    Status.FILTERED: "left out by the mapping's `where`",
    Status.NOT_SENT: "not sent yet: `run` or `apply` sends them",
    Status.PLANNED: "would be sent",
}

_CONTENTS = {
    RunFile.RESULTS: "every row",
    RunFile.FAILED: "to correct",
    RunFile.FAILED_XLSX: "as a workbook",
    RunFile.REQUESTS: "would be sent",
}
"""What the files hold that a person opens."""


def plan_text(plan: Plan, *, target: Target | None = None) -> str:
    """Return what would be done: where, to how many rows, and to which fields."""
    lines = [f"{plan.to_send} of {counted(plan.data_rows, 'row')} to send"]
    if target is not None:
        lines.append(f"  to        {target.host}, as {target.user}")
    if plan.campaigns:
        lines.append(f"  campaign  {_campaigns(plan)}")
    lines += _field_lines(plan)
    left_out = [
        f"{count} {status}"
        for status, count in plan.counts.items()
        if count and status is not Status.PLANNED
    ]
    if left_out:
        lines.append(f"  not sent  {', '.join(left_out)}")
    lines += [f"  note      {notice}" for notice in plan.notices]
    return "\n".join(lines)


def _campaigns(plan: Plan, *, most: int = 5) -> str:
    named = [f"{campaign} ({counted(count, 'row')})" for campaign, count in plan.campaigns[:most]]
    more = len(plan.campaigns) - most
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def _field_lines(plan: Plan) -> list[str]:
    width = max((len(field.name) for field in plan.fields), default=0)
    lines = []
    for field in plan.fields:
        parts = [f"set in {counted(field.sets, 'row')}"] if field.sets else []
        parts += [f"CLEARED in {counted(field.clears, 'row')}"] if field.clears else []
        if parts:
            lines.append(f"  field     {field.name:{width}}  {', '.join(parts)}")
    return lines


def report_text(report: Report, *, command: str) -> str:
    """Return the closing summary: how it ended, the outcomes, and where to look next."""
    summary = report.summary
    lines = [f"{_headline(report, command)}", ""]
    width = len(str(max(summary.outcomes.values(), default=0)))
    for status, count in summary.outcomes.items():
        if count:
            lines.append(f"  {count:>{width}}  {status:<10}  {_meaning(report, status)}")
    lines.append("")
    for file, what in _CONTENTS.items():
        if file in summary.files:
            lines.append(f"  {what + ':':<14} {shown(summary.files[file])}")
    if RunFile.FAILED in summary.files and RunFile.FAILED_XLSX not in summary.files:
        lines.append("  no failed.xlsx: a sheet cannot hold that many rows or columns")
    return "\n".join(lines)


def _headline(report: Report, command: str) -> str:
    end, summary = report.end, report.summary
    run = f"{command} {summary.run_id}"
    if end.exit_code == 0:
        bad = sum(summary.outcomes[status] for status in NEEDS_A_PERSON) - report.identical
        tolerated = f"finished; {counted(bad, 'row')} with problems, within the mapping's tolerance"
        return f"{run}: {tolerated if bad else 'finished without problems'} (exit code 0)"
    if end.exit_code == 1:
        return f"{run}: finished; rows to correct: {sentences_of(end.reasons)} (exit code 1)"
    return f"{run}: stopped: {sentences_of(end.reasons)} (exit code {end.exit_code})"


def _meaning(report: Report, status: Status) -> str:
    meaning = _MEANINGS[status]
    if status is Status.DUPLICATE and report.identical:
        return f"{meaning} ({report.identical} identical)"
    return meaning


def counted(count: int, noun: str) -> str:
    """Return `1 row` or `5 rows`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def shown(path: Path) -> str:
    """Return a path as a person would type it from here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
