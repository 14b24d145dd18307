"""The mapping applied to chunks of rows: a request body for each row, or why there is none.

Nothing here reads a file, knows the time, or sends anything.
"""

from bulk_update.translation.identifier_survey import IdentifierSurvey
from bulk_update.translation.row_outcomes import FieldCount, count_fields
from bulk_update.translation.translator import Translator

__all__ = ["FieldCount", "IdentifierSurvey", "Translator", "count_fields"]
