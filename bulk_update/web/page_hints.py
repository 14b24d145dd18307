"""What to do about an error, in words for a page: those of the commands name options and keys."""

from __future__ import annotations

from bulk_update.errors import BulkUpdateError
from bulk_update.language import gettext as _

_NO_CAMPAIGN = "no-campaign"


def is_about_campaign(error: BulkUpdateError) -> bool:
    """Return whether the system does not have the campaign, so that its id has to be corrected."""
    return error.reason == _NO_CAMPAIGN


def hint_on_page(error: BulkUpdateError) -> str:
    """Return what to do next on the page; empty if there is nothing to say."""
    issue = error.issues[0]
    if issue.code == _NO_CAMPAIGN:
        return _('Correct the campaign on the screen "Columns": its id, or the column that has it.')
    own = {
        ("unread-reference", "unresolved"): _(
            "The API user needs the permission to read the campaign's statuses: ask the "
            "administrator of the system, then check again."
        ),
        ("input", "wide-text"): _as_utf8(),
        ("input", "other-encoding"): _as_utf8(),
        ("input", "other-encoding-failed"): _as_utf8(),
        ("input", "open-quote"): _quotes(),
        ("input", "long-cell"): _quotes(),
        ("input", "text-after-quote"): _quotes(),
        ("input", "no-table"): _("Choose a file with at least one sheet that has rows."),
        ("input", "unnamed-text"): _("If it is a text file, give it a name that ends with .csv."),
        ("input", "unnamed-workbook"): _(
            "If it is a workbook, give it a name that ends with .xlsx."
        ),
    }
    return own.get((issue.code, issue.variant)) or error.hint


def _as_utf8() -> str:
    return _("Save it as CSV UTF-8 in your spreadsheet program, and choose it again.")


def _quotes() -> str:
    return _(
        'Close the quotation mark, or double it ("") where it belongs to the text; or save the '
        "table as an Excel workbook and choose that."
    )
