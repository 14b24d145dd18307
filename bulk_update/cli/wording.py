"""The final summary of a command: how it ended, which rows need attention, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bulk_update.cli.change_wording import changes
from bulk_update.cli.detail import MOST_LINES, Detail, fitting, labelled
from bulk_update.cli.layout import (
    BLANK,
    COLUMNS,
    Line,
    Span,
    Tone,
    clipped,
    line_of,
    padded,
    width_of,
)
from bulk_update.cli.next_commands import command_lines
from bulk_update.cli.paths import shown
from bulk_update.cli.plan_wording import notes, pace
from bulk_update.cli.reason_wording import ReasonLines
from bulk_update.exits import ExitCode, RunEnd
from bulk_update.job.report import Report, rows_needing_attention
from bulk_update.language import N_, gettext
from bulk_update.messages import (
    hint_of,
    meaning_of,
    number,
    phrase,
    remedy_unless_said,
    sentences_of,
)
from bulk_update.plan import Plan
from bulk_update.printable import printable
from bulk_update.readback import Verified
from bulk_update.reasons import VERBATIM
from bulk_update.records import Status
from bulk_update.results import RunFile

_TONES = {
    Status.UPDATED: Tone.GOOD,
    Status.REJECTED: Tone.BAD,
    Status.FAILED: Tone.BAD,
    Status.IN_DOUBT: Tone.DOUBTFUL,
    Status.INVALID: Tone.BAD,
    Status.DUPLICATE: Tone.DOUBTFUL,
    Status.UNCHANGED: Tone.PLAIN,
    Status.SUPERSEDED: Tone.DOUBTFUL,
    Status.FILTERED: Tone.PLAIN,
    Status.NOT_SENT: Tone.DOUBTFUL,
    Status.PLANNED: Tone.GOOD,
}

_CONTENTS = {
    RunFile.RESULTS: N_("every row"),
    RunFile.FAILED: N_("to correct"),
    RunFile.FAILED_XLSX: N_("as a workbook"),
    RunFile.REQUESTS: N_("would be sent"),
    RunFile.REPORT: N_("report"),
}
"""The contents of the files that users open."""

_STATUS_COLUMNS = max(map(len, Status))
_TO_CHECK = N_("to check")
_IN_FOLDER = N_("files in:")


_NOTHING_TO_SEND = {
    "retry": N_("nothing to send: no row of the run is rejected, failed or in doubt"),
    "undo": N_(
        "nothing to undo: no row that sets a field to restore is updated, failed or in doubt"
    ),
}
"""The messages of the reports without a run."""


def report_lines(
    report: Report,
    *,
    command: str,
    commands: Sequence[list[str]] = (),
    most: int = MOST_LINES,
    columns: int = COLUMNS,
) -> list[Line]:
    """Return how a command ended, which rows need attention, the files, and what to do next.

    File names and commands may take 80 columns in any case, so that they can be pasted.
    """
    return fitting(
        lambda detail: _report(report, command, commands, detail), most=most, columns=columns
    )


def quiet_line(report: Report, *, command: str) -> str:
    """Return a run's id, its outcomes and its folder on one line."""
    if report.summary.run_id is None:
        return gettext(_NOTHING_TO_SEND[command])
    summary = report.summary
    files = summary.files
    folder = ""
    if files:
        place = shown(files[RunFile.RESULTS].parent)
        folder = phrase("; files in {folder:line}", folder=place)
    verified = f"; {_verified(report)}" if summary.verified is not None else ""
    return printable(f"{command} {summary.run_id}: {_outcomes(report)}{verified}{folder}")


def _report(
    report: Report, command: str, commands: Sequence[list[str]], detail: Detail
) -> list[Line]:
    if report.summary.run_id is None:
        return [line_of(gettext(_NOTHING_TO_SEND[command]))]
    groups = [
        _headline(report, command, detail),
        _plan_lines(report.plan, detail) if command == "check" else [],
        _outcome_lines(report, detail),
        _file_lines(report),
        _command_lines(commands[: detail.commands]),
    ]
    return _spaced(filter(None, groups), spaced=detail.spaced)


def _plan_lines(plan: Plan, detail: Detail) -> list[Line]:
    return [*changes(plan, detail), *notes(plan, detail), *pace(plan, detail)]


def _spaced(groups: Iterable[list[Line]], *, spaced: bool) -> list[Line]:
    lines: list[Line] = []
    for group in groups:
        lines += [BLANK, *group] if lines and spaced else group
    return lines


def _headline(report: Report, command: str, detail: Detail) -> list[Line]:
    how, tone = _ending(report, command)
    code = phrase("(exit code {code:plain})", code=int(report.end.exit_code))
    said = f"{command} {report.summary.run_id}: {how} {code}"
    remedy = remedy_of_end(report.end, is_undo=report.is_undo)
    return [
        *labelled("", said, most=detail.headline_lines, tone=tone, columns=detail.columns),
        *(labelled("  -> ", remedy, most=2, columns=detail.columns) if remedy else []),
    ]


def remedy_of_end(end: RunEnd, *, is_undo: bool) -> str:
    """Return the remedy for what stopped a run, unless an error's own sentence contains it."""
    if end.exit_code == ExitCode.ROWS or not end.reasons or VERBATIM in end.reasons[0].params:
        return ""
    first = end.reasons[0]
    said = sentences_of(end.reasons)
    return hint_of(first) or remedy_unless_said(first.code, said=said, is_undo=is_undo)


