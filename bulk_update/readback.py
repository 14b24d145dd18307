"""What a record shows, compared with what was sent to it and with the time of its last call.

The API shows a record's status, agent and next call. All other fields cannot be read back.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from bulk_update.records import Issue
from bulk_update.reference import RecordState

READABLE = ("status_id", "agent_login", "next_call_date")
"""The fields of a request that can be read back."""

_TIME = "[ T](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.][0-9]+)?)?"
_MOMENT = re.compile(f"(?P<day>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})(?:{_TIME})?")
_NO_DATE = re.compile("0000-00-00(?:[ T][0:.]*)?")
"""How some databases write a missing date."""


class Verified(StrEnum):
    """What a record showed when it was read back."""

    YES = "yes"
    DIFFERS = "differs"
    NEVER_ARRIVED = "never-arrived"
    """The row is in doubt, and nothing about its record has changed since before it was sent."""


def readable_values(body: bytes) -> dict[str, str]:
    """Return the values of a request's body that can be read back."""
    values = json.loads(body)
    return {name: str(values[name]) for name in READABLE if name in values}


def verdict_on(
    body: bytes, *, now: RecordState, before: RecordState | None, in_doubt: bool
) -> Verified | None:
    """Return what reading a record back says of the row that was sent to it.

    `before` is the record's state before the row was first sent, if it is known. None: nothing of
    the body can be read back.
    """
    values = readable_values(body)
    if not values:
        return None
    if _shows(now, values):
        return Verified.YES
    if in_doubt and is_all_readable(body) and before is not None and _is_untouched(before, now):
        return Verified.NEVER_ARRIVED
    return Verified.DIFFERS


def is_all_readable(body: bytes) -> bool:
    """Return whether everything in a request's body can be read back."""
    return set(json.loads(body)) <= set(READABLE)


def called_since(
    state: RecordState, *, exported_at_us: int, api_timezone: ZoneInfo
) -> Issue | None:
    """Return why a row must not be sent: its record was called after the row was exported.

    If it is unclear whether the call came later, because its time lacks the seconds, occurs twice
    when the clocks go back, or cannot be read, it counts as later.
    """
    text = (state.call_date or "").strip()
    if not text or _NO_DATE.fullmatch(text):
        return None
    exported_at = datetime.fromtimestamp(exported_at_us // 1_000_000, UTC)
    called_at = _latest_moment(text, api_timezone)
    if called_at is not None and called_at <= exported_at:
        return None
    exported = exported_at.astimezone(api_timezone).replace(tzinfo=None)
    return Issue("called-since", {"called": text, "exported": exported.isoformat(" ")})


def moment_us(local: str, api_timezone: ZoneInfo) -> int:
    """Return a time that was converted for the API, in microseconds since the epoch."""
    return round(datetime.fromisoformat(local).replace(tzinfo=api_timezone).timestamp()) * 1_000_000


def comparable(name: str, value: str | None) -> str:
    """Return a value without what the API may write differently, such as seconds of a date.

    The result is blank for a field without a value.
    """
    text = (value or "").strip()
    if not name.endswith("_date"):
        return text
    if _NO_DATE.fullmatch(text):
        return ""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return text
    hour, minute, second = (found[part] or "00" for part in ("hour", "minute", "second"))
    return f"{found['day']} {hour}:{minute}:{second}"


def sendable(name: str, shown: str) -> str | None:
    """Return a value of a record as a request has to contain it, or None if it cannot be read.

    The API shows the seconds of a date, but takes only minutes.
    """
    if not name.endswith("_date"):
        return shown.strip()
    found = _MOMENT.fullmatch(shown.strip())
    if found is None or _NO_DATE.fullmatch(shown.strip()):
        return None
    return f"{found['day']} {found['hour'] or '00'}:{found['minute'] or '00'}"


def _shows(state: RecordState, values: dict[str, str]) -> bool:
    return all(comparable(name, getattr(state, name)) == comparable(name, values[name])
               for name in values)  # fmt: skip


def _is_untouched(before: RecordState, now: RecordState) -> bool:
    return all(
        comparable(name, getattr(before, name)) == comparable(name, getattr(now, name))
        for name in (*READABLE, "call_date")
    )


def _latest_moment(text: str, zone: ZoneInfo) -> datetime | None:
    """Return the latest moment that a local time can mean; None if it cannot be read."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    hour, minute, second = found["hour"] or "23", found["minute"] or "59", found["second"] or "59"
    try:
        local = datetime.fromisoformat(f"{found['day']} {hour}:{minute}:{second}")
    except ValueError:
        return None
    try:
        return max(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    except OverflowError:
        return None
