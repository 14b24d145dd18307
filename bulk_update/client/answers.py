"""What an answer says, whatever shape it has.

The API answers an error with `{"request_id", "errors": [{"message", "code"}, ...]}`, items of a
batch with `{"http_status", "message"}`; whatever stands in between may answer with HTML, plain
text or nothing. Each keeps its status, its words, the API's own numbers and the request's id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from http import HTTPStatus
from itertools import islice
from typing import Any, NamedTuple

from bulk_update.client.redaction import Redactor
from bulk_update.records import BodyKind, Reply

_SUCCESSFUL, _REDIRECTION = range(200, 300), range(300, 400)

_EXAMINED_CHARACTERS = 100_000
_EXAMINED_MESSAGES = 100
_LONGEST_WAIT_SECONDS = 1e9
_DECIMAL_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?")

_MARKUP_START = re.compile(
    r"<(?:!doctype html|!--|html|head|body|title|meta|script|style|h[1-6]|p|div|center|form|pre)\b",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"<[a-z!/]", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,500})", re.IGNORECASE)
_PASSWORD_INPUT = re.compile(
    r"<input\b[^>]{0,500}\btype\s{0,9}=\s{0,9}[\"']?password\b", re.IGNORECASE
)
_LOGIN_TITLE = re.compile(r"\b(?:log\s?-?in|sign\s?-?in|zaloguj|logowanie)\b", re.IGNORECASE)
_UNSPOKEN = re.compile(
    r"<(script|style)\b(?:(?!</?\1\b).)*+</\1\s{0,9}>|<[^<>]*+>", re.IGNORECASE | re.DOTALL
)
_OLD_CHARSET = re.compile(r"charset=[\"']?(iso-8859-[12]|windows-125[02])\b", re.IGNORECASE)


class Answer(NamedTuple):
    """A whole HTTP answer: its status, its body and the headers that matter here.

    `is_cut_off` tells that the body goes on where nobody reads it.
    """

    status: int
    body: bytes = b""
    is_cut_off: bool = False
    content_type: str = ""
    retry_after: str = ""
    date: str = ""
    location: str = ""


def reply_to(
    answer: Answer, *, redactor: Redactor, now: Callable[[], datetime], elapsed_ms: int
) -> Reply:
    """Read an answer; `now` is asked only where the answer does not tell its own date."""
    code = f"http-{answer.status}"
    if answer.body.isspace() or not answer.body:
        kind, words, request_id = BodyKind.EMPTY, "", None
    else:
        kind, words, request_id = _read_body(answer)
    return Reply(
        left=True,
        status=answer.status,
        code=code,
        message=_message(answer, redactor.message(words), redactor.message(answer.location)),
        request_id=redactor.message(request_id) if request_id else None,
        retry_after_seconds=_retry_after_seconds(answer, now),
        body=kind,
        elapsed_ms=elapsed_ms,
    )


def _message(answer: Answer, words: str, location: str) -> str:
    """Say what was answered; `words` and `location` are the server's, made fit to be shown."""
    if location and answer.status in _REDIRECTION:
        return f"redirected to {location}"
    if words or answer.status in _SUCCESSFUL:
        return words
    phrase = ""
    with suppress(ValueError):
        phrase = f" {HTTPStatus(answer.status).phrase}"
    return f"HTTP {answer.status}{phrase}, without an explanation"


def _read_body(answer: Answer) -> tuple[BodyKind, str, str | None]:
    """Return what the body is, what it says and the request's id."""
    try:
        return _read_document(json.loads(answer.body))
    except (ValueError, RecursionError):  # no JSON, or nested out of all reason
        kind, words = _read_text(answer)
        is_unknown = answer.is_cut_off and kind is BodyKind.OTHER
        return BodyKind.TOO_LONG if is_unknown else kind, words, None


def _read_document(document: Any) -> tuple[BodyKind, str, str | None]:
    kind = BodyKind.ERRORS if _is_error(document) else BodyKind.OTHER
    words = "; ".join(filter(None, islice(_error_messages(document), _EXAMINED_MESSAGES)))
    return kind, words or json.dumps(document, ensure_ascii=False), _request_id(document)


def _is_error(document: Any) -> bool:
    """Tell whether a JSON document is in one of the API's error shapes."""
    match document:
        case {"errors": errors} if errors:
            return True
        case {"error": error} if error:
            return True
        case {"http_status": status, "message": _}:
            return not str(status).startswith("2")
        case [*items]:
            return any(isinstance(item, dict) and _is_error(item) for item in items)
        case _:
            return False


def _error_messages(document: Any) -> Iterator[str]:
    """Yield each message of an error document with the API's number for it."""
    match document:
        case str():
            yield document
        case [*items]:
            for item in items:
                yield from _error_messages(item)
        case {"errors": errors} if errors:
            yield from _error_messages(errors)
        case {"error": error} if error:
            yield from _error_messages(error)
        case {"message": str(message), "code": int() | str() as code}:
            yield f"{message} (code {code})"
        case {"message": str(message)}:
            yield message
        case dict():
            for name, value in document.items():
                yield f"{name}: {'; '.join(_error_messages(value))}"
        case _:
            yield json.dumps(document)


def _request_id(document: Any) -> str | None:
    match document:
        case {"request_id": str() | int() as request_id}:
            return str(request_id)
        case _:
            return None


def _read_text(answer: Answer) -> tuple[BodyKind, str]:
    text = _decoded(answer)[:_EXAMINED_CHARACTERS]
    if not _is_html(text, answer.content_type):
        return BodyKind.OTHER, text
    title = _TITLE.search(text)
    name = unescape(title[1]).strip() if title else ""
    is_login = _PASSWORD_INPUT.search(text) or _LOGIN_TITLE.search(name)
    words = name or unescape(_UNSPOKEN.sub(" ", text)).strip()
    return BodyKind.LOGIN_PAGE if is_login else BodyKind.HTML, f"a web page: {words}"


def _is_html(text: str, content_type: str) -> bool:
    """Tell whether a text is a web page. PHP calls everything `text/html` by default."""
    if _MARKUP_START.match(text.lstrip()):
        return True
    # A replacement character: a page in a compression that nobody asked for.
    return "html" in content_type.lower() and bool(_ANY_TAG.search(text) or "\ufffd" in text)


def _decoded(answer: Answer) -> str:
    named = _OLD_CHARSET.search(answer.content_type)
    return answer.body.decode(named[1] if named else "utf-8-sig", "replace")


def _retry_after_seconds(answer: Answer, now: Callable[[], datetime]) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds, or a date by the answer's own clock."""
    text = answer.retry_after.strip()
    if _DECIMAL_SECONDS.fullmatch(text):
        return min(float(text), _LONGEST_WAIT_SECONDS)
    until = _http_date(text)
    if until is None:
        return None
    return max(0.0, (until - (_http_date(answer.date) or now())).total_seconds())


def _http_date(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
