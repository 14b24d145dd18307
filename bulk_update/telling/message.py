"""What a notification says.

It leaves the company, so it contains no cell, no identifier, no user name and no text of a server:
only counts, codes, names of columns, and where to look. Services show it as plain text, Markdown or
HTML, so characters that mean something there are replaced in every text that is not ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple

from bulk_update.exits import ExitCode
from bulk_update.language import N_, gettext
from bulk_update.messages import entry_of, number, phrase
from bulk_update.records import Status
from bulk_update.telling.changes import News, Standing

LONGEST_TITLE = 100
LONGEST_BODY = 1000
"""In characters; some services refuse more."""
MOST_REASONS = 3

_LONGEST_NAME = 60
_LONGEST_FOLDER = 200
_LONGEST_MEANING = 120
_HARMLESS = frozenset(" .,:;-_()+='/")
_HTTP = re.compile("http-([0-9]{3})")
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_SLASHES = re.compile("/{2,}")
_PLAIN_QUOTES = str.maketrans("`„”\N{NO-BREAK SPACE}\N{EN DASH}", "''' -")
"""What replaces signs of our own texts that have a meaning in markup, or that look strange."""

_EXITS: Mapping[int, str] = MappingProxyType(
    {
        ExitCode.SUCCESS: N_("every row is settled"),
        ExitCode.ROWS: N_("finished, but some rows need attention"),
        ExitCode.UNUSABLE: N_(
            "the command or its input cannot be used, or the plan was not approved"
        ),
        ExitCode.GUARD: N_("a guard stopped the run, or there is nothing to send"),
        ExitCode.SERVICE: N_("the service refuses every request, or was unavailable"),
        ExitCode.LEDGER: N_(
            "the ledger is locked or cannot be used, or the results cannot be written"
        ),
        ExitCode.BUG: N_("a bug in bulk-update; no result is lost"),
        ExitCode.SIGHUP: N_("stopped by SIGHUP"),
        ExitCode.SIGINT: N_("stopped by SIGINT"),
        ExitCode.SIGTERM: N_("stopped by SIGTERM"),
    }
)

_UNKNOWN = N_("unknown")

_NO_REASONS = {"", "rows"}
"""Reasons that say no more than the exit code."""

_TITLES: Mapping[News, str] = MappingProxyType(
    {
        News.FAILED: N_("failed with exit code {exit_code:plain}"),
        News.FAILED_OTHERWISE: N_("now fails with exit code {exit_code:plain}"),
        News.FAILED_AGAIN: N_("failed again with exit code {exit_code:plain}"),
        News.RECOVERED: N_("succeeded again"),
        News.SUCCEEDED: N_("succeeded"),
    }
)


class RowReason(NamedTuple):
    """A reason that rows have: its code, and the columns that it is about."""

    code: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What can be told about an ending; empty for what is not known.

    `reasons` are those of rows, the most frequent first. `job` is the mapping's file if it cannot
    be read. `system` is the API's host, and `host` this machine. `file` and `folder` are paths.
    """

    command: str
    job: str
    host: str
    standing: Standing
    system: str = ""
    counts: Mapping[Status, int] = field(default_factory=dict)
    reasons: tuple[RowReason, ...] = ()
    file: str = ""
    run_id: str = ""
    folder: str = ""


class Message(NamedTuple):
    """A notification's text."""

    title: str
    body: str


def message_of(news: News, facts: Facts) -> Message:
    """Return the notification about an ending."""
    event = phrase(_TITLES[news], exit_code=int(facts.standing.exit_code))
    title = f"bulk-update: {harmless(facts.job, most=_LONGEST_NAME) or facts.command} {event}"
    return Message(title[:LONGEST_TITLE], body_of(facts)[:LONGEST_BODY])


def body_of(facts: Facts) -> str:
    """Return the facts, one on each line."""
    exit_code, reason = facts.standing
    lines = {
        N_("Command"): facts.command,
        N_("Job"): harmless(facts.job, most=_LONGEST_NAME),
        N_("System"): harmless(facts.system, most=_LONGEST_NAME),
        N_("Host"): harmless(facts.host, most=_LONGEST_NAME),
        N_("Exit code"): f"{exit_code}, {gettext(_EXITS.get(exit_code, _UNKNOWN))}",
        N_("Reason"): "" if reason in _NO_REASONS else _described(RowReason(reason)),
        N_("Rows"): _counted(facts.counts),
        N_("Run"): harmless(facts.run_id, most=_LONGEST_NAME),
        N_("File"): harmless(_base_name(facts.file), most=_LONGEST_NAME),
        N_("Folder"): harmless(facts.folder, most=_LONGEST_FOLDER),
    }
    said = [f"{gettext(label)}: {text}" for label, text in lines.items() if text]
    reasons = [each for each in facts.reasons if each != RowReason(reason)]
    if reasons:
        said.append(gettext("Most frequent reasons:"))
        said += [f"- {_described(each)}" for each in reasons[:MOST_REASONS]]
    return "\n".join(said)


def harmless(text: str, *, most: int) -> str:
    """Return a text in one line without markup, links and mentions, shortened.

    Letters, digits and plain punctuation stay; a backslash becomes a slash, as in a path, and every
    other character a question mark.
    """
    plain = text.replace("\\", "/")
    plain = "".join(c if c.isalnum() or c in _HARMLESS else "?" for c in plain)
    plain = _SLASHES.sub("/", plain)  # without "://", nothing is a link
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _described(reason: RowReason) -> str:
    """Return a reason with its columns and its meaning."""
    meaning = harmless(_meaning_of(reason.code), most=_LONGEST_MEANING)
    columns = ", ".join(harmless(each, most=_LONGEST_NAME) for each in reason.columns[:3])
    where = phrase(" in {columns:plain}", columns=columns) if columns else ""
    return f"{harmless(reason.code, most=_LONGEST_NAME)}{where}{f': {meaning}' if meaning else ''}"


def _meaning_of(code: str) -> str:
    """Return what a code means in general, without any parameter of a row."""
    if status := _HTTP.fullmatch(code):
        return _PHRASES.get(int(status[1]), "")
    entry = entry_of(code)
    return gettext(entry.meaning).translate(_PLAIN_QUOTES) if entry else ""


def _counted(counts: Mapping[Status, int]) -> str:
    found = ((status, count) for status, count in counts.items() if count)
    return ", ".join(f"{number(count)} {status.replace('_', ' ')}" for status, count in found)


def _base_name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]
