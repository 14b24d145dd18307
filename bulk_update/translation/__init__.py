"""Applies the mapping to chunks of rows: each row gets a request body, or the reason for none.

Nothing here opens a file, reads the clock, or sends anything.
"""

from bulk_update.translation.identifier_survey import IdentifierSurvey
from bulk_update.translation.live_checks import References
from bulk_update.translation.row_outcomes import FieldCount, count_fields, mask_of
from bulk_update.translation.translator import Translator

__all__ = ["FieldCount", "IdentifierSurvey", "References", "Translator", "count_fields", "mask_of"]
