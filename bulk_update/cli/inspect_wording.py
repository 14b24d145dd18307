"""Runs and rows in words: the tables of `runs` and `show`."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from bulk_update.cli.wording import counted
from bulk_update.job.inspect import RowView, RunView
from bulk_update.messages import sentence_of, told
from bulk_update.records import Attempt


def runs_text(views: list[RunView]) -> str:
    """Return one line a run: its name, when and by whom it began, the job, the file, its rows."""
    if not views:
        return "The ledger has no runs."
    rows = [
        (
            view.run.run_id,
            _moment(view.run.created_at_us),
            view.run.command,
            str(view.run.state),
            f"{view.run.user}@{view.run.host}",
            view.run.job,
            view.run.input_path,
            _counts(view),
        )
        for view in views
    ]
    head = ("run", "when", "command", "state", "who", "job", "file", "outcomes")
    return _table([head, *rows])


def run_text(view: RunView) -> str:
    """Return what happened in a run."""
    run = view.run
    lines = [
        ("run", f"{run.run_id} ({run.command}, {run.state})"),
        ("who", f"{run.user} on {run.host}, process {run.pid}"),
        ("file", f"{run.input_path} (SHA-256 {run.input_sha256[:16]}…)"),
        ("mapping", f"{run.mapping_path} (job {run.job})"),
        ("system", run.base_url or "not set yet"),
        ("read", _moment(run.created_at_us)),
        ("sent", f"{_moment(run.started_at_us)} to {_moment(run.finished_at_us)}"),
    ]
    if run.stop_code:
        lines.append(("stopped", f"{run.stop_code}: {told(run.stop_reasons)}"))
    if run.exit_code is not None:
        lines.append(("exit code", str(run.exit_code)))
    lines += [("note", notice) for notice in json.loads(run.notices)]
    head = "\n".join(f"{name:<10} {value}" for name, value in lines)
    codes = [(str(count), outcome, code) for outcome, code, count in view.codes]
    return f"{head}\n\n{_table([('rows', 'outcome', 'code'), *codes])}"


def row_text(view: RowView) -> str:
    """Return everything that is known about one row, in the order in which it happened."""
    detail, result = view.detail, view.detail.result
    width = max((len(name) for name, _ in view.columns), default=0)
    lines = [f"row {view.number} of {view.run.input_path}, run {view.run.run_id}", "", "as read"]
    lines += [f"  {name:<{width}}  {cell}" for name, cell in view.columns]
    lines += ["", "what the mapping made of it"]
    if detail.body is None:
        lines.append("  nothing to send")
    else:
        body = json.dumps(json.loads(detail.body), ensure_ascii=False, indent=2)
        lines.append(f"  PUT {view.path}")
        lines += [f"  {line}" for line in body.splitlines()]
    lines += ["", counted(len(detail.attempts), "attempt")]
    lines += [f"  {_attempt(attempt)}" for attempt in detail.attempts]
    lines += ["", "outcome", f"  {result.outcome}{f' ({result.code})' if result.code else ''}"]
    if message := told(result.reasons):
        lines.append(f"  {message}")
    return "\n".join(lines)


def _attempt(attempt: Attempt) -> str:
    departed = _moment(attempt.departed_at_us)
    reply = attempt.reply
    if reply is None:
        return f"{departed}  no answer on record"
    answer = f"{reply.status}" if reply.status is not None else reply.code
    parts = (f"{departed}  {answer} after {reply.elapsed_ms} ms", sentence_of(reply.reason))
    request = f"request {reply.request_id}" if reply.request_id else ""
    return "  ".join(filter(None, (*parts, request)))


def _counts(view: RunView) -> str:
    return ", ".join(f"{count} {status}" for status, count in view.counts.items() if count) or "-"


def _moment(microseconds: int | None) -> str:
    if microseconds is None:
        return "-"
    moment = datetime.fromtimestamp(microseconds / 1_000_000, UTC).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
