"""The language of what people read: English, or Polish from gettext catalogues.

The English texts in the code are the message ids, and the catalogue `pl/pl.mo` has their
translations. A text is translated when it is shown, never when it is stored: codes, column names,
keys and JSON are the same in every language.
"""

from bulk_update.language.choice import LANGUAGES, preferred_language
from bulk_update.language.plurals import plural_of
from bulk_update.language.translation import (
    N_,
    gettext,
    language,
    ngettext,
    set_language,
    speaking,
)

__all__ = [
    "LANGUAGES",
    "N_",
    "gettext",
    "language",
    "ngettext",
    "plural_of",
    "preferred_language",
    "set_language",
    "speaking",
]
