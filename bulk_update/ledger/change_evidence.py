"""How many rows to be sent change their record, as far as its present values are known."""

from __future__ import annotations

from bulk_update.bookkeeping.change_evidence import ChangeEvidence
from bulk_update.bookkeeping.row_keys import row_ids_of
from bulk_update.ledger.database import Database
from bulk_update.readback import READABLE


def _comparable(value: str) -> str:
    """Return SQL for a moment without what the API may write differently."""
    padded = f"""substr(replace(trim({value}), 'T', ' ')
        || CASE length(trim({value})) WHEN 10 THEN ' 00:00:00' WHEN 16 THEN ':00' ELSE '' END,
        1, 19)"""
    return f"iif(trim({value}) GLOB '0000-00-00*', '', {padded})"


_SHOWN = " ".join(
    f"WHEN snapshot.row_id IS NOT NULL AND leaf.path = '$' AND leaf.key = '{name}'"
    f" THEN trim(coalesce(snapshot.{name}, ''))"
    for name in READABLE
)

_EVIDENCE = f"""
WITH leaf AS (
    SELECT to_send.id, leaf.key, trim(leaf.atom) AS after, CASE {_SHOWN}
        ELSE (SELECT trim(known.atom) FROM json_tree(record.confirmed) AS known
              WHERE known.path = leaf.path AND known.key = leaf.key AND known.atom IS NOT NULL)
        END AS before
    FROM to_send
    JOIN run ON run.id = :run
    JOIN json_tree(CAST(to_send.body AS TEXT)) AS leaf
    LEFT JOIN snapshot ON snapshot.row_id = to_send.id
    LEFT JOIN record ON record.base_url = run.base_url
        AND record.campaign_id = to_send.campaign_id AND record.identifier = to_send.identifier
    WHERE to_send.id BETWEEN :first AND :last AND leaf.type NOT IN ('object', 'array')
), verdict AS (
    SELECT max(before IS NOT NULL AND iif(key LIKE '%\\_date' ESCAPE '\\',
                   {_comparable("before")} <> {_comparable("after")}, before <> after)) AS differs,
        max(before IS NULL) AS is_unknown
    FROM leaf GROUP BY id
)
SELECT coalesce(sum(differs), 0), coalesce(sum(NOT differs AND NOT is_unknown), 0),
    coalesce(sum(NOT differs AND is_unknown), 0)
FROM verdict
"""


def change_evidence(database: Database, run: int) -> ChangeEvidence:
    """Count the rows of a run to be sent by whether they change their record."""
    first, last = row_ids_of(run)
    with database.reading() as connection:
        values = {"run": run, "first": first, "last": last}
        return ChangeEvidence(*connection.execute(_EVIDENCE, values).fetchone())