def _ending(report: Report, command: str) -> tuple[str, Tone]:
    end, left = report.end, report.left_to_send
    if command == "verify" and end.exit_code in {ExitCode.SUCCESS, ExitCode.ROWS}:
        return _ending_of_verification(report)
    if end.exit_code not in {ExitCode.SUCCESS, ExitCode.ROWS}:
        said = sentences_of(end.reasons)
        is_said = said.startswith(gettext("stopped "))
        return said if is_said else gettext("stopped: ") + said, Tone.BAD
    is_unfinished = bool(left) and command != "check"
    how = (
        phrase("unfinished, {rows:rows} left to send", rows=left)
        if is_unfinished
        else gettext("finished")
    )
    tone = Tone.DOUBTFUL if is_unfinished or end.exit_code else Tone.GOOD
    bad = rows_needing_attention(report.summary.outcomes) - report.identical
    if end.code == "differs":
        return f"{how}; {sentences_of(end.reasons)}", tone
    if end.exit_code == ExitCode.ROWS:
        what = gettext("rows to check") if report.is_undo else gettext("rows to correct")
        return f"{how}; {what}: {sentences_of(end.reasons)}", tone
    if bad:
        tolerated = phrase("{rows:rows} with problems, within the mapping's tolerance", rows=bad)
        return f"{how}; {tolerated}", tone
    return how if is_unfinished else gettext("finished without problems"), tone


def _ending_of_verification(report: Report) -> tuple[str, Tone]:
    if report.end.exit_code:
        return gettext("finished; ") + sentences_of(report.end.reasons), Tone.BAD
    if report.summary.verified is None:
        return gettext("nothing that the run sent can be read back"), Tone.DOUBTFUL
    return gettext("finished; no record differs from what was sent"), Tone.GOOD


def _verified(report: Report) -> str:
    """Return what reading back the records showed; nothing if they were not read back."""
    verified = report.summary.verified
    if verified is None:
        return ""
    return phrase(
        "verified: {yes:number} yes, {differs:number} differ",
        yes=verified[Verified.YES],
        differs=verified[Verified.DIFFERS],
    )


def _outcome_lines(report: Report, detail: Detail) -> list[Line]:
    if not detail.one_a_line:
        text = "; ".join(filter(None, [_outcomes(report), _verified(report)]))
        return labelled("  ", text, most=3, columns=detail.columns)
    outcomes = report.summary.outcomes
    digits = len(number(max(outcomes.values(), default=0)))
    reasons = ReasonLines(
        report.reasons,
        detail,
        said=remedy_of_end(report.end, is_undo=report.is_undo),
        indent=digits + 2,
        is_undo=report.is_undo,
    )
    lines: list[Line] = []
    for status, count in outcomes.items():
        if count:
            lines += [_outcome_line(report, status, count, digits, detail), *reasons.of(status)]
    if report.tried_again:
        needed = phrase("{rows:rows} needed more than one attempt", rows=report.tried_again)
        lines.append(line_of(f"  {needed}"))
    if verified := _verified(report):
        lines.append(line_of(f"  {verified}"))
    return lines


def _outcome_line(report: Report, status: Status, count: int, digits: int, detail: Detail) -> Line:
    meaning = meaning_of(status, is_undo=report.is_undo, identical=report.identical)
    room = detail.columns - digits - _STATUS_COLUMNS - 3 * len("  ")
    return (
        Span(f"  {number(count):>{digits}}  "),
        Span(padded(status, _STATUS_COLUMNS), _TONES[status]),
        Span(f"  {clipped(meaning, room)}"),
    )


def _file_lines(report: Report) -> list[Line]:
    files = report.summary.files
    lines = _places(files, is_undo=report.is_undo)
    if RunFile.FAILED in files and RunFile.FAILED_XLSX not in files:
        missing = gettext("no failed.xlsx: a sheet cannot hold that many rows or columns")
        lines.append(line_of(f"  {missing}"))
    return lines


def _places(written: Mapping[RunFile, Path], *, is_undo: bool) -> list[Line]:
    contents = {**_CONTENTS, RunFile.FAILED: _TO_CHECK} if is_undo else _CONTENTS
    files = {what: written.get(file) for file, what in contents.items()}
    named = [(f"{gettext(what)}:", path) for what, path in files.items() if path]
    shown_paths = [shown(path) for _, path in named]
    widest = max(width_of(gettext(what)) for what in _CONTENTS.values()) + len(":")
    room = COLUMNS - len("  ") - widest - len("  ")
    if all(width_of(printable(path)) <= room for path in shown_paths):
        return [
            line_of(f"  {padded(label, widest)}  {path}")
            for (label, _), path in zip(named, shown_paths, strict=True)
        ]
    label = f"  {padded(gettext(_IN_FOLDER), widest)}  "
    folder = labelled(label, shown(named[0][1].parent), most=5)
    return folder + [
        line for label, path in named
        for line in labelled(f"  {padded(label, widest)}  ", path.name, most=2)
    ]  # fmt: skip


def _command_lines(commands: Sequence[list[str]]) -> list[Line]:
    lines = [line_of(text) for words in commands for text in command_lines(words, indent="    ")]
    return [line_of("  " + gettext("next:")), *lines] if lines else []


def _outcomes(report: Report) -> str:
    named = (
        f"{number(count)} {status}" for status, count in report.summary.outcomes.items() if count
    )
    return ", ".join(named) or gettext("no rows")
