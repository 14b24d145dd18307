"""The sandbox's records and the changes made to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from bulk_update.sandbox.draws import RecordKey

MADE_UP_RECORDS = 1_000


@dataclass(frozen=True, slots=True)
class Change:
    """The values that an accepted request sets. None and absent fields change nothing."""

    status_id: str | None = None
    dictionary_status_id: str | None = None
    agent_login: str | None = None
    next_call_date: str | None = None
    record_fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a campaign.

    `changes` counts the requests that were applied to it; `call_date` is its last call.
    """

    record_id: int
    campaign_id: str
    identifier: str
    status_id: str = "1"
    dictionary_status_id: str | None = None
    agent_login: str | None = None
    next_call_date: str | None = None
    call_date: str | None = None
    record_fields: Mapping[str, str] = field(default_factory=dict)
    changes: int = 0

    def changed_by(self, change: Change) -> Record:
        """Return the record after a change; setting a field to an empty string clears it."""
        fields = {**self.record_fields, **change.record_fields}
        return replace(
            self,
            status_id=change.status_id or self.status_id,
            dictionary_status_id=change.dictionary_status_id or self.dictionary_status_id,
            agent_login=change.agent_login or self.agent_login,
            next_call_date=change.next_call_date or self.next_call_date,
            record_fields={name: value for name, value in fields.items() if value},
            changes=self.changes + 1,
        )


class RecordStore:
    """All records, by campaign and identifier."""

    def __init__(self, keys: Iterable[RecordKey]) -> None:
        self._records: dict[RecordKey, Record] = {}
        self._by_campaign: dict[str, list[RecordKey]] = {}
        self._changed: dict[RecordKey, None] = {}
        self.add(keys)

    def add(self, keys: Iterable[RecordKey]) -> None:
        """Add these records; existing ones stay unchanged."""
        for key in keys:
            if key not in self._records:
                self._records[key] = Record(len(self._records) + 1, *key)
                self._by_campaign.setdefault(key[0], []).append(key)

    def get(self, campaign_id: str, identifier: str) -> Record | None:
        """Return a record, or None."""
        return self._records.get((campaign_id, identifier))

    def apply(self, record: Record, change: Change) -> None:
        """Apply a change."""
        self._replace(record.changed_by(change))

    def call(self, record: Record, change: Change, *, call_date: str) -> None:
        """Apply an agent's call, which is not a request, to the present state of a record."""
        present = self._records[record.campaign_id, record.identifier]
        called = replace(present.changed_by(change), changes=present.changes, call_date=call_date)
        self._replace(called)

    def _replace(self, record: Record) -> None:
        key = (record.campaign_id, record.identifier)
        self._records[key] = record
        # Moved to the end, because the page shows the latest changes first.
        self._changed.pop(key, None)
        self._changed[key] = None

    def of_campaign(self, campaign_id: str, part: slice = slice(None)) -> list[Record]:
        """Return a part of a campaign's records, in the order in which they were added."""
        return [self._records[key] for key in self._by_campaign.get(campaign_id, ())[part]]

    def count_of(self, campaign_id: str) -> int:
        """Return how many records a campaign has."""
        return len(self._by_campaign.get(campaign_id, ()))

    def last_changed(self, count: int) -> Iterator[Record]:
        """Return the most recently changed records, newest first."""
        return (self._records[key] for key in islice(reversed(self._changed), count))

    @property
    def changed_count(self) -> int:
        """How many records were changed or called at least once."""
        return len(self._changed)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    def __len__(self) -> int:
        return len(self._records)


def made_up_identifiers() -> Iterator[str]:
    """Return invented customer numbers with leading zeros, the same ones every time."""
    return (f"{100_000 + 7 * number:08d}" for number in range(1, MADE_UP_RECORDS + 1))
