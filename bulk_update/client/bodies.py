"""The kind and content of a response body: empty, HTML, an error, something else, or unreadable.

The API reports an error as `{"request_id", "errors": [{"message", "code"}, ...]}` and the items of
a batch as `{"http_status", "message"}`. Anything between the client and the API may respond with
HTML, plain text or nothing, compressed, in any charset and under any content type. The bytes
therefore decide, and the content type counts for very little.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from math import inf
from typing import Any, NamedTuple

from bulk_update.client.body_decoding import decode, unpack
from bulk_update.client.markup import is_html, read_page
from bulk_update.client.responses import MAX_BODY_BYTES
from bulk_update.records import NO_PARAMS, BodyKind, Param

_QUOTED_CHARACTERS = 100_000
_QUOTED_MESSAGES = 100
_QUOTED_DEPTH = 16
_MOST_DIGITS = 300
"""Digits of an integer. Python refuses to convert thousands of them; no API code has this many."""

_BLANK = " \t\r\n\f\v\u00a0\ufeff\u200b\u200c\u200d\u2060"
_BEGINS_WITH_ERROR = re.compile(r"[\W_]*error", re.IGNORECASE)

_FAILING_WORDS = frozenset({"error", "failed", "failure", "false"})
_SUCCESSFUL_CODES = frozenset({0, *range(200, 300)})
_FIRST_ERROR_STATUS = 400


class Body(NamedTuple):
    """The kind and the text of a body. `words` and `request_id` are the server's, unchecked.

    `variant` says what the words are or what is wrong with the body; `params` holds the details.
    """

    kind: BodyKind
    words: str = ""
    request_id: str | None = None
    variant: str = ""
    params: Mapping[str, Param] = NO_PARAMS


def read_body(raw: bytes, *, content_type: str, encodings: str, is_cut_off: bool) -> Body:
    """Read a body exactly as it was received.

    `encodings` are the Content-Encoding and the Transfer-Encoding, separated by commas.
    `is_cut_off`: the body continues beyond what was read.
    """
    if not raw:
        return Body(BodyKind.EMPTY)
    data, fault, params = unpack(raw, encodings)
    is_cut_off = is_cut_off or len(data) > MAX_BODY_BYTES
    text, is_sound = decode(data, content_type, is_cut_off=is_cut_off)
    body = _read_text(text.strip(_BLANK), claims_html="html" in content_type.lower())
    if body.kind in {BodyKind.HTML, BodyKind.LOGIN_PAGE, BodyKind.ERRORS}:
        return body
    if is_cut_off:
        return body._replace(kind=BodyKind.TOO_LONG)
    if fault:
        words = body.words if is_sound else ""
        return Body(BodyKind.UNREADABLE, words, variant=fault, params=params)
    return body if is_sound else body._replace(kind=BodyKind.UNREADABLE)


def json_of_body(raw: bytes, *, content_type: str, encodings: str) -> Any:
    """Return the JSON document in a complete body; raises ValueError if it is not JSON."""
    data, fault, _ = unpack(raw, encodings)
    text, is_sound = decode(data, content_type, is_cut_off=False)
    if fault or not is_sound or len(data) > MAX_BODY_BYTES:
        raise ValueError("the body cannot be decoded")
    try:
        return _json_of(text.strip(_BLANK))
    except RecursionError:
        raise ValueError("the document is nested too deeply") from None


def _read_text(text: str, *, claims_html: bool) -> Body:
    if not text:
        return Body(BodyKind.EMPTY)
    if text[0] in '{["':
        try:
            return _read_document(_json_of(text), claims_html=claims_html)
        except (ValueError, RecursionError):  # not JSON, or nested too deeply
            body = _read_plain_text(text, claims_html=claims_html)
            is_page = body.kind in {BodyKind.HTML, BodyKind.LOGIN_PAGE}
            return body if is_page else body._replace(kind=BodyKind.UNREADABLE)
    return _read_plain_text(text, claims_html=claims_html)


def _read_plain_text(text: str, *, claims_html: bool) -> Body:
    quoted = text[:_QUOTED_CHARACTERS]
    if is_html(text, claims_html=claims_html):
        page = read_page(quoted)
        kind = BodyKind.LOGIN_PAGE if page.is_login else BodyKind.HTML
        return Body(kind, page.words, variant="page")
    is_denial = _BEGINS_WITH_ERROR.match(text) is not None or text.casefold() == "false"
    return Body(BodyKind.ERRORS if is_denial else BodyKind.OTHER, quoted)


def _read_document(document: Any, *, claims_html: bool) -> Body:
    if isinstance(document, str):
        return _read_string(document.strip(_BLANK), claims_html=claims_html)
    kind = BodyKind.ERRORS if _is_denial(document) else BodyKind.OTHER
    words = "; ".join(filter(None, islice(_messages(document), _QUOTED_MESSAGES)))
    return Body(kind, words or json.dumps(document, ensure_ascii=False), _request_id(document))


def _read_string(text: str, *, claims_html: bool) -> Body:
    """Read a JSON string, which may itself contain a JSON document."""
    if text.startswith(("{", "[")):
        with suppress(ValueError):
            return _read_document(_json_of(text), claims_html=claims_html)
    return _read_plain_text(text, claims_html=claims_html)


def _json_of(text: str) -> Any:
    """Parse JSON strictly (RFC 8259): no NaN or Infinity, but integers of any length."""
    return json.loads(text, parse_int=_integer, parse_constant=_refuse_constant)


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _is_denial(document: Any) -> bool:
    """Return whether an object in the document, or in a list in it, reports a failure.

    `http_status` counts at any depth, because batches put it into their items.
    """
    waiting = [(document, True)]
    while waiting:
        node, is_top = waiting.pop()
        if isinstance(node, list):
            waiting += [(item, is_top) for item in node]
        elif isinstance(node, dict):
            fields = {name.casefold(): value for name, value in node.items()}
            if _has_error_status(fields) or (is_top and _says_failure(fields)):
                return True
            waiting += [(value, False) for value in node.values()]
    return False


def _has_error_status(fields: Mapping[str, Any]) -> bool:
    status = _number(fields.get("http_status"))
    return status is not None and status >= _FIRST_ERROR_STATUS


def _says_failure(fields: Mapping[str, Any]) -> bool:
    return (
        bool(fields.get("errors") or fields.get("error"))
        or any(_is_failing(fields.get(name)) for name in ("success", "ok", "result", "status"))
        or ("message" in fields and _is_error_code(fields.get("code")))
    )


def _is_failing(value: Any) -> bool:
    return value is False or (isinstance(value, str) and value.strip().casefold() in _FAILING_WORDS)


def _is_error_code(code: Any) -> bool:
    if code is None or code == "" or isinstance(code, bool):
        return False
    return _number(code) not in _SUCCESSFUL_CODES


def _number(value: Any) -> float | None:
    """Return a number that is written as a number or as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except OverflowError:
        return inf
    except ValueError:
        return None


def _request_id(document: Any) -> str | None:
    match document:
        case {"request_id": str() | int() as request_id}:
            return str(request_id)
        case _:
            return None


def _messages(document: Any, depth: int = 0) -> Iterator[str]:
    """Yield each message in a document with its API code, down to a certain depth."""
    if depth > _QUOTED_DEPTH:
        yield "…"
    elif isinstance(document, str):
        yield document[:_QUOTED_CHARACTERS]
    elif isinstance(document, list):
        for item in document:
            yield from _messages(item, depth + 1)
    elif isinstance(document, dict):
        yield from _messages_of_object(document, depth + 1)
    else:
        yield json.dumps(document)


def _messages_of_object(document: dict[str, Any], depth: int) -> Iterator[str]:
    match document:
        case {"errors": errors} if errors:
            yield from _messages(errors, depth)
        case {"error": error} if error:
            yield from _messages(error, depth)
        case {"message": str(message), "code": int() | str() as code}:
            yield f"{message} (code {code})"
        case {"message": str(message)}:
            yield message
        case _:
            for name, value in document.items():
                yield f"{name}: {'; '.join(islice(_messages(value, depth), _QUOTED_MESSAGES))}"
