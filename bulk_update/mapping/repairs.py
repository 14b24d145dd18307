"""Repairs of YAML syntax errors: what the author of a broken line most likely meant.

Each check proposes corrected lines. A proposal is used only if it gets the parser further, so a
message never suggests a line that fails at the same place, and the rest of the file can be checked
in the same run. Repairs change lines but never add or remove any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from bulk_update.mapping.broken_lines import Spot, spots_of
from bulk_update.mapping.layout_mistakes import (
    bullets,
    equals_sign,
    glued_colon,
    indentation,
    list_behind_key,
    missing_colon,
    tabs,
)
from bulk_update.mapping.quoting_mistakes import (
    behind_brackets,
    brackets,
    colon_in_text,
    comment_in_brackets,
    escapes,
    in_brackets,
    indicators,
    key_in_quotes,
    open_quote,
    text_behind_quotes,
)
from bulk_update.mapping.repaired_text import Repair, RepairedText
from bulk_update.mapping.syntax import SyntaxFault, TooDeepError, events_of

_MOST_PROPOSALS = 200
_MOST_PARSED = 1_000_000
"""Characters parsed for all proposals for one fault: each proposal parses the whole text."""


def repair_of(text: str, broken: SyntaxFault) -> Repair | None:
    """Return the most likely repair of a syntax error, or None."""
    lines = text.splitlines()
    most = min(_MOST_PROPOSALS, _MOST_PARSED // len(text))
    proposals = islice(_proposals(lines, broken), most)
    return next((repair for repair in proposals if _helps(lines, broken, repair)), None)


def _proposals(lines: Sequence[str], broken: SyntaxFault) -> Iterator[Repair]:
    spots = list(spots_of(lines, broken))
    for spot in spots:
        for check in _CERTAIN:
            yield from check(spot)
    for check in _GUESSES:
        for spot in spots:
            for repair in check(spot):
                yield replace(repair, is_guess=True)


def _helps(lines: Sequence[str], broken: SyntaxFault, repair: Repair) -> bool:
    """Return whether the parser gets further with the repaired lines."""
    repaired = RepairedText("\n".join(lines) + "\n")
    repaired.apply(repair.lines)
    try:
        for _ in events_of(repaired.text):
            pass
    except TooDeepError:
        return False
    except SyntaxFault as found:
        place, begin = repaired.original(found.place), repaired.original(found.begin)
        return place > broken.place or begin > broken.begin
    return True


_CERTAIN: tuple[Callable[[Spot], Iterator[Repair]], ...] = (
    tabs,
    bullets,
    list_behind_key,
    indicators,
    escapes,
    text_behind_quotes,
    behind_brackets,
    colon_in_text,
    open_quote,
    comment_in_brackets,
    brackets,
    in_brackets,
    glued_colon,
    equals_sign,
    key_in_quotes,
)
_GUESSES: tuple[Callable[[Spot], Iterator[Repair]], ...] = (missing_colon, indentation)
