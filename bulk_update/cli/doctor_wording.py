"""The findings of `doctor`, as lines and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bulk_update.cli.layout import BLANK, COLUMNS, Line, Span, Tone, line_of, wrapped
from bulk_update.job.doctor import Diagnosis, Finding, Mark, Topic
from bulk_update.messages import counted

VERSION = 1

_SHOWN = {
    Mark.OK: ("ok", Tone.GOOD),
    Mark.NOTE: ("note", Tone.DOUBTFUL),
    Mark.WRONG: ("wrong", Tone.BAD),
    Mark.SKIPPED: ("-", Tone.PLAIN),
}
_LABELS = {
    Topic.PROGRAM: "program",
    Topic.LIBRARIES: "libraries",
    Topic.SETTINGS: "settings",
    Topic.MAPPING: "mapping",
    Topic.TIME_ZONE: "time zone",
    Topic.BASE_URL: "base URL",
    Topic.USERNAME: "user name",
    Topic.PASSWORD: "password",
    Topic.PROXY: "proxy",
    Topic.HOST_NAME: "host name",
    Topic.CONNECTION: "connection",
    Topic.TLS: "TLS",
    Topic.CLOCK: "clock",
    Topic.STATUSES: "statuses",
    Topic.AGENTS: "agents",
    Topic.RECORDS: "records",
    Topic.FOLDER: "state folder",
    Topic.DISK: "disk",
    Topic.LEDGER: "ledger",
    Topic.LOCK: "lock",
}

_MARK_COLUMNS = max(len(word) for word, _ in _SHOWN.values()) + 2
_LABEL_COLUMNS = len("statuses 00001") + 2
_ARROW = "-> "
_INDENT = _MARK_COLUMNS + _LABEL_COLUMNS


def diagnosis_lines(diagnosis: Diagnosis) -> list[Line]:
    """Return one entry for each finding, with what to do about it, and a conclusion."""
    lines = [line for finding in diagnosis.findings for line in _lines(finding)]
    return [*lines, BLANK, _conclusion(diagnosis)]


def _lines(finding: Finding) -> Iterator[Line]:
    word, tone = _SHOWN[finding.mark]
    label = " ".join(filter(None, (_LABELS[finding.topic], finding.campaign_id)))
    first, *rest = _texts(finding.sentence, _INDENT)
    yield (Span(f"{word:{_MARK_COLUMNS}}", tone), Span(f"{label:{_LABEL_COLUMNS}}{first}"))
    for text in rest:
        yield line_of(" " * _INDENT + text)
    if finding.remedy:
        arrow = " " * _INDENT + _ARROW
        for text in _texts(finding.remedy, len(arrow)):
            yield line_of(arrow + text)
            arrow = " " * len(arrow)


def _texts(text: str, indent: int) -> list[str]:
    """Return the lines of a text, which may have some of its own."""
    columns = COLUMNS - indent
    return [part for line in text.splitlines() for part in wrapped(line, columns)]


def _conclusion(diagnosis: Diagnosis) -> Line:
    problems, notes = diagnosis.count(Mark.WRONG), diagnosis.count(Mark.NOTE)
    if problems:
        return line_of(f"{counted(problems, 'problem')} to solve.", Tone.BAD)
    if notes:
        return line_of(f"Ready to use, with {counted(notes, 'note')}.", Tone.GOOD)
    return line_of("Everything is set up.", Tone.GOOD)


def diagnosis_json(diagnosis: Diagnosis) -> str:
    """Return one JSON object that always has all keys, with a line break at the end."""
    found = {
        "version": VERSION,
        "exit_code": diagnosis.exit_code,
        "findings": [_object(finding) for finding in diagnosis.findings],
    }
    return json.dumps(found, indent=2) + "\n"


def _object(finding: Finding) -> dict[str, str | None]:
    return {
        "topic": finding.topic,
        "campaign_id": finding.campaign_id,
        "mark": finding.mark,
        "code": finding.issue.code,
        "message": finding.sentence,
        "remedy": finding.remedy or None,
    }
