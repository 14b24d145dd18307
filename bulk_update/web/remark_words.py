"""Remarks about columns in the words of the page, which knows no options and no mapping."""

from __future__ import annotations

from bulk_update.language import gettext as _
from bulk_update.messages.remarks import Remark, remark_text


def remark_words(remark: Remark) -> str:
    """Return a remark as the page says it; blank if it says nothing there."""
    own = {
        "check-one-row": _("probably; compare a few identifiers with the records in Thulium"),
        "named-campaign": "",
        "no-time": _("the cells have no time of day: the next screen asks for one"),
        "quotes-read-as-text": _("quotation marks are read as part of the text"),
        "title-lines": "",
        "unclear-header": _("does the right row hold the names of the columns? See Table"),
        "which-agents": _("the next screen asks which agent each value means"),
        "which-statuses": _("the next screen asks which status each value means"),
    }
    return own[remark.code] if remark.code in own else remark_text(remark)
