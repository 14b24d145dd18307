"""The codes of reasons why a row is `invalid`. They are stable: scripts can rely on them."""

from __future__ import annotations

from enum import StrEnum


class IssueCode(StrEnum):
    """A reason why the mapping makes a row invalid."""

    NO_IDENTIFIER = "no-identifier"
    BAD_IDENTIFIER = "bad-identifier"
    DAMAGED_IDENTIFIER = "damaged-identifier"
    BAD_CAMPAIGN = "bad-campaign"
    ERROR_CELL = "error-cell"
    NO_VALUE = "no-value"
    NEEDS_TYPE = "needs-type"
    DAMAGED_NUMBER = "damaged-number"
    DAMAGED_TEXT = "damaged-text"
    BLANK = "blank"
    CANNOT_CLEAR = "cannot-clear"
    NOT_IN_LOOKUP = "not-in-lookup"
    PATTERN = "pattern"
    BAD_INTEGER = "bad-integer"
    BAD_NUMBER = "bad-number"
    BAD_BOOLEAN = "bad-boolean"
    BAD_DATE = "bad-date"
    AMBIGUOUS_DATE = "ambiguous-date"
    OUT_OF_BOUNDS = "out-of-bounds"
    NO_SUCH_TIME = "no-such-time"
    AMBIGUOUS_TIME = "ambiguous-time"
    TOO_LONG = "too-long"
    UNKNOWN_STATUS = "unknown-status"
    AMBIGUOUS_STATUS = "ambiguous-status"
    UNKNOWN_AGENT = "unknown-agent"
    INACTIVE_AGENT = "inactive-agent"
    AGENT_MISSING = "agent-missing"
    DATE_MISSING = "date-missing"
    NOTHING_TO_UPDATE = "nothing-to-update"
