"""What earlier runs have made known of the records that a run would update."""

from __future__ import annotations

from bulk_update.job.store import Store
from bulk_update.ledger import KnownBefore


def known_before(
    ledger: Store,
    *,
    job: str,
    identity: str,
    base_url: str,
    again: bool,
    only_changed: bool,
    besides: int = 0,
) -> KnownBefore:
    """Return whether to skip rows whose records already hold their values, and why.

    They count as already sent if the job's latest run with exit code 0 had the same identity,
    unless `again` is set; otherwise `only_changed` decides. The run `besides`, which is being
    planned, is ignored.
    """
    earlier = None
    if not again:
        earlier = ledger.runs.latest_success(job=job, base_url=base_url, besides=besides)
    if earlier and earlier.identity == identity:
        return KnownBefore(compared_at=base_url, already_sent_by=earlier.run_id)
    return KnownBefore(compared_at=base_url if only_changed else None)
