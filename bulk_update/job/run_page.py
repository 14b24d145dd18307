"""The page about a run, from what the ledger knows of it, so that it can be written again."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from pathlib import Path

from bulk_update.errors import UnusableError
from bulk_update.exits import NEEDS_ATTENTION, ExitCode
from bulk_update.job.given import Given, given_of
from bulk_update.job.plan_details import names_in_lookup, unambiguous
from bulk_update.job.request import reload
from bulk_update.job.store_rows import RunRows
from bulk_update.language import gettext
from bulk_update.ledger import FrequentReason, Run, SendingTimes, StatusMove, Tally
from bulk_update.mapping import Mapping
from bulk_update.messages import (
    counted,
    duration,
    meaning_of,
    moment,
    number,
    phrase,
    remedy_unless_said,
    sentence_of,
    sentences_of,
    told,
)
from bulk_update.readback import Verified
from bulk_update.records import FailedRow, Issue, Status
from bulk_update.report import (
    AttentionRow,
    OutcomeCount,
    Page,
    PausedFor,
    RankedReason,
    RequestsOverTime,
    StatusMoved,
)
from bulk_update.report.wording import PARAMETERS, REFUSED, translated
from bulk_update.results import RunFile

_MOST_REASONS_OF_AN_OUTCOME = 10
_MOST_MOVES = 30
_MOST_SPANS = 60
_MOST_PAUSES = 5


@dataclass(frozen=True, slots=True)
class RunStanding:
    """How a run stands, beyond its rows.

    `reasons` are why it ended early, if it did. `folder` is that of its files, and `where` how a
    command finds its ledger.
    """

    is_plan: bool
    reasons: tuple[Issue, ...]
    folder: Path
    where: tuple[str, ...] = ()
    is_sending: bool = False


def page_of(run: Run, rows: RunRows, tally: Tally, standing: RunStanding) -> Page:
    """Return the page of a run; its rows are read when it is rendered."""
    bad = sum(tally.counts[status] for status in NEEDS_ATTENTION) - tally.identical
    is_undo = run.undoes is not None
    mapping = _mapping_of(run)
    reasons = rows.frequent_reasons(most=_MOST_REASONS_OF_AN_OUTCOME) if bad else []
    moves = rows.status_moves(most=_MOST_MOVES)
    times = rows.sending_times(most_spans=_MOST_SPANS, most_pauses=_MOST_PAUSES)
    return Page(
        run_id=run.run_id,
        command=run.command,
        job=run.job,
        is_plan=standing.is_plan,
        is_sending=standing.is_sending,
        data_rows=run.data_rows or 0,
        outcomes=tuple(
            OutcomeCount(
                status, rows, meaning_of(status, is_undo=is_undo, identical=tally.identical)
            )
            for status, rows in tally.counts.items()
            if rows
        ),
        left_to_send=0 if standing.is_plan else tally.to_send,
        stopped=_stopped(run, standing),
        needing_attention=bad,
        attention=map(_attention_row, rows.failed_rows() if bad else ()),
        columns=tuple(json.loads(run.header)),
        reasons=tuple(_ranked(reasons, is_undo=is_undo)),
        reasons_left_out=_left_out(reasons),
        requests=times and _over_time(times),
        tried_again=rows.tried_again() if times else 0,
        verified=_verified(run, rows),
        status_moves=_moved(run, mapping, [each for each in moves if each.before != each.after]),
        kept_status=sum(each.rows for each in moves if each.before == each.after),
        parameters=tuple(_parameters(run, mapping, tally, times)),
        commands=tuple(_commands(run, tally, standing, has_failed=bad > 0)),
    )


def _attention_row(row: FailedRow) -> AttentionRow:
    return AttentionRow(
        row.number,
        row.campaign_id or "",
        row.identifier or "",
        row.outcome,
        row.code,
        told(row.reasons),
        tuple(json.loads(row.cells)),
    )


def _stopped(run: Run, standing: RunStanding) -> str:
    """Return why a run ended early; of a plan that was refused, the ledger has no reasons."""
    if standing.is_plan and not standing.reasons and run.exit_code == ExitCode.GUARD:
        return gettext(REFUSED)
    return _as_sentence(sentences_of(standing.reasons))


def _as_sentence(text: str) -> str:
    """Return a text of `messages` with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}." if text else ""


def _ranked(reasons: Sequence[FrequentReason], *, is_undo: bool) -> Iterator[RankedReason]:
    """Yield the reasons of all outcomes, the most frequent first."""
    for each in sorted(reasons, key=lambda each: (-each.rows, each.example)):
        sentence = sentence_of(each.reason)
        remedy = remedy_unless_said(each.code, said=sentence, is_undo=is_undo)
        yield RankedReason(
            each.outcome,
            each.code,
            each.rows,
            each.example,
            _as_sentence(sentence),
            _as_sentence(remedy),
        )


def _left_out(reasons: Sequence[FrequentReason]) -> int:
    kinds = {each.outcome: each.kinds for each in reasons}
    return sum(kinds.values()) - len(reasons)


