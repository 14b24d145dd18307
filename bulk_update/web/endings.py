"""How a run stands, as one sentence for people."""

from __future__ import annotations

from bulk_update.job.inspect import RunView
from bulk_update.language import gettext as _
from bulk_update.language import ngettext
from bulk_update.ledger import RunState
from bulk_update.messages import number, sentences_of
from bulk_update.reasons import NO_REASONS, restored
from bulk_update.records import Status


def is_plan(view: RunView) -> bool:
    """Return whether nothing of a run has been sent yet, such as of an undo to be confirmed."""
    is_waiting = view.run.state in {RunState.PLANNED, RunState.UNFINISHED}
    return is_waiting and view.run.started_at_us is None


def state_of(view: RunView) -> str:
    """Return the state of a run in a few words."""
    if view.sent_by is not None:
        return _("sending now")
    if view.is_interrupted:
        return _("interrupted")
    if is_plan(view):
        return _("planned")
    return {
        RunState.UNFINISHED: _("stopped"),
        RunState.FINISHED: _("finished"),
    }.get(view.run.state, str(view.run.state))


def ending_of_run(view: RunView, *, needing_attention: int, left_to_send: int) -> str:
    """Return how a run stands: planned, sending, interrupted, stopped or finished."""
    if is_plan(view):
        return _("This is a plan. Nothing has been sent.")
    if view.sent_by is not None:
        return _("It is being sent now.")
    if view.is_interrupted:
        return _(
            "The process that sent it was interrupted. Nothing is lost: rows without an answer are "
            "sent again when it goes on."
        )
    updated = view.counts[Status.UPDATED]
    done = ngettext("{n} record was updated.", "{n} records were updated.", updated).format(
        n=number(updated)
    )
    return " ".join(filter(None, (_state(view, left_to_send), done, _attention(needing_attention))))


def _state(view: RunView, left_to_send: int) -> str:
    if not left_to_send:
        return _("Finished.")
    reasons = sentences_of(restored(view.run.stop_reasons or NO_REASONS))
    left = ngettext("{n} row is left to send", "{n} rows are left to send", left_to_send).format(
        n=number(left_to_send)
    )
    return _("Stopped: {left} ({reasons}).").format(left=left, reasons=reasons or "?")


def _attention(rows: int) -> str:
    if not rows:
        return ""
    return ngettext("{n} row needs attention.", "{n} rows need attention.", rows).format(
        n=number(rows)
    )
