"""The texts and tables of `runs` and `show`."""

from __future__ import annotations

import json

from bulk_update.cli.layout import padded, width_of
from bulk_update.job.inspect import SENDING_NOW, RowView, RunView
from bulk_update.job.tidying import Pruned
from bulk_update.ledger import INTERRUPTED, Run
from bulk_update.messages import (
    counted,
    hint_of,
    moment,
    number,
    remedy_of,
    sentence_of,
    size,
    told,
)
from bulk_update.printable import printable
from bulk_update.reasons import NO_REASONS, restored
from bulk_update.records import Attempt
from bulk_update.reference import RecordState


def runs_text(views: list[RunView]) -> str:
    """Return one line per run: start, user, job, file, rows, state and sizes."""
    if not views:
        return "The ledger has no runs."
    rows = [
        (
            view.run.run_id,
            moment(view.run.created_at_us),
            f"{view.run.user}@{view.run.host}",
            view.run.job,
            view.run.input_path,
            _counts(view),
            view.state,
            size(view.stored_bytes),
            size(view.files_bytes) if view.files_bytes else "-",
        )
        for view in views
    ]
    head = ("run", "when", "who", "job", "file", "outcomes", "state", "size", "files")
    return _table([head, *rows])


def pruned_text(pruned: Pruned) -> str:
    """Return what `runs --prune` deleted, and how much smaller the ledger has become."""
    deleted = f"{counted(pruned.runs, 'run')} deleted"
    freed = pruned.freed_bytes
    return f"{deleted}, and {size(freed)} of disk space freed" if freed else deleted


def run_text(view: RunView) -> str:
    """Return what happened in a run."""
    run = view.run
    lines = [
        ("run", f"{run.run_id} ({run.command}, {view.state})"),
        ("who", f"{run.user} on {run.host}, process {run.pid}"),
        ("file", f"{run.input_path} (SHA-256 {run.input_sha256[:16]}…)"),
        ("mapping", f"{run.mapping_path} (job {run.job})"),
        ("system", run.base_url or "not set yet"),
        ("read", moment(run.created_at_us)),
        ("sent", _sent(view)),
    ]
    if run.stop_code:
        lines.append(("stopped", f"{run.stop_code}: {told(run.stop_reasons)}"))
        lines += [("", f"-> {remedy}") for remedy in [_remedy(run)] if remedy]
    if view.is_interrupted:
        lines.append(("", f"-> {remedy_of(INTERRUPTED, is_undo=run.undoes is not None)}"))
    if run.verified_at_us is not None:
        lines.append(("read back", moment(run.verified_at_us)))
    if run.exit_code is not None:
        lines.append(("exit code", str(run.exit_code)))
    lines.append(("size", f"{size(view.stored_bytes)} in the ledger"))
    if view.files_bytes:
        lines.append(("files", f"{size(view.files_bytes)} in {view.folder}"))
    lines += [("note", sentence_of(notice)) for notice in restored(run.notices)]
    head = "\n".join(f"{name:<10} {printable(value)}".rstrip() for name, value in lines)
    codes = [(number(count), outcome, code) for outcome, code, count in view.codes]
    if view.in_flight:
        codes.append((number(view.in_flight), SENDING_NOW, ""))
    return f"{head}\n\n{_table([('rows', 'outcome', 'code'), *codes])}"


def _remedy(run: Run) -> str:
    """Return what to do about what stopped a run."""
    hints = map(hint_of, restored(run.stop_reasons or NO_REASONS))
    remedy = remedy_of(run.stop_code or "", is_undo=run.undoes is not None)
    return next(filter(None, hints), remedy)


def _sent(view: RunView) -> str:
    run = view.run
    if run.started_at_us is None:
        return "-"
    began = moment(run.started_at_us)
    if view.sent_by is not None:
        return f"since {began}, by {sentence_of(view.sent_by)}"
    if run.finished_at_us is None:
        return f"from {began}, until its process died"
    return f"{began} to {moment(run.finished_at_us)}"


def row_text(view: RowView) -> str:
    """Return everything known about one row, in chronological order."""
    detail, result = view.detail, view.detail.result
    columns = [(printable(name), printable(cell)) for name, cell in view.columns]
    width = max((width_of(name) for name, _ in columns), default=0)
    file = printable(view.run.input_path)
    lines = [f"row {view.number} of {file}, run {view.run.run_id}", "", "as read"]
    lines += [f"  {padded(name, width)}  {cell}" for name, cell in columns]
    is_undo = view.run.undoes is not None
    lines += ["", "what restores the record" if is_undo else "as mapped"]
    if detail.body is None:
        lines.append("  nothing to send")
    else:
        body = json.dumps(json.loads(detail.body), ensure_ascii=False, indent=2)
        lines.append(f"  PUT {view.path}")
        lines += [f"  {line}" for line in body.splitlines()]
    if detail.before is not None:
        lines += ["", f"the record before, at {moment(detail.before.read_at_us)}"]
        lines += [f"  {line}" for line in _shown_state(detail.before.state)]
    lines += ["", counted(len(detail.attempts), "attempt")]
    lines += [f"  {_attempt(attempt)}" for attempt in detail.attempts]
    if view.is_in_flight:
        return "\n".join([*lines, "", "outcome", f"  {SENDING_NOW}"])
    lines += ["", "outcome", f"  {result.outcome}{f' ({result.code})' if result.code else ''}"]
    if message := told(result.reasons):
        lines.append(f"  {message}")
    if result.verified:
        lines.append(f"  verified: {result.verified}")
    return "\n".join(lines)


def _shown_state(state: RecordState) -> list[str]:
    """Return what the API showed of a record, as a table."""
    shown = {name: value for name, value in state._asdict().items() if name != "identifier"}
    width = max(map(len, shown))
    return [f"{name:<{width}}  {printable(value or '-')}" for name, value in shown.items()]


def _attempt(attempt: Attempt) -> str:
    departed = moment(attempt.departed_at_us)
    reply = attempt.reply
    if reply is None:
        return f"{departed}  no reply recorded"
    result = f"{reply.status}" if reply.status is not None else reply.code
    parts = (f"{departed}  {result} after {reply.elapsed_ms} ms", sentence_of(reply.reason))
    request = f"request {reply.request_id}" if reply.request_id else ""
    return "  ".join(filter(None, (*parts, request)))


def _counts(view: RunView) -> str:
    counts = [f"{number(count)} {status}" for status, count in view.counts.items() if count]
    if view.in_flight:
        counts.append(f"{number(view.in_flight)} {SENDING_NOW}")
    return ", ".join(counts) or "-"


def _table(rows: list[tuple[str, ...]]) -> str:
    rows = [tuple(map(printable, row)) for row in rows]
    widths = [max(width_of(row[index]) for row in rows) for index in range(len(rows[0]))]
    return "\n".join(
        "  ".join(padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
