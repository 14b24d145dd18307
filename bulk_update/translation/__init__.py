"""Applies the mapping to chunks of rows: each row gets a request body, or the reason for none.

Nothing here opens a file, reads the clock, or sends anything.
"""

from bulk_update.translation.change_counter import ChangeCounter
from bulk_update.translation.identifier_survey import IdentifierSurvey
from bulk_update.translation.live_checks import References
from bulk_update.translation.priority import Priority
from bulk_update.translation.row_outcomes import FieldCount, count_fields, first_changes, mask_of
from bulk_update.translation.translator import Translator

__all__ = [
    "ChangeCounter",
    "FieldCount",
    "IdentifierSurvey",
    "Priority",
    "References",
    "Translator",
    "count_fields",
    "first_changes",
    "mask_of",
]
