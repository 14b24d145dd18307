"""Headings and remedies for rows that a plan refuses, for people who know no mapping."""

from __future__ import annotations

from bulk_update.cells.issue_codes import IssueCode
from bulk_update.language import gettext as _
from bulk_update.messages import entry_of, remedy_of, sentence_of
from bulk_update.messages.rendering import filled, said_of_columns
from bulk_update.records import Issue


def heading_of(code: str) -> str:
    """Return what rows with a code have in common, as the heading of their group."""
    if code in (own := _headings()):
        return own[code]
    entry = entry_of(code)
    return _(entry.meaning) if entry else code


def repair_in_file(code: str) -> str:
    """Return what to do in the file so that rows with a code are sent."""
    return own_repair(code) or remedy_of(code)


def sentence_on_page(issue: Issue) -> str:
    """Return the sentence for a reason, without the words of a mapping."""
    own = _sentences().get((issue.code, issue.variant))
    return said_of_columns(issue, filled(own, issue.params)) if own else sentence_of(issue)


def own_repair(code: str) -> str:
    """Return the page's own words for it; empty if those of all commands fit the page as well."""
    own = {
        IssueCode.BLANK: _("enter a value"),
        IssueCode.NO_VALUE: _("open the file in Excel, save it and choose it again"),
        IssueCode.PATTERN: _("correct the cell"),
        IssueCode.NOT_IN_LOOKUP: _("correct the cell"),
        IssueCode.BAD_DATE: _("correct the date"),
        IssueCode.AMBIGUOUS_STATUS: _("give one of these statuses another name in the campaign"),
        IssueCode.AMBIGUOUS_DATE: _("write the day as 2027-01-29"),
        IssueCode.BAD_NUMBER: _("enter a number"),
        IssueCode.BAD_INTEGER: _("enter a whole number"),
        IssueCode.UNKNOWN_STATUS: _("enter a status of the campaign"),
        IssueCode.UNKNOWN_AGENT: _("enter the login of an agent of the campaign"),
        IssueCode.OUT_OF_BOUNDS: _("correct the date"),
        IssueCode.AMBIGUOUS_TIME: _("enter another time"),
        IssueCode.AGENT_MISSING: _("enter an agent, and use that column as Agent"),
        IssueCode.DATE_MISSING: _("enter a date, and use that column as Next call"),
        "already-sent": _("nothing to do"),
        "same-as-last": _("nothing to do"),
    }
    return own.get(code, "")


def _sentences() -> dict[tuple[str, str], str]:
    """Return the page's own sentences, by code and variant."""
    as_text = _("{text} is {kind:kind}, but the column is read as text")
    no_status = _("{text} is not a status of campaign {campaign:plain}")
    chosen = _("{text} is sent as {id:plain}, which is not a status of campaign {campaign:plain}")
    return {
        (IssueCode.NOT_IN_LOOKUP, ""): _("no value is chosen for {text} yet"),
        (IssueCode.NOT_IN_LOOKUP, "near"): _(
            "no value is chosen for {text} yet (did you mean {near}?)"
        ),
        (IssueCode.NEEDS_TYPE, ""): as_text,
        (IssueCode.NEEDS_TYPE, "typed"): as_text,
        (IssueCode.UNKNOWN_STATUS, "id"): no_status,
        (IssueCode.UNKNOWN_STATUS, "name"): no_status,
        (IssueCode.UNKNOWN_STATUS, "looked-up"): chosen,
        (IssueCode.UNKNOWN_STATUS, "looked-up-none"): chosen,
        (IssueCode.OUT_OF_BOUNDS, ""): _("{text} is before {bound:plain}, which is too early"),
        (IssueCode.OUT_OF_BOUNDS, "late"): _("{text} is after {bound:plain}, which is too late"),
        (IssueCode.NOTHING_TO_UPDATE, ""): _("all cells that would be sent are blank"),
        (IssueCode.DAMAGED_IDENTIFIER, "guarded"): _(
            "{text} begins with an apostrophe, which marks text in spreadsheet programs (export "
            "the file again without it)"
        ),
    }


def _headings() -> dict[str, str]:
    return {
        IssueCode.NO_IDENTIFIER: _("No identifier"),
        IssueCode.BAD_IDENTIFIER: _("Not an identifier"),
        IssueCode.DAMAGED_IDENTIFIER: _("Identifiers damaged by a spreadsheet program"),
        IssueCode.BAD_CAMPAIGN: _("Not a campaign"),
        IssueCode.ERROR_CELL: _("Cells that show an error"),
        IssueCode.NO_VALUE: _("Formulas without a value"),
        IssueCode.NEEDS_TYPE: _("Dates, numbers or amounts in a column that is read as text"),
        IssueCode.DAMAGED_NUMBER: _("Numbers shortened by a spreadsheet program"),
        IssueCode.DAMAGED_TEXT: _("Damaged letters"),
        IssueCode.BLANK: _("Blank cells"),
        IssueCode.CANNOT_CLEAR: _("Cannot be erased"),
        IssueCode.NOT_IN_LOOKUP: _("Values without a meaning yet"),
        IssueCode.PATTERN: _("Values with an unexpected form"),
        IssueCode.BAD_INTEGER: _("Not a whole number"),
        IssueCode.BAD_NUMBER: _("Not a number, or written in another way"),
        IssueCode.BAD_BOOLEAN: _("Neither yes nor no"),
        IssueCode.BAD_DATE: _("Not a date, or written in another way"),
        IssueCode.AMBIGUOUS_DATE: _("Dates that can be read in two ways"),
        IssueCode.OUT_OF_BOUNDS: _("Dates too early or too late"),
        IssueCode.NO_SUCH_TIME: _("Times that do not exist: the clocks go forward"),
        IssueCode.AMBIGUOUS_TIME: _("Times that occur twice: the clocks go back"),
        IssueCode.TOO_LONG: _("Values that are too long"),
        IssueCode.UNKNOWN_STATUS: _("Not a status of the campaign"),
        IssueCode.AMBIGUOUS_STATUS: _("Names of several statuses"),
        IssueCode.UNKNOWN_AGENT: _("Not an agent of the campaign"),
        IssueCode.INACTIVE_AGENT: _("Agents who are not active"),
        IssueCode.AGENT_MISSING: _("The status needs an agent"),
        IssueCode.DATE_MISSING: _("The status needs a date of the next call"),
        IssueCode.NOTHING_TO_UPDATE: _("Nothing to send: all cells are blank"),
        "already-sent": _("Sent before, and unchanged since"),
        "called-since": _("Called since the file was exported"),
        "conflict": _("Rows for the same record that differ"),
        "not-chosen": _("Rows for the same record: another one is sent"),
        "same-as-last": _("The record has these values already"),
    }
