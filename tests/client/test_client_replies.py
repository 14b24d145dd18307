from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_update.client.redaction import Redactor
from bulk_update.client.replies import Response, reply_to
from bulk_update.messages import sentence_of
from bulk_update.printable import printable
from bulk_update.records import BodyKind, Reply

NOW = datetime(2026, 3, 2, 4, 0, 0, tzinfo=UTC)
HTML = "text/html; charset=utf-8"
JSON = "application/json"

PHONE = {"message": "Wrong format of phone number.", "code": 111111}
AGENT = {"message": "Agent not found.", "code": "E7"}

LOGIN_FORM = '<form><INPUT class="x" name=pw TYPE = "password"></form>'


def read(response: Response) -> Reply:
    return reply_to(response, redactor=Redactor(()), now=lambda: NOW, elapsed_ms=7)


def as_json(document: object) -> bytes:
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("body", "kind", "message", "request_id"),
    [
        (
            as_json({"request_id": "53678450401cf", "errors": [PHONE]}),
            BodyKind.ERRORS,
            "Wrong format of phone number. (code 111111)",
            "53678450401cf",
        ),
        (
            as_json({"request_id": 12, "errors": [PHONE, AGENT]}),
            BodyKind.ERRORS,
            "Wrong format of phone number. (code 111111); Agent not found. (code E7)",
            "12",
        ),
        (as_json({"errors": ["No.", "Never."]}), BodyKind.ERRORS, "No.; Never.", None),
        (as_json({"errors": "No."}), BodyKind.ERRORS, "No.", None),
        (
            as_json({"errors": {"miasto": ["is empty", "is short"], "saldo": "is text"}}),
            BodyKind.ERRORS,
            "miasto: is empty; is short; saldo: is text",
            None,
        ),
        (as_json({"errors": [{"message": "No."}]}), BodyKind.ERRORS, "No.", None),
        (as_json({"errors": [7, None]}), BodyKind.ERRORS, "7; null", None),
        (as_json({"error": {"message": "No.", "code": 3}}), BodyKind.ERRORS, "No. (code 3)", None),
        (as_json({"errors": [], "error": "No."}), BodyKind.ERRORS, "No.", None),
        (
            as_json({"http_status": 400, "message": "Agent not found."}),
            BodyKind.ERRORS,
            "Agent not found.",
            None,
        ),
        (
            as_json(
                [{"http_status": 204, "message": ""}, {"http_status": "404", "message": "No."}]
            ),
            BodyKind.ERRORS,
            "No.",
            None,
        ),
        (as_json({"http_status": 200, "message": "Saved."}), BodyKind.OTHER, "Saved.", None),
        (as_json({"message": "Saved."}), BodyKind.OTHER, "Saved.", None),
        (as_json({"errors": []}), BodyKind.OTHER, "errors:", None),
        (as_json({"status": "ok", "id": 3}), BodyKind.OTHER, "status: ok; id: 3", None),
        (as_json([]), BodyKind.OTHER, "[]", None),
        (as_json("Saved."), BodyKind.OTHER, "Saved.", None),
        (b"\xef\xbb\xbf" + as_json({"error": "No."}), BodyKind.ERRORS, "No.", None),
        ("Błąd".encode(), BodyKind.OTHER, "Błąd", None),
        (b'{"errors": [{"mess', BodyKind.UNREADABLE, '{"errors": [{"mess', None),
        (b"[" * 100_000, BodyKind.UNREADABLE, "[" * 499 + "…", None),
        (b"\xff\xfe\xfd", BodyKind.UNREADABLE, "\ufffd", None),
        (b" \r\n", BodyKind.EMPTY, "HTTP 400 Bad Request without an explanation", None),
        (b"", BodyKind.EMPTY, "HTTP 400 Bad Request without an explanation", None),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_the_reasons_in_an_error_body_of_any_shape_are_found(
    body: bytes, kind: BodyKind, message: str, request_id: str | None
) -> None:
    reply = read(Response(status=400, body=body))
    assert sentence_of(reply.reason) == message
    assert reply == Reply(
        may_have_been_sent=True,
        status=400,
        code="http-400",
        variant=reply.variant,
        params=reply.params,
        request_id=request_id,
        body=kind,
        elapsed_ms=7,
    )


@pytest.mark.parametrize(
    ("body", "content_type", "kind", "message"),
    [
        (
            "<!DOCTYPE html><title> Bad\nGateway </title>",
            "",
            BodyKind.HTML,
            "a web page: Bad Gateway",
        ),
        ("\ufeff\n <HTML><body>Out of order", "", BodyKind.HTML, "a web page: Out of order"),
        ("<h1>No &amp; no</h1><script>x</script>", "", BodyKind.HTML, "a web page: No & no"),
        ("Sorry.<br>Later.", HTML, BodyKind.HTML, "a web page: Sorry. Later."),
        ("Sorry.<br>Later.", "text/plain", BodyKind.HTML, "a web page: Sorry. Later."),
        ("OK", HTML, BodyKind.OTHER, "OK"),
        ("1 < 2", HTML, BodyKind.OTHER, "1 < 2"),
        ("{}", HTML, BodyKind.OTHER, "{}"),
        (f"<html>{LOGIN_FORM}", "", BodyKind.LOGIN_PAGE, "a web page"),
        (
            "<html><title>Zaloguj się</title>",
            "",
            BodyKind.LOGIN_PAGE,
            "a web page: Zaloguj się",
        ),
        ("<html><title>Log in</title>", "", BodyKind.LOGIN_PAGE, "a web page: Log in"),
        ("<html><title>Logistics</title>", "", BodyKind.HTML, "a web page: Logistics"),
        ("<input type=password>", "text/plain", BodyKind.LOGIN_PAGE, "a web page"),
        ("<!-- a\n<b> -->Sorry", "", BodyKind.HTML, "a web page: Sorry"),
        ("<p>Sorry <!-- <title>no</title>", "", BodyKind.HTML, "a web page: Sorry"),
        ("<title>A &#" + "9" * 5000 + ";", "", BodyKind.HTML, "a web page: A &#" + "9" * 495 + "…"),
    ],
)
def test_a_web_page_is_recognised(
    body: str, content_type: str, kind: BodyKind, message: str
) -> None:
    reply = read(Response(status=200, body=body.encode(), content_type=content_type))
    assert (reply.body, sentence_of(reply.reason)) == (kind, message)


def test_a_page_of_an_old_charset_is_readable() -> None:
    response = Response(
        status=502,
        body="<html><title>Błąd</title>".encode("iso-8859-2"),
        content_type="text/html; charset=ISO-8859-2",
    )
    assert sentence_of(read(response).reason) == "a web page: Błąd"


@pytest.mark.parametrize(
    ("status", "location", "message"),
    [
        (200, "", ""),
        (204, "", ""),
        (201, "https://acme.thulium.com/api/1", ""),
        (302, "https://acme.thulium.com/login", "redirected to https://acme.thulium.com/login"),
        (302, "", "HTTP 302 Found without an explanation"),
        (404, "", "HTTP 404 Not Found without an explanation"),
        (599, "", "HTTP 599 without an explanation"),
    ],
)
def test_an_empty_response_is_explained_unless_it_is_a_success(
    status: int, location: str, message: str
) -> None:
    assert sentence_of(read(Response(status=status, location=location)).reason) == message


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("9" * 400, 1e9),
        ("Mon, 02 Mar 2026 05:01:00 GMT", 60.0),
        ("Monday, 02-Mar-26 05:01:00 GMT", 60.0),
        ("Mon Mar  2 05:01:00 2026", 60.0),
        ("Mon, 02 Mar 2026 06:01:00 +0100", 60.0),
        ("Mon, 02 Mar 2026 04:59:00 GMT", 0.0),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("1e3", None),
        ("٣", None),
        ("5, 10", None),
        ("Mon, 32 Mar 2026 05:01:00 GMT", None),
        ("Mon, 02 Mar 99999 05:01:00 GMT", None),
    ],
)
def test_retry_after_counts_from_the_date_of_the_response(text: str, seconds: float | None) -> None:
    response = Response(status=503, retry_after=text, date="Mon, 02 Mar 2026 05:00:00 GMT")
    assert read(response).retry_after_seconds == seconds


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_retry_after_counts_from_now_when_the_response_has_no_date(date: str) -> None:
    response = Response(status=503, retry_after="Mon, 02 Mar 2026 04:00:30 GMT", date=date)
    assert read(response).retry_after_seconds == 30.0


