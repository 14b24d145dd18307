"""What undoing a row sends: the values that its record had before, as far as they are known.

Fields are called as in the mapping's `field_names`: `status_id`, `record_fields.miasto`. The API
shows the status, agent and next call of a record. These are restored from the snapshot that the
undone run took, but only while the record still shows what that run sent. All other fields cannot
be read: they are restored from what was sent before, if the caller trusts it. A value that is not
known, or that a request cannot restore, is never guessed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bulk_update.readback import READABLE, comparable, sendable
from bulk_update.records import Issue, Status
from bulk_update.reference import RecordState

RECORD_FIELDS = "record_fields"
_DICTIONARY_STATUS = "dictionary_status_id"

Needs = Callable[[str], Collection[str]]
"""Returns which other fields a request has to contain to set this status."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """What is known about undoing a row.

    `sent` are the values that the undone run sent and that a record shows, `old` the values that
    can be restored, each by field. `lost` says why other fields cannot be restored; each issue
    names its `field`. `before` is the record's state before the undone run, if it is known.
    """

    sent: Mapping[str, str]
    old: Mapping[str, str]
    lost: tuple[Issue, ...] = ()
    before: RecordState | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a row that undoes another: the values to send, or its outcome and reasons."""

    values: Mapping[str, str]
    outcome: Status | None = None
    reasons: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class SentBefore:
    """What the ledger knows about a record: bodies, with null or nothing for unknown values.

    `then` is what it held before the undone run, `now` what it holds since the last request.
    """

    then: Mapping[str, Any]
    now: Mapping[str, Any]


def reversal_of(
    body: bytes,
    before: RecordState | None,
    known: SentBefore | None,
    *,
    only: Collection[str] = (),
) -> Reversal | None:
    """Return how to undo a request; `known` is None if what was sent before is not trusted.

    With `only`, other fields are left as they are; None if the request has none of these fields.
    """
    chosen = {
        name: value for name, value in values_in(json.loads(body)) if not only or name in only
    }
    if not chosen:
        return None
    sent = {name: str(value) for name, value in chosen.items() if name in READABLE}
    then = dict(values_in(known.then)) if known else {}
    now = dict(values_in(known.now)) if known else {}
    old: dict[str, str] = {}
    lost: list[Issue] = []
    for name in chosen:
        if name in READABLE:
            found = _shown_before(name, sent[name], before)
        elif name == _DICTIONARY_STATUS:
            found = _issue("undo-irreversible", name, "dictionary")
        elif known is None:
            found = _issue("undo-unverifiable", name)
        else:
            found = _sent_before(name, then)
        if isinstance(found, Issue):
            lost.append(found)
        elif name in READABLE or now.get(name) != found:
            old[name] = found
    return Reversal(sent, old, tuple(lost), before)


def first_verdict(reversal: Reversal) -> Verdict:
    """Return what becomes of a row as far as that is known before its record has been read."""
    return _verdict(dict(reversal.old), reversal.lost)


def verdict_on(reversal: Reversal, now: RecordState | None, *, needs: Needs) -> Verdict:
    """Return what becomes of a row whose record shows this; None if its campaign does not list it.

    A record that shows neither what was sent to it nor what it had before is left alone. The values
    include those of other fields without which the API refuses the status; a record that has them
    keeps them.
    """
    before = reversal.before
    if now is None:
        if before is None:
            return _verdict(_unreadable(reversal.old), reversal.lost)
        return Verdict({}, Status.SUPERSEDED, (Issue("changed-since", variant="not-listed"),))
    if changed := next(_changed(reversal, now), None):
        return Verdict({}, Status.SUPERSEDED, (changed,))
    values = {
        name: value
        for name, value in reversal.old.items()
        if name not in READABLE or not _is_old(reversal, now, name)
    }
    lost = tuple(issue for issue in reversal.lost if not _is_restored(issue, reversal, now))
    verdict = _verdict(values, lost)
    if verdict.outcome is None and "status_id" in values:
        others = _others(needs(values["status_id"]), values, before, now)
        return Verdict({**values, **others})
    return verdict


def was_called(reversal: Reversal, now: RecordState) -> bool:
    """Return whether a record has been called since the undone run read it."""
    before = reversal.before
    return before is not None and not _shows(now, "call_date", before.call_date)


def body_with(values: Mapping[str, str]) -> bytes:
    """Return the body of a request that sets these fields."""
    body: dict[str, Any] = {name: values[name] for name in READABLE if name in values}
    prefix = f"{RECORD_FIELDS}."
    if fields := {
        name.removeprefix(prefix): value
        for name, value in values.items()
        if name.startswith(prefix)
    }:
        body[RECORD_FIELDS] = fields
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def values_in(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a body with their values, in order."""
    for name, value in body.items():
        if name == RECORD_FIELDS:
            yield from ((f"{name}.{inner}", each) for inner, each in (value or {}).items())
        else:
            yield name, value


def _shown_before(name: str, sent: str, before: RecordState | None) -> str | Issue:
    """Return the value that the record showed before, or why it cannot be restored."""
    if before is None:
        return _issue("undo-unknown", name, "no-snapshot")
    shown = getattr(before, name)
    if comparable(name, shown) == comparable(name, sent):
        return sent
    if not comparable(name, shown):
        return _issue("undo-irreversible", name)
    value = sendable(name, shown)
    return _issue("undo-unknown", name, "unreadable") if value is None else value


def _sent_before(name: str, then: Mapping[str, Any]) -> str | Issue:
    value = then.get(name)
    return _issue("undo-unknown", name) if value is None else str(value)


def _issue(code: str, field: str, variant: str = "") -> Issue:
    return Issue(code, {"field": field}, variant)


def _verdict(values: Mapping[str, str], lost: tuple[Issue, ...]) -> Verdict:
    if values:
        return Verdict(values)
    if lost:
        return Verdict({}, Status.INVALID, lost)
    return Verdict({}, Status.UNCHANGED, (Issue("already-undone"),))


def _unreadable(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name not in READABLE}


def _changed(reversal: Reversal, now: RecordState) -> Iterator[Issue]:
    """Yield an issue for each field that shows neither what was sent nor what was there before."""
    for name, sent in reversal.sent.items():
        if not _shows(now, name, sent) and not _is_old(reversal, now, name):
            shown = getattr(now, name)
            params = {"field": name, "sent": sent, "now": (shown or "").strip()}
            yield Issue("changed-since", params, "" if params["now"] else "blank")


def _is_old(reversal: Reversal, now: RecordState, name: str) -> bool:
    """Return whether a field shows what it had before, or what was sent to restore that."""
    before, old = reversal.before, reversal.old.get(name)
    was_there = before is not None and _shows(now, name, getattr(before, name))
    return was_there or (old is not None and _shows(now, name, old))


def _is_restored(lost: Issue, reversal: Reversal, now: RecordState) -> bool:
    """Return whether a field that cannot be restored shows its old value anyway."""
    name = str(lost.params["field"])
    return name in READABLE and _is_old(reversal, now, name)


def _shows(now: RecordState, name: str, value: str | None) -> bool:
    return comparable(name, getattr(now, name)) == comparable(name, value)


def _others(
    needed: Collection[str], values: Mapping[str, str], before: RecordState | None, now: RecordState
) -> dict[str, str]:
    """Return the values of the other fields that a status needs, as far as they are known."""
    found = {}
    for name in needed:
        shown = getattr(now, name) or (getattr(before, name) if before else None)
        value = None if not comparable(name, shown) else sendable(name, shown or "")
        if name not in values and value is not None:
            found[name] = value
    return found
