"""The endpoint's rules: what a body must contain before it changes a record.

Every mistake in a request is reported, not only the first. If the API's documentation does not
cover a case (`null`, an empty status, an agent who has left), the sandbox refuses it: a rehearsal
should fail sooner than the live system.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bulk_update.sandbox.campaigns import Campaign, CampaignStatus
from bulk_update.sandbox.refusals import ApiError, RefusalError
from bulk_update.sandbox.store import Change

PARAMETERS = ("status_id", "dictionary_status_id", "agent_login", "next_call_date", "record_fields")

_CALL_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}")


def parse_body(body: bytes) -> dict[str, Any]:
    """Parse a request's body strictly: one JSON object in UTF-8; raises RefusalError."""
    try:
        document = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_without_duplicate_names,
            parse_constant=_refuse_constant,
        )
        if b"\\u" in body:  # only an escape can create an unpaired surrogate
            json.dumps(document, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise _unreadable(f"The body is not UTF-8 (byte {error.start}).") from None
    except UnicodeEncodeError:
        raise _unreadable("The body contains an unpaired surrogate.") from None
    except RecursionError:
        raise _unreadable("The body is nested too deeply.") from None
    except ValueError as error:
        raise _unreadable(f"The body is not valid JSON ({error}).") from None
    if not isinstance(document, dict):
        raise _unreadable("The body is not a JSON object.")
    return document


def _unreadable(message: str) -> RefusalError:
    return RefusalError(400, ApiError(message, 100_001))


def _without_duplicate_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name appears twice")
    return found


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def validate(document: Mapping[str, Any], campaign: Campaign) -> Change:
    """Return the change that a body describes; raises RefusalError with all its mistakes."""
    errors = [*_shape_errors(document)]
    texts = {name: _text(document[name]) for name in PARAMETERS[:4] if name in document}
    fields = document.get("record_fields", {})
    fields = fields if isinstance(fields, dict) else {}
    errors += _status_errors(texts, campaign)
    errors += _agent_errors(texts, campaign)
    errors += _call_date_errors(texts)
    errors += _field_errors(fields, campaign)
    if errors:
        raise RefusalError(400, *errors)
    values = {name: _text(value) or "" for name, value in fields.items()}
    return Change(**texts, record_fields=values)


def _shape_errors(document: Mapping[str, Any]) -> Iterator[ApiError]:
    if not document:
        yield ApiError("Nothing to change: the body is an empty object.", 100_002)
    for name in document:
        if name not in PARAMETERS:
            yield ApiError(f"Unknown parameter {name}.", 100_003)
    if not isinstance(document.get("record_fields", {}), dict):
        yield ApiError("Parameter record_fields is not an object.", 100_004)
    for name in PARAMETERS[:4]:
        if name in document and _text(document[name]) is None:
            yield ApiError(f"Parameter {name} is not a string or an integer.", 100_004)


def _status_errors(texts: Mapping[str, str | None], campaign: Campaign) -> Iterator[ApiError]:
    missing: dict[str, CampaignStatus] = {}
    for name, look_up, what in (
        ("status_id", campaign.status, "Status"),
        ("dictionary_status_id", campaign.dictionary_status, "Dictionary status"),
    ):
        given = texts.get(name)
        status = None if given is None else look_up(given)
        if status is not None:
            missing |= {needed: status for needed in status.mandatory if needed not in texts}
        elif given is not None:
            yield ApiError(f"{what} not found.", 100_010)
    for needed, status in missing.items():
        yield ApiError(f"Parameter {needed} is required for {status.system_status}.", 100_012)


def _agent_errors(texts: Mapping[str, str | None], campaign: Campaign) -> Iterator[ApiError]:
    login = texts.get("agent_login")
    if login is None:
        return
    agent = campaign.agent(login)
    if agent is None:
        yield ApiError("Agent not found.", 100_020)
    elif not (agent.active and agent.active_in_outbound):
        yield ApiError(f"Agent {login} is not active in this campaign.", 100_021)


def _call_date_errors(texts: Mapping[str, str | None]) -> Iterator[ApiError]:
    text = texts.get("next_call_date")
    if text is not None and not _is_call_date(text):
        yield ApiError("Wrong format of next_call_date (expected YYYY-MM-DD hh:mm).", 100_030)


def _is_call_date(text: str) -> bool:
    if not _CALL_DATE.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _field_errors(fields: Mapping[str, Any], campaign: Campaign) -> Iterator[ApiError]:
    for name, value in fields.items():
        if not campaign.has_field(name):
            yield ApiError(f"Field {name} does not exist in this campaign.", 100_040)
        elif _text(value) is None:
            yield ApiError(f"Field {name} is not a string or an integer.", 100_041)


def _text(value: object) -> str | None:
    """Return a string, or an integer as one (ids may be either); None for any other value."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None