@given(
    body=st.binary(max_size=300),
    content_type=st.sampled_from(["", HTML, JSON, "text/html; charset=windows-1250"]),
    status=st.integers(200, 599),
    retry_after=st.text(max_size=20),
    date=st.text(max_size=20),
)
def test_any_response_can_be_read(
    *, body: bytes, content_type: str, status: int, retry_after: str, date: str
) -> None:
    response = Response(
        status=status, body=body, content_type=content_type, retry_after=retry_after, date=date
    )
    reply = read(response)
    assert (reply.may_have_been_sent, reply.status, reply.code) == (True, status, f"http-{status}")
    said = sentence_of(reply.reason)
    assert len(said) <= 600
    assert said == printable(said)
    assert reply.retry_after_seconds is None or reply.retry_after_seconds >= 0


@pytest.mark.parametrize("depth", [100, 400, 900, 5000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"errors":', b"}")])
def test_json_of_any_depth_can_be_read(depth: int, opening: bytes, closing: bytes) -> None:
    reply = read(Response(status=400, body=opening * depth + b"1" + closing * depth))
    assert (reply.status, len(sentence_of(reply.reason)) <= 500) == (400, True)


JSON_DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["errors", "error", "message", "code", "http_status", "request_id"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(document=JSON_DOCUMENTS)
def test_any_json_document_can_be_read(document: object) -> None:
    message = sentence_of(read(Response(status=422, body=as_json(document))).reason)
    assert message == printable(message)
