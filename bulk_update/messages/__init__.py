"""Sentences about rows and runs: the only place that has them.

Everything else passes and stores codes with parameters (`records.Issue`), so that a stored run can
be told again in other words.
"""

from bulk_update.messages.amounts import counted, duration, moment, number, size
from bulk_update.messages.catalogue import CATALOGUE, Entry, entry_of, remedy_of
from bulk_update.messages.rendering import sentence_of, sentences_of, told

__all__ = [
    "CATALOGUE",
    "Entry",
    "counted",
    "duration",
    "entry_of",
    "moment",
    "number",
    "remedy_of",
    "sentence_of",
    "sentences_of",
    "size",
    "told",
]
