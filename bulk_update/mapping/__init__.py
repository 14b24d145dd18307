"""The mapping: a YAML file that says which cells set which fields of a record.

`load_mapping` parses and checks it. Each rule can be compiled into a pure function of a cell.
Nothing here opens a file, reads the clock, or sends anything.
"""

from bulk_update.mapping.json_schema import KeyDescription, described_keys, json_schema
from bulk_update.mapping.loading import load_mapping
from bulk_update.mapping.mapping import DEFAULT_TIMEZONE, Mapping
from bulk_update.mapping.schema import Duplicates

__all__ = [
    "DEFAULT_TIMEZONE",
    "Duplicates",
    "KeyDescription",
    "Mapping",
    "described_keys",
    "json_schema",
    "load_mapping",
]
