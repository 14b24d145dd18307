"""What the names of columns mean, by the `dictionary` of Polish and English words.

Names are not compared by similarity: "Lead Source" is similar to "Lead Owner" but means something
else. A column whose name is not in the dictionary can only be a field of the campaign.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from itertools import pairwise

from bulk_update.columns import column_key
from bulk_update.proposals import dictionary
from bulk_update.proposals.header_words import Words, words_of


class Target(StrEnum):
    """A part of the mapping that a column can fill, by its key."""

    CAMPAIGN = "campaign"
    IDENTIFIER = "identifier"
    STATUS = "status_id"
    AGENT = "agent_login"
    NEXT_CALL = "next_call_date"
    FIELD = "record_fields"


class NameMatch(IntEnum):
    """How strongly a column's name suggests a target; active lines need at least `LIKELY`."""

    NONE = 0
    POSSIBLE = 1
    """The name is used for this target, but also for other things."""
    LIKELY = 2
    OWN = 3
    """The name that Thulium itself uses."""


class Veto(StrEnum):
    """Why a column is never proposed."""

    SYSTEM_DATE = "system-date"
    """When or by whom the record was created, changed or last called."""
    ROW_NUMBER = "row-number"
    CHECKSUM = "checksum"
    READ_ONLY = "read-only"
    """`(Do Not Modify) …` of Dynamics."""
    DELIVERY_ADDRESS = "delivery-address"
    TWIN = "twin"
    """The id for a name in another column: `Lead Owner.id` beside `Lead Owner`."""


@dataclass(frozen=True, slots=True)
class NameEvidence:
    """What a column's name suggests: its targets, a veto, and whether it is negated.

    A `negated` name, such as "Do Not Call", inverts the meaning of yes and no.
    """

    words: Words
    matches: dict[Target, NameMatch]
    veto: Veto | None = None
    negated: bool = False

    def match(self, target: Target) -> NameMatch:
        """Return how strongly the name suggests a target."""
        return self.matches.get(target, NameMatch.NONE)


_STATUS_ID = ("status", "id")
"""Thulium's own name: if there is also a `status`, this is the one that can be sent unchanged."""


def name_evidence(name: str, *, beside: Sequence[str] = ()) -> NameEvidence:
    """Return what a column's name suggests, given the other columns' names (`beside`)."""
    words = words_of(name)
    veto = None if _is_to_do(words) else _veto(name, words, beside)
    negated = _is_negated(words)
    if veto or negated:
        return NameEvidence(words, {}, veto, negated)
    return NameEvidence(words, dict(_matches(words)))


def is_read_only_key(name: str) -> bool:
    """Return whether a column is the record's own key in an export of Dynamics.

    It is called `(Do Not Modify) Contact`, after the kind of record.
    """
    rest = words_of(column_key(name).casefold().removeprefix(dictionary.READ_ONLY))
    return _is_read_only(name) and bool(rest) and dictionary.OBJECTS.issuperset(rest)


def decides_rows(name: str) -> bool:
    """Return whether a column's name says that it selects the rows that take part."""
    words = words_of(name)
    return bool(dictionary.EXPORTS & set(words)) or _is_to_do(words)


def _is_to_do(words: Words) -> bool:
    """Return whether words such as "do aktualizacji" say what is still to be done."""
    to, *rest = words or ("",)
    work = rest[1:] if rest[:1] == ["be"] else rest
    return to in ("do", "to") and len(work) == 1 and work[0] in dictionary.TO_DO


def _matches(words: Words) -> Iterator[tuple[Target, NameMatch]]:
    found = {
        Target.IDENTIFIER: _identifier(words),
        Target.STATUS: _listed(dictionary.STATUSES, words, _without_objects(words)),
        Target.AGENT: _listed(dictionary.AGENTS, words, _without_objects(words)),
        Target.CAMPAIGN: _listed(dictionary.CAMPAIGNS, words),
        Target.NEXT_CALL: _next_call(words),
    }
    yield from ((target, match) for target, match in found.items() if match)


def _identifier(words: Words) -> NameMatch:
    rest = _without_objects(words)
    if len(rest) == 1 and rest != words and rest[0] in dictionary.KEYS_OF_AN_OBJECT:
        return NameMatch.LIKELY
    return _listed(dictionary.IDENTIFIERS, words, rest)


def _next_call(words: Words) -> NameMatch:
    there = set(words)
    if (
        not there <= dictionary.NEXT | dictionary.ACTIONS | dictionary.WHEN | dictionary.OBJECTS
        and not _calls_back(words)
    ):
        return NameMatch.NONE
    if words == ("next", "call", "date"):
        return NameMatch.OWN
    if _calls_back(words) or (there & dictionary.NEXT and there & dictionary.ACTIONS):
        return NameMatch.POSSIBLE if there <= dictionary.REMINDERS else NameMatch.LIKELY
    if there & dictionary.DEADLINES and there & dictionary.ACTIONS:
        return NameMatch.LIKELY
    return (
        NameMatch.POSSIBLE if there & (dictionary.NEXT | dictionary.DEADLINES) else NameMatch.NONE
    )


def _calls_back(words: Words) -> bool:
    rest = " ".join(word for word in words if word not in dictionary.WHEN)
    return rest in dictionary.CALLBACKS


def _listed(names: dictionary.Names, *forms: Words) -> NameMatch:
    texts = {" ".join(form) for form in forms}
    if texts & set(names.own):
        return NameMatch.OWN
    if texts & set(names.likely):
        return NameMatch.LIKELY
    return NameMatch.POSSIBLE if texts & set(names.possible) else NameMatch.NONE


def _without_objects(words: Words) -> Words:
    return tuple(word for word in words if word not in dictionary.OBJECTS)


def _veto(name: str, words: Words, beside: Sequence[str]) -> Veto | None:
    there = set(words)
    if _is_read_only(name):
        return None if is_read_only_key(name) else Veto.READ_ONLY
    if there & dictionary.MADE_OR_CHANGED or _is_past(words):
        return Veto.SYSTEM_DATE
    if " ".join(words) in dictionary.ROW_NUMBERS:
        return Veto.ROW_NUMBER
    if there & dictionary.CHECKSUMS:
        return Veto.CHECKSUM
    if there & dictionary.DELIVERIES:
        return Veto.DELIVERY_ADDRESS
    return Veto.TWIN if _is_twin(name, words, beside) else None


def _is_twin(name: str, words: Words, beside: Sequence[str]) -> bool:
    if words[-1:] != ("id",) or words[:-1] not in map(words_of, beside):
        return False
    is_suffix = column_key(name).casefold().endswith(".id")
    return is_suffix or (bool(_without_objects(words[:-1])) and words != _STATUS_ID)


def _is_read_only(name: str) -> bool:
    return column_key(name).casefold().startswith(dictionary.READ_ONLY)


def _is_past(words: Words) -> bool:
    there = set(words)
    if " ".join(words) in dictionary.CALLED:
        return True
    if not there & dictionary.LAST or not there & dictionary.OF_THE_PAST:
        return False
    return there <= dictionary.LAST | dictionary.OF_THE_PAST | dictionary.BESIDES_THE_PAST


def _is_negated(words: Words) -> bool:
    if _without_objects(words) == ("no",):  # "Customer No." is a number
        return False
    return bool(set(words) & dictionary.NEGATIONS) or ("opt", "out") in pairwise(words)
