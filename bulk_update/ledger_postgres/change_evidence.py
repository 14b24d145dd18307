"""How many rows to be sent change their record, as far as its present values are known."""

from __future__ import annotations

from bulk_update.bookkeeping.change_evidence import ChangeEvidence
from bulk_update.bookkeeping.row_keys import bounds_of
from bulk_update.ledger_postgres.database import Database
from bulk_update.readback import READABLE


def _comparable(value: str) -> str:
    """Return SQL for a moment without what the API may write differently."""
    padded = f"""left(replace(btrim({value}), 'T', ' ')
        || CASE length(btrim({value})) WHEN 10 THEN ' 00:00:00' WHEN 16 THEN ':00' ELSE '' END,
        19)"""
    return f"CASE WHEN starts_with(btrim({value}), '0000-00-00') THEN '' ELSE {padded} END"


def _fields(json: str) -> str:
    """Return a query for the values in a body, each with the key that it is under, if any."""
    return f"""
    SELECT NULL AS parent, key, value #>> '{{}}' AS value FROM json_each({json})
    WHERE json_typeof(value) NOT IN ('object', 'array')
    UNION ALL
    SELECT upper.key, lower.key, lower.value #>> '{{}}'
    FROM json_each({json}) AS upper CROSS JOIN LATERAL json_each(
        CASE json_typeof(upper.value) WHEN 'object' THEN upper.value ELSE '{{}}' END) AS lower"""


_SHOWN = " ".join(
    f"WHEN snapshot.row_id IS NOT NULL AND field.parent IS NULL AND field.key = '{name}'"
    f" THEN btrim(coalesce(snapshot.{name}, ''))"
    for name in READABLE
)

_EVIDENCE = f"""
WITH field AS (
    SELECT to_send.id, field.key, btrim(field.value) AS after, CASE {_SHOWN}
        ELSE (SELECT btrim(known.value) FROM ({_fields("record.confirmed::json")}) AS known
              WHERE known.parent IS NOT DISTINCT FROM field.parent AND known.key = field.key)
        END AS before
    FROM to_send
    JOIN run ON run.id = %(run)s
    CROSS JOIN LATERAL ({_fields("convert_from(to_send.body, 'UTF8')::json")}) AS field
    LEFT JOIN snapshot ON snapshot.row_id = to_send.id
    LEFT JOIN record ON record.base_url = run.base_url
        AND record.campaign_id = to_send.campaign_id AND record.identifier = to_send.identifier
    WHERE to_send.id BETWEEN %(first)s AND %(last)s
), verdict AS (
    SELECT coalesce(bool_or(CASE WHEN right(key, 5) = '_date'
            THEN {_comparable("before")} <> {_comparable("after")}
            ELSE before <> after END), false) AS differs,
        bool_or(before IS NULL) AS is_unknown
    FROM field GROUP BY id
)
SELECT count(*) FILTER (WHERE differs), count(*) FILTER (WHERE NOT differs AND NOT is_unknown),
    count(*) FILTER (WHERE NOT differs AND is_unknown)
FROM verdict
"""


def change_evidence(database: Database, run: int) -> ChangeEvidence:
    """Count the rows of a run to be sent by whether they change their record."""
    with database.reading() as connection:
        found = connection.execute(_EVIDENCE, {"run": run, **bounds_of(run)}).fetchall()
    return ChangeEvidence(*found[0])
