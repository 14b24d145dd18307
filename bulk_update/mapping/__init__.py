"""From a row of a spreadsheet to the change of a record, as a YAML mapping says.

`load_mapping` reads and checks the mapping, `Translator` applies it to chunks of rows. Nothing
here reads a file, knows the time, or sends anything.
"""

from bulk_update.mapping.codes import ISSUE_CODES, IssueCode
from bulk_update.mapping.field_masks import FieldCount, count_fields
from bulk_update.mapping.identifier_survey import IdentifierSurvey
from bulk_update.mapping.identifiers import has_look_alikes, look_alike_key
from bulk_update.mapping.json_schema import KeyDescription, described_keys, json_schema
from bulk_update.mapping.loading import load_mapping
from bulk_update.mapping.mapping import Mapping
from bulk_update.mapping.schema import Duplicates
from bulk_update.mapping.translator import Translator

__all__ = [
    "ISSUE_CODES",
    "Duplicates",
    "FieldCount",
    "IdentifierSurvey",
    "IssueCode",
    "KeyDescription",
    "Mapping",
    "Translator",
    "count_fields",
    "described_keys",
    "has_look_alikes",
    "json_schema",
    "load_mapping",
    "look_alike_key",
]