def _over_time(times: SendingTimes) -> RequestsOverTime:
    return RequestsOverTime(
        times.first_us,
        times.last_us,
        times.span_us / 1_000_000,
        times.counts,
        tuple(
            PausedFor(pause.from_us, (pause.until_us - pause.from_us) / 1_000_000)
            for pause in times.pauses
        ),
    )


def _verified(run: Run, rows: RunRows) -> tuple[int, int] | None:
    if run.verified_at_us is None:
        return None
    verified = rows.verified()
    return verified[Verified.YES], verified[Verified.DIFFERS]


def _moved(
    run: Run, mapping: Mapping | None, moves: Sequence[StatusMove]
) -> tuple[StatusMoved, ...]:
    known = unambiguous(json.loads(run.status_names))
    names = {**(names_in_lookup(mapping) if mapping else {}), **known}
    return tuple(
        StatusMoved(_status(move.before, names), _status(move.after, names), move.rows)
        for move in moves
    )


def _status(status_id: str, names: MappingOf[str, str]) -> str:
    if not status_id:
        return gettext(PARAMETERS["no_status"])
    name = names.get(status_id)
    return f"{name} ({status_id})" if name else status_id


def _parameters(
    run: Run, mapping: Mapping | None, tally: Tally, times: SendingTimes | None
) -> Iterator[tuple[str, str]]:
    """Yield what the run was given, each with its name."""
    name = translated(PARAMETERS)
    yield name["job"], run.job
    yield name["command"], run.command
    yield name["run"], run.run_id
    if run.base_url:
        yield name["system"], run.base_url
    if tally.campaign_ids:
        yield name["campaigns"], ", ".join(tally.campaign_ids)
    yield name["file"], f"{run.input_path} ({counted(run.data_rows or 0, 'row')})"
    yield name["sha256"], run.input_sha256
    yield name["mapping"], run.mapping_path
    given = given_of(run)
    yield name["guards"], _guards(mapping, given.guards)
    if given.workers:
        yield name["pace"], _pace(given)
    yield name["user"], f"{run.user}@{run.host}"
    yield name["planned"], moment(run.planned_at_us)
    if times:
        yield (
            name["sent"],
            phrase("{first:moment} to {last:moment}", first=times.first_us, last=times.last_us),
        )
        requests = sum(times.counts)
        yield name["requests"], number(requests)
        if seconds := (times.last_us - times.first_us) / 1_000_000:
            rate = number(round((requests - 1) / seconds, 1))
            yield name["rate"], phrase("{rate:plain} requests a second", rate=rate)


def _mapping_of(run: Run) -> Mapping | None:
    """Return the mapping of a run, or None if this version no longer accepts it."""
    try:
        return reload(run.mapping, path=run.mapping_path, overrides=run.overrides).mapping
    except UnusableError:
        return None


def _guards(mapping: Mapping | None, given: MappingOf[str, str]) -> str:
    """Return the guards that a mapping sets, and those that the command line set instead."""
    if mapping is None:
        return "-"
    guards = mapping.guards
    written = {
        field: _guard(getattr(guards, field))
        for field in type(guards).model_fields
        if field in guards.model_fields_set
    }
    overrides = {field: f"{text} (--guard)" for field, text in given.items()}
    lines = [f"{field}: {text}" for field, text in {**written, **overrides}.items()]
    return "\n".join(lines) or gettext(PARAMETERS["no_guards"])


def _pace(given: Given) -> str:
    workers = phrase("{count|worker|workers}", count=given.workers)
    return f"{_rate(given.rate)}, {workers}"


def _rate(rate: float | None) -> str:
    if rate is None:
        return gettext("unlimited")
    shown = number(int(rate) if rate.is_integer() else rate)
    return phrase("{rate:plain} requests a second", rate=shown)


def _guard(value: object) -> str:
    if isinstance(value, tuple):
        return gettext(" to ").join(map(str, value))
    return duration(value) if isinstance(value, float) else str(value).lower()


def _commands(run: Run, tally: Tally, standing: RunStanding, *, has_failed: bool) -> Iterator[str]:
    """Yield what can be done next, most useful first."""
    counts, is_undo = tally.counts, run.undoes is not None
    if tally.to_send:
        yield _line("apply", run.run_id, *standing.where)
    elif counts[Status.REJECTED] or counts[Status.FAILED]:
        yield _line("retry", run.run_id, *standing.where)
    if has_failed and not is_undo:
        failed = standing.folder / RunFile.FAILED
        command = "check" if standing.is_plan else "run"
        yield _line(command, str(failed), "-m", run.mapping_path, *standing.where)
    yield _line("show", run.run_id, *standing.where)
    if counts[Status.UPDATED] and not is_undo:
        yield _line("undo", run.run_id, *standing.where)


def _line(*words: str) -> str:
    line = ["bulk-update", *words]
    return subprocess.list2cmdline(line) if os.name == "nt" else shlex.join(line)
