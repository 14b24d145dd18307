"""The texts and tables of `runs` and `show`."""

from __future__ import annotations

import json

from bulk_update.cli.layout import padded, width_of
from bulk_update.job.inspect import SENDING_NOW, RowView, RunView
from bulk_update.job.tidying import Pruned
from bulk_update.language import N_, gettext
from bulk_update.ledger import INTERRUPTED, Run
from bulk_update.messages import (
    hint_of,
    moment,
    number,
    phrase,
    remedy_of,
    sentence_of,
    size,
    told,
)
from bulk_update.printable import printable
from bulk_update.reasons import NO_REASONS, restored
from bulk_update.records import Attempt
from bulk_update.reference import RecordState

_HEAD = (
    N_("run"),
    N_("when"),
    N_("who"),
    N_("job"),
    N_("file"),
    N_("outcomes"),
    N_("state"),
    N_("size"),
    N_("files"),
)
_STATES = (
    N_("staging"),
    N_("planned"),
    N_("sending"),
    N_("finished"),
    N_("unfinished"),
    N_("interrupted"),
    N_("sending now"),
)
"""The states of a run, which are translated where they are shown."""

_LEAST_LABEL = 10
"""The least columns for the labels of `show`."""


def runs_text(views: list[RunView]) -> str:
    """Return one line per run: start, user, job, file, rows, state and sizes."""
    if not views:
        return gettext("The ledger has no runs.")
    rows = [
        (
            view.run.run_id,
            moment(view.run.created_at_us),
            f"{view.run.user}@{view.run.host}",
            view.run.job,
            view.run.input_path,
            _counts(view),
            gettext(view.state),
            size(view.stored_bytes),
            size(view.files_bytes) if view.files_bytes else "-",
        )
        for view in views
    ]
    return _table([tuple(map(gettext, _HEAD)), *rows])


def pruned_text(pruned: Pruned) -> str:
    """Return what `runs --prune` deleted, and how much smaller the ledger has become."""
    if not pruned.freed_bytes:
        return phrase("{runs:runs} deleted", runs=pruned.runs)
    return phrase(
        "{runs:runs} deleted, and {freed:size} of disk space freed",
        runs=pruned.runs,
        freed=pruned.freed_bytes,
    )


def run_text(view: RunView) -> str:
    """Return what happened in a run."""
    run = view.run
    lines = [
        (gettext("run"), f"{run.run_id} ({run.command}, {gettext(view.state)})"),
        (gettext("who"), _process(run)),
        (gettext("file"), f"{run.input_path} (SHA-256 {run.input_sha256[:16]}…)"),
        (gettext("mapping"), _mapping(run)),
        (gettext("system"), run.base_url or gettext("not set yet")),
        (gettext("read"), moment(run.created_at_us)),
        (gettext("sent"), _sent(view)),
    ]
    if run.stop_code:
        lines.append((gettext("stopped"), f"{run.stop_code}: {told(run.stop_reasons)}"))
        lines += [("", f"-> {remedy}") for remedy in [_remedy(run)] if remedy]
    if view.is_interrupted:
        lines.append(("", f"-> {remedy_of(INTERRUPTED, is_undo=run.undoes is not None)}"))
    if run.verified_at_us is not None:
        lines.append((gettext("read back"), moment(run.verified_at_us)))
    if run.exit_code is not None:
        lines.append((gettext("exit code"), str(run.exit_code)))
    lines.append((gettext("size"), phrase("{size:size} in the ledger", size=view.stored_bytes)))
    if view.files_bytes:
        files = phrase(
            "{size:size} in {folder:line}", size=view.files_bytes, folder=str(view.folder)
        )
        lines.append((gettext("files"), files))
    lines += [(gettext("note"), sentence_of(notice)) for notice in restored(run.notices)]
    width = max(_LEAST_LABEL, *(width_of(name) for name, _value in lines))
    head = "\n".join(f"{padded(name, width)} {printable(value)}".rstrip() for name, value in lines)
    codes = [(number(count), outcome, code) for outcome, code, count in view.codes]
    if view.in_flight:
        codes.append((number(view.in_flight), gettext(SENDING_NOW), ""))
    return f"{head}\n\n{_table([(gettext('rows'), gettext('outcome'), gettext('code')), *codes])}"


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
        return phrase(
            "since {began:line}, by {holder:line}",
            began=began,
            holder=sentence_of(view.sent_by),
        )
    if run.finished_at_us is None:
        return phrase("from {began:line}, until its process died", began=began)
    return phrase("{began:line} to {ended:line}", began=began, ended=moment(run.finished_at_us))


