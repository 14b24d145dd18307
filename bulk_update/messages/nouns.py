"""The forms of nouns and verbs that go with a number."""

from __future__ import annotations

from bulk_update.language import N_, gettext, language, plural_of

COUNTED = (
    N_("attempt|attempts"),
    N_("byte|bytes"),
    N_("cell|cells"),
    N_("change|changes"),
    N_("column|columns"),
    N_("data row|data rows"),
    N_("field|fields"),
    N_("more error|more errors"),
    N_("more field|more fields"),
    N_("note|notes"),
    N_("other reason|other reasons"),
    N_("place|places"),
    N_("problem|problems"),
    N_("record|records"),
    N_("row|rows"),
    N_("run|runs"),
    N_("space|spaces"),
)
"""Every noun that is shown with its number."""


def form_for(count: int, forms: str) -> str:
    """Return the form for a number: of `row|rows`, or of the three that Polish has for it."""
    return plural_of(count, gettext(forms).split("|"), language=language())


def with_noun(shown: str, noun: str) -> str:
    """Return a number, as it is shown, with its noun; in Polish, no line break separates them."""
    return f"{shown}\N{NO-BREAK SPACE}{noun}" if language() == "pl" else f"{shown} {noun}"
