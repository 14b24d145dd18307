"""Which columns of its file a run takes the value of each field from."""

from __future__ import annotations

from collections.abc import Mapping

from bulk_update.job.apply import loaded_mapping_of
from bulk_update.ledger import Run

FieldColumns = Mapping[str, tuple[str, ...]]
"""The columns of each field, in body order; none for a value that the mapping itself contains."""


def columns_of_fields(run: Run) -> FieldColumns:
    """Return the columns of a run's fields, by the names that the mapping has for the fields.

    Raises MappingError if the recorded mapping cannot be read by this version.
    """
    mapping = loaded_mapping_of(run).mapping
    rules = (rule for _, rule in mapping.update.rules())
    return {
        name: tuple(rule.column_names)
        for name, rule in zip(mapping.field_names, rules, strict=True)
    }
