"""The findings of `doctor`, as lines and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from bulk_update.cli.layout import (
    BLANK,
    COLUMNS,
    Line,
    Span,
    Tone,
    line_of,
    padded,
    width_of,
    wrapped,
)
from bulk_update.job.doctor import Diagnosis, Finding, Mark, Topic
from bulk_update.language import N_, gettext
from bulk_update.messages import phrase

VERSION = 1

_SHOWN = {
    Mark.OK: (N_("ok"), Tone.GOOD),
    Mark.NOTE: (N_("note"), Tone.DOUBTFUL),
    Mark.WRONG: (N_("wrong"), Tone.BAD),
    Mark.SKIPPED: ("-", Tone.PLAIN),
}
_LABELS = {
    Topic.PROGRAM: N_("program"),
    Topic.LIBRARIES: N_("libraries"),
    Topic.SETTINGS: N_("settings"),
    Topic.MAPPING: N_("mapping"),
    Topic.TIME_ZONE: N_("time zone"),
    Topic.BASE_URL: N_("base URL"),
    Topic.USERNAME: N_("user name"),
    Topic.PASSWORD: N_("password"),
    Topic.PROXY: N_("proxy"),
    Topic.HOST_NAME: N_("host name"),
    Topic.CONNECTION: N_("connection"),
    Topic.TLS: N_("TLS"),
    Topic.CLOCK: N_("clock"),
    Topic.STATUSES: N_("statuses"),
    Topic.AGENTS: N_("agents"),
    Topic.RECORDS: N_("records"),
    Topic.FOLDER: N_("state folder"),
    Topic.DISK: N_("disk"),
    Topic.LEDGER: N_("ledger"),
    Topic.LOCK: N_("lock"),
}

_OF_A_CAMPAIGN = {Topic.STATUSES, Topic.AGENTS, Topic.RECORDS}
_CAMPAIGN_COLUMNS = len(" 00001")
_ARROW = "-> "


class _Widths(NamedTuple):
    """The widths of the marks and of the labels in the current language, with a gap."""

    mark: int
    label: int

    @property
    def indent(self) -> int:
        return self.mark + self.label


def diagnosis_lines(diagnosis: Diagnosis) -> list[Line]:
    """Return one entry for each finding, with what to do about it, and a conclusion."""
    widths = _widths()
    lines = [line for finding in diagnosis.findings for line in _lines(finding, widths)]
    return [*lines, BLANK, _conclusion(diagnosis)]


def _widths() -> _Widths:
    marks = [width_of(gettext(word)) for word, _ in _SHOWN.values()]
    labels = [
        width_of(gettext(label)) + _CAMPAIGN_COLUMNS * (topic in _OF_A_CAMPAIGN)
        for topic, label in _LABELS.items()
    ]
    return _Widths(max(marks) + 2, max(labels) + 2)


def _lines(finding: Finding, widths: _Widths) -> Iterator[Line]:
    word, tone = _SHOWN[finding.mark]
    label = " ".join(filter(None, (gettext(_LABELS[finding.topic]), finding.campaign_id)))
    first, *rest = _texts(finding.sentence, widths.indent)
    mark = padded(gettext(word), widths.mark)
    yield (Span(mark, tone), Span(f"{padded(label, widths.label)}{first}"))
    for text in rest:
        yield line_of(" " * widths.indent + text)
    if finding.remedy:
        arrow = " " * widths.indent + _ARROW
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
        text = phrase("{count:number} {count:form|problem|problems} to solve.", count=problems)
        return line_of(text, Tone.BAD)
    if notes:
        text = phrase("Ready to use, with {count:number} {count:form|note|notes}.", count=notes)
        return line_of(text, Tone.GOOD)
    return line_of(gettext("Everything is set up."), Tone.GOOD)


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
