"""Distinguishes what a person changed in a `failed.csv` from what a program changed by itself.

A spreadsheet program shows some texts in another form (`00123` as `123`) without being asked. Where
the original text is known, such a form is not a change. Nothing here reads a file or a ledger.
"""

from bulk_update.corrections.originals import Original
from bulk_update.corrections.programs import programs_of
from bulk_update.corrections.restoring import ColumnSurvey, Restored, Restorer

__all__ = ["ColumnSurvey", "Original", "Restored", "Restorer", "programs_of"]
