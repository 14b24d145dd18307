"""What people call the fields of a record."""

from __future__ import annotations

from bulk_update.language import gettext as _

_FIELDS_OF_A_CAMPAIGN = "record_fields."


def field_title(name: str) -> str:
    """Return the title of a field; those of a campaign are called by their names."""
    own = {
        "status": _("Status"),
        "status_id": _("Status"),
        "agent_login": _("Agent"),
        "next_call_date": _("Next call"),
    }
    return own.get(name, name.removeprefix(_FIELDS_OF_A_CAMPAIGN))