def _mapping(run: Run) -> str:
    return phrase("{path:line} (job {job:line})", path=run.mapping_path, job=run.job)


def _process(run: Run) -> str:
    return phrase(
        "{user:line} on {host:line}, process {pid:plain}", user=run.user, host=run.host, pid=run.pid
    )


def row_text(view: RowView) -> str:
    """Return everything known about one row, in chronological order."""
    detail, result = view.detail, view.detail.result
    columns = [(printable(name), printable(cell)) for name, cell in view.columns]
    width = max((width_of(name) for name, _ in columns), default=0)
    title = phrase(
        "row {row:plain} of {file:line}, run {run_id:plain}",
        row=view.number,
        file=view.run.input_path,
        run_id=view.run.run_id,
    )
    lines = [title, "", gettext("as read")]
    lines += [f"  {padded(name, width)}  {cell}" for name, cell in columns]
    is_undo = view.run.undoes is not None
    lines += ["", gettext("what restores the record") if is_undo else gettext("as mapped")]
    if detail.body is None:
        lines.append("  " + gettext("nothing to send"))
    else:
        body = json.dumps(json.loads(detail.body), ensure_ascii=False, indent=2)
        lines.append(f"  PUT {view.path}")
        lines += [f"  {line}" for line in body.splitlines()]
    if detail.before is not None:
        read_at = moment(detail.before.read_at_us)
        lines += ["", phrase("the record before, at {read_at:line}", read_at=read_at)]
        lines += [f"  {line}" for line in _shown_state(detail.before.state)]
    tried = phrase("{count:number} {count:form|attempt|attempts}", count=len(detail.attempts))
    lines += ["", tried]
    lines += [f"  {_attempt(attempt)}" for attempt in detail.attempts]
    if view.is_in_flight:
        return "\n".join([*lines, "", gettext("outcome"), f"  {gettext(SENDING_NOW)}"])
    lines += [
        "",
        gettext("outcome"),
        f"  {result.outcome}{f' ({result.code})' if result.code else ''}",
    ]
    if message := told(result.reasons):
        lines.append(f"  {message}")
    if result.verified:
        lines.append("  " + gettext("verified: ") + result.verified)
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
        return f"{departed}  " + gettext("no reply recorded")
    result = f"{reply.status}" if reply.status is not None else reply.code
    after = phrase("{result:plain} after {time:plain} ms", result=result, time=reply.elapsed_ms)
    request = phrase("request {request_id:line}", request_id=reply.request_id or "")
    shown = (sentence_of(reply.reason), request if reply.request_id else "")
    return "  ".join(filter(None, (f"{departed}  {after}", *shown)))


def _counts(view: RunView) -> str:
    counts = [f"{number(count)} {status}" for status, count in view.counts.items() if count]
    if view.in_flight:
        counts.append(f"{number(view.in_flight)} {gettext(SENDING_NOW)}")
    return ", ".join(counts) or "-"


def _table(rows: list[tuple[str, ...]]) -> str:
    rows = [tuple(map(printable, row)) for row in rows]
    widths = [max(width_of(row[index]) for row in rows) for index in range(len(rows[0]))]
    return "\n".join(
        "  ".join(padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
