"""What an examination found: one finding for each topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bulk_update.errors import BulkUpdateError
from bulk_update.exits import ExitCode
from bulk_update.language import speaking
from bulk_update.messages import remedy_of, sentence_of
from bulk_update.reasons import said
from bulk_update.records import NO_PARAMS, Issue, Param

_NO_REMEDIES = {"", "nothing to do", "follow the message"}


class Topic(StrEnum):
    """What is examined, in this order."""

    PROGRAM = "program"
    LIBRARIES = "libraries"
    SETTINGS = "settings"
    MAPPING = "mapping"
    TIME_ZONE = "time-zone"
    BASE_URL = "base-url"
    USERNAME = "username"
    PASSWORD = "password"  # noqa: S105 - not a password
    PROXY = "proxy"
    HOST_NAME = "host-name"
    CONNECTION = "connection"
    TLS = "tls"
    CLOCK = "clock"
    STATUSES = "statuses"
    AGENTS = "agents"
    RECORDS = "records"
    FOLDER = "state-folder"
    DISK = "disk"
    LEDGER = "ledger"
    LOCK = "lock"


class Mark(StrEnum):
    """How a topic was found. Only `wrong` keeps a run from working."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one topic; `remedy` is empty if there is nothing to do.

    `campaign_id` is set for what belongs to a campaign.
    """

    topic: Topic
    mark: Mark
    issue: Issue
    remedy: str = ""
    campaign_id: str | None = None

    @property
    def sentence(self) -> str:
        """The finding in words."""
        return sentence_of(self.issue)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that was found."""

    findings: tuple[Finding, ...]

    def count(self, mark: Mark) -> int:
        """Return how many findings have this mark."""
        return sum(finding.mark is mark for finding in self.findings)

    @property
    def exit_code(self) -> ExitCode:
        """2 if anything is wrong, otherwise 0."""
        return ExitCode.UNUSABLE if self.count(Mark.WRONG) else ExitCode.SUCCESS


def sound(topic: Topic, params: Mapping[str, Param] = NO_PARAMS, variant: str = "") -> Finding:
    """Return the finding of a topic that is in order."""
    return Finding(topic, Mark.OK, Issue("sound", params, variant))


def note(topic: Topic, issue: Issue) -> Finding:
    """Return the finding of something to know, with what can be done about it."""
    return Finding(topic, Mark.NOTE, issue, _remedy(issue.code))


def wrong(topic: Topic, issue: Issue) -> Finding:
    """Return the finding of a problem, with what to do about it."""
    return Finding(topic, Mark.WRONG, issue, _remedy(issue.code))


def not_checked(topic: Topic, variant: str = "") -> Finding:
    """Return the finding of a topic that was not examined."""
    return Finding(topic, Mark.SKIPPED, Issue("not-checked", {}, variant))


def failure(topic: Topic, error: BulkUpdateError) -> Finding:
    """Return the finding of an error that a run would end with."""
    remedy = error.hint or _remedy(error.reason)
    return Finding(topic, Mark.WRONG, said(error.reason, error.message), remedy)


def _remedy(code: str) -> str:
    """Return a remedy as a sentence, or an empty text if there is nothing to do."""
    with speaking("en"):
        if remedy_of(code) in _NO_REMEDIES:
            return ""
    remedy = remedy_of(code).replace("`", "")
    return f"{remedy[:1].upper()}{remedy[1:]}."
