"""The codes that say why a row is `invalid`: short words that scripts may rely on."""

from __future__ import annotations

from enum import StrEnum


class IssueCode(StrEnum):
    """What is wrong with a row, according to the mapping."""

    NO_IDENTIFIER = "no-identifier"
    BAD_IDENTIFIER = "bad-identifier"
    DAMAGED_IDENTIFIER = "damaged-identifier"
    BAD_CAMPAIGN = "bad-campaign"
    ERROR_CELL = "error-cell"
    NO_VALUE = "no-value"
    NEEDS_TYPE = "needs-type"
    DAMAGED_NUMBER = "damaged-number"
    BLANK = "blank"
    CANNOT_CLEAR = "cannot-clear"
    NOT_IN_LOOKUP = "not-in-lookup"
    PATTERN = "pattern"
    BAD_INTEGER = "bad-integer"
    BAD_NUMBER = "bad-number"
    BAD_BOOLEAN = "bad-boolean"
    BAD_DATE = "bad-date"
    NO_SUCH_TIME = "no-such-time"
    AMBIGUOUS_TIME = "ambiguous-time"
    TOO_LONG = "too-long"
    NOTHING_TO_UPDATE = "nothing-to-update"


ISSUE_CODES: dict[IssueCode, str] = {
    IssueCode.NO_IDENTIFIER: "the identifier's cell is blank",
    IssueCode.BAD_IDENTIFIER: (
        "the identifier is `.` or `..`, contains a control character, or has over 500 characters"
    ),
    IssueCode.DAMAGED_IDENTIFIER: (
        "a spreadsheet program changed the identifier (`1,23E+09`, more than 15 digits, a date)"
    ),
    IssueCode.BAD_CAMPAIGN: "the campaign is not five letters or digits such as `00001`",
    IssueCode.ERROR_CELL: "a cell in a mapped column shows an error such as `#N/A`",
    IssueCode.NO_VALUE: (
        "a cell in a mapped column holds a formula that was never calculated or, in `failed.csv`, "
        "still has the mark `[!]` of a cell that could not be read"
    ),
    IssueCode.NEEDS_TYPE: (
        "a date, boolean, percentage, currency or similar cell under `type: text`"
    ),
    IssueCode.DAMAGED_NUMBER: (
        "a number cell with more than 15 digits: the spreadsheet program lost the rest"
    ),
    IssueCode.BLANK: "a blank cell under `on_blank: error`",
    IssueCode.CANNOT_CLEAR: (
        "the clear token in a field that cannot be cleared, or next to other text"
    ),
    IssueCode.NOT_IN_LOOKUP: "the cell is not a key of the rule's `lookup`",
    IssueCode.PATTERN: "the value does not match the rule's `pattern`",
    IssueCode.BAD_INTEGER: "not a whole number",
    IssueCode.BAD_NUMBER: "not a number in the notation that the rule sets",
    IssueCode.BAD_BOOLEAN: "not one of the words for true and false",
    IssueCode.BAD_DATE: "not a valid date, or not in one of the rule's `formats`",
    IssueCode.NO_SUCH_TIME: "a local time that is skipped when the clocks go forward",
    IssueCode.AMBIGUOUS_TIME: "a local time that occurs twice when the clocks go back",
    IssueCode.TOO_LONG: "the value is longer than `max_length`",
    IssueCode.NOTHING_TO_UPDATE: "all mapped cells are blank: there is nothing to send",
}
"""The meaning of each code: the source of the table in `REFERENCE.md`."""
