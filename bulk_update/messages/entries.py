"""The entry of a code, and texts that several codes share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

CORRECT_IT = "correct what the message names"
RETRY_LATER = "`retry` later"
STOPPED_BEFORE = "stopped the run before the next attempt"
RUN_CONTINUES = "`run` or `apply` continues"


@dataclass(frozen=True, slots=True)
class Entry:
    """The texts of a code: `meaning` and `remedy` for the reference, `sentence` for one row.

    `variants` contains more specific sentences, by an issue's `variant`. `hints` contains, by the
    same variants, what to do about an error that ends a run, as a whole sentence. `remedy_of_undo`
    replaces the remedy in an undo: running its file would send what it restores.
    """

    meaning: str
    sentence: str
    remedy: str
    variants: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    remedy_of_undo: str = ""
