"""What earlier runs show about campaigns: the records and fields that they updated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bulk_update.bookkeeping.campaign_records import CampaignRecords
from bulk_update.ledger_postgres.connection import Connection
from bulk_update.ledger_postgres.database import Database

_FIELDS_FROM = 2_000
"""How many records are searched for fields; all records of a job have the same ones."""

_NEXT_CAMPAIGN = """
SELECT base_url, campaign_id FROM record WHERE (base_url, campaign_id) > (%s, %s)
ORDER BY base_url, campaign_id LIMIT 1
"""
_HITS = """
SELECT count(*) FROM unnest(%s::text[]) AS wanted (identifier)
JOIN record ON record.identifier = wanted.identifier AND base_url = %s AND campaign_id = %s
"""
_FIELDS = """
SELECT DISTINCT field.key COLLATE "C" AS name
FROM (SELECT confirmed::json -> 'record_fields' AS fields FROM record
      WHERE base_url = %s AND campaign_id = %s ORDER BY identifier LIMIT %s) AS known
CROSS JOIN LATERAL json_each(fields) AS field
WHERE json_typeof(field.value) <> 'null'
ORDER BY name
"""
"""Ignores null, which means an unconfirmed field that may not exist."""


class KnownRecords:
    """The campaigns that earlier runs sent to, as far as `record` is up to date."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def campaigns_with(self, identifiers: Sequence[str]) -> list[CampaignRecords]:
        """Return the campaigns in which runs sent something to records with these identifiers."""
        wanted = [each for each in identifiers if "\0" not in each]  # no record has such a one
        found = []
        with self._database.reading() as connection:
            for base_url, campaign_id in _campaigns(connection):
                hits = connection.execute(_HITS, (wanted, base_url, campaign_id)).fetchone()
                if hits and hits[0]:
                    found.append(CampaignRecords(base_url, campaign_id, int(hits[0])))
        return found

    def campaigns_of(self, base_url: str) -> list[str]:
        """Return the campaigns of a system to which runs sent something."""
        with self._database.reading() as connection:
            return [campaign for known, campaign in _campaigns(connection) if known == base_url]

    def systems_of(self, campaign_id: str) -> list[str]:
        """Return the base URLs of the systems in which runs sent something to a campaign."""
        with self._database.reading() as connection:
            return [base_url for base_url, known in _campaigns(connection) if known == campaign_id]

    def confirmed_fields(self, *, base_url: str, campaign_id: str) -> tuple[str, ...]:
        """Return the record fields that the service has accepted for records of a campaign."""
        with self._database.reading() as connection:
            found = connection.execute(_FIELDS, (base_url, campaign_id, _FIELDS_FROM))
            return tuple(str(name) for (name,) in found)


def _campaigns(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield the campaigns one by one from the index, since there may be millions of records."""
    last = ("", "")
    while found := connection.execute(_NEXT_CAMPAIGN, last).fetchone():
        last = (str(found[0]), str(found[1]))
        yield last
