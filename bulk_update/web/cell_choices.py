"""The values that a cell may have, where its column accepts only those of a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass

from bulk_update.cells.comparison import as_seen
from bulk_update.cells.typed_cells import CellType
from bulk_update.columns import column_key
from bulk_update.job.apply import loaded_mapping_of
from bulk_update.job.reference_cache import ReferenceCache
from bulk_update.language import language
from bulk_update.ledger import Run
from bulk_update.mapping import Mapping
from bulk_update.mapping.rule_schema import CellRule
from bulk_update.mapping.schema import STATUS_ID, STATUS_NAME
from bulk_update.reference import CampaignReference, CampaignStatus

_AGENT = "agent_login"
_USUAL_WORDS = {"en": ("yes", "no"), "pl": ("tak", "nie")}
"""Words that every rule for true and false without words of its own understands."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a list: the text of the cell, and what people call it."""

    text: str
    label: str


class CellChoices:
    """The choices for the cells of a run, as its mapping and its campaigns have them.

    What the service showed last of a campaign counts; nothing is read anew.
    """

    def __init__(self, run: Run, references: ReferenceCache | None) -> None:
        self._mapping: Mapping = loaded_mapping_of(run).mapping
        self._references = references
        self._known: dict[tuple[str | None, str], tuple[Choice, ...]] = {}

    def of(self, column: str, campaign_id: str | None) -> tuple[Choice, ...]:
        """Return the choices for a column of a row; none if it accepts other texts, too."""
        key = campaign_id, column_key(column)
        if key not in self._known:
            self._known[key] = self._found(key[1], self._reference(campaign_id))
        return self._known[key]

    def _reference(self, campaign_id: str | None) -> CampaignReference | None:
        if self._references is None or campaign_id is None:
            return None
        return self._references.load(campaign_id)

    def _found(self, column: str, reference: CampaignReference | None) -> tuple[Choice, ...]:
        """Return what every rule accepts that reads the column and accepts only a list."""
        lists = [
            choices
            for path, rule in self._mapping.update.rules()
            if rule.column is not None and column_key(rule.column) == column
            if (choices := _choices_of(str(path[0]), rule, reference))
        ]
        if not lists:
            return ()
        first, *others = lists
        return tuple(
            each
            for each in first
            if all(each.text in {choice.text for choice in other} for other in others)
        )


def _choices_of(field: str, rule: CellRule, reference: CampaignReference | None) -> list[Choice]:
    statuses = (reference and reference.statuses) or ()
    if rule.lookup is not None:
        return _words(_known_words(field, rule.lookup, statuses))
    if rule.type is CellType.BOOLEAN:
        own = (*(rule.true_words or ()), *(rule.false_words or ()))
        return _words(own or _USUAL_WORDS[language()])
    if field == STATUS_ID:
        return [Choice(each.status_id, f"{each.name} ({each.status_id})") for each in statuses]
    if field == STATUS_NAME:
        times = Counter(as_seen(each.name) for each in statuses)
        return _words(each.name for each in statuses if times[as_seen(each.name)] == 1)
    if field == _AGENT:
        agents = (reference and reference.agents) or ()
        return _words(
            each.login for each in agents if each.is_active and each.is_active_in_campaign
        )
    return []


def _known_words(
    field: str, lookup: MappingOf[str, str], statuses: Sequence[CampaignStatus]
) -> Iterator[str]:
    """Yield the words of a lookup, without those for statuses that the campaign does not have."""
    ids = {each.status_id for each in statuses} if field == STATUS_ID else set()
    return (word for word, value in lookup.items() if not ids or value in ids)


def _words(texts: Iterable[str]) -> list[Choice]:
    return [Choice(text, text) for text in texts]
