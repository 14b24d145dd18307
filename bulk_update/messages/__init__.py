"""All sentences about rows and runs.

The other packages only pass and store codes with parameters (`records.Issue`), so that the texts
can change without changing stored runs.
"""

from bulk_update.messages.amounts import counted, duration, moment, number, size
from bulk_update.messages.catalogue import CATALOGUE, Entry, entry_of, remedy_of, remedy_unless_said
from bulk_update.messages.discreet import discreet_sentence, numbers_of
from bulk_update.messages.outcomes import meaning_of
from bulk_update.messages.rendering import hint_of, phrase, sentence_of, sentences_of, told

__all__ = [
    "CATALOGUE",
    "Entry",
    "counted",
    "discreet_sentence",
    "duration",
    "entry_of",
    "hint_of",
    "meaning_of",
    "moment",
    "number",
    "numbers_of",
    "phrase",
    "remedy_of",
    "remedy_unless_said",
    "sentence_of",
    "sentences_of",
    "size",
    "told",
]
