"""Which bodies of a 2xx response confirm an update, and which deny it."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bulk_update.client.redaction import Redactor
from bulk_update.client.replies import Response, reply_to
from bulk_update.client.responses import MAX_BODY_BYTES
from bulk_update.messages import sentence_of
from bulk_update.policy import Verdict, verdict_of
from bulk_update.records import BodyKind, Reply

CONFIRMING = [
    "",
    " \r\n",
    "OK",
    "ok",
    "Saved.",
    "Zapisano zmianę: żółć",
    "1",
    "true",
    "null",
    "0",
    "1 < 2",
    "no errors",
    "terror",
    '"OK"',
    '"no error"',
    "{}",
    "[]",
    "[1, false]",
    '{"code": 200, "message": "Record updated"}',
    '{"code": "204", "message": "Record updated"}',
    '{"code": 0, "message": "Zapisano zmianę"}',
    '{"code": null, "message": "Record updated"}',
    '{"code": "", "message": "Record updated"}',
    '{"code": 500}',
    '{"message": "Record updated"}',
    '{"message": "an error was fixed"}',
    '{"errors": []}',
    f'{{"id": {"9" * 5000}}}',
    '{"errors": {}, "error": null}',
    '{"error": false}',
    '{"error": ""}',
    '{"request_id": "r1"}',
    '{"success": true}',
    '{"ok": true, "result": {"id": 3}}',
    '{"result": "success"}',
    '{"result": 0}',
    '{"status": "ok"}',
    '{"status": 204}',
    '{"http_status": 204, "message": ""}',
    '{"http_status": "204"}',
    '[{"http_status": 204, "message": ""}, {"http_status": 399}]',
    '{"data": {"status": "error", "success": false, "errors": ["of another day"]}}',
    '{"note": "<b>bold</b>"}',
    "<response><status>ok</status></response>",
    '<?xml version="1.0"?><!-- a note --><saved><code>1</code></saved>',
]

DENYING = [
    '{"id": NaN}',
    "[1, Infinity]",
    '{"a": -Infinity}',
    "<!DOCTYPE html><title>Sorry</title>",
    "<html>",
    "<br />\n<b>Warning</b>: mysql_connect()",
    "<table><tr><td>Sorry",
    '<div class="alert">Sorry',
    "</div>",
    "<BODY>",
    "<h1",
    "<!-- Sorry -->",
    "  <p>Przepraszamy: żółć",
    '<?xml version="1.0"?>\n<!DOCTYPE html><html xmlns="x">',
    "Warning: something went wrong<br>",
    "Zapisano <b>nic</b>",
    '{"errors": ["No."]}',
    '{"errors": {"miasto": "is empty"}}',
    '{"errors": "No."}',
    '{"error": "No."}',
    '{"error": {"message": "No.", "code": 200}}',
    '{"error": true}',
    '{"Error": "No."}',
    '{"request_id": "r1", "errors": [{"message": "Błędny numer", "code": 111111}]}',
    '{"message": "No.", "code": 400}',
    '{"message": "No.", "code": "400"}',
    '{"message": "No.", "code": 1}',
    '{"message": "No.", "code": -1}',
    '{"message": "No.", "code": 300}',
    '{"message": "No.", "code": "E7"}',
    '{"message": "", "code": 5}',
    '{"http_status": 400}',
    '{"http_status": 404, "message": "No."}',
    '{"http_status": "500", "message": "No."}',
    '{"http_status": ' + "9" * 400 + "}",
    '[{"http_status": 204, "message": ""}, {"http_status": "404", "message": "No."}]',
    '{"items": [[{"http_status": 422}]]}',
    '[{"errors": ["No."]}]',
    '{"success": false}',
    '{"success": "False"}',
    '{"ok": false}',
    '{"result": false}',
    '{"result": "Failed"}',
    '{"result": " failure "}',
    '{"status": "ERROR", "message": "żółć"}',
    '{"status": "failed"}',
    '{"status": "failure"}',
    '{"status": "false"}',
    '{"status": false}',
    "false",
    " False\n",
    "error",
    "Error: no such record",
    "ERROR 1045 (28000): Access denied",
    "errors: żółć",
    '\n\t "error"',
    "'Error'",
    "\u201eError\u201d",
    "** ERROR **",
    "<error>No.</error>",
    '"Error: No."',
    '"<p>Sorry"',
    '"{\\"errors\\": [\\"No.\\"]}"',
    "{",
    "[",
    '"',
    '{"code": 200, "message": "Record upd',
    '{"code": 200} and more',
    "[OK]",
    '"OK" it is',
    "{'ok': True}",
    "{" + '"a":{' * 3000,
]

LOGIN_PAGES = [
    '<html><form><input type="password"></form>',
    "<input type=password>",
    "<title>Zaloguj się</title>",
]

MARKED_CHARSETS = ["utf-8-sig", "utf-16", "utf-32"]
UNMARKED_CHARSETS = ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
OLD_CHARSETS = ["iso-8859-2", "cp1250"]
CHARSETS = [*MARKED_CHARSETS, *UNMARKED_CHARSETS, *OLD_CHARSETS]

CONTENT_TYPES = [
    "",
    "text/html",
    "text/html; charset=utf-8",
    "text/plain",
    "text/plain; charset=iso-8859-1",
    "application/json",
    "application/json; charset=UTF-16",
    "application/octet-stream",
    "image/png; charset=no-such-charset",
    "text/html; charset=base64",
    "nonsense",
]


def raw_deflate(data: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflater.compress(data) + deflater.flush()


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    "X-GZIP": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": raw_deflate,
    "deflate, gzip": lambda data: gzip.compress(zlib.compress(data)),
    "gzip, chunked": gzip.compress,
}

BROKEN_ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data)[:-9],
    "x-gzip": lambda data: data + b"!",
    "deflate": lambda data: zlib.compress(data)[:-2],
    "Deflate": lambda data: raw_deflate(data)[:-1],
    "gzip, gzip": gzip.compress,
    "br": bytes,
    "zstd": bytes,
    "compress": bytes,
    "utf-8": bytes,
    ",".join(["gzip"] * 9): gzip.compress,
}


def read(body: bytes, *, content_type: str = "", encodings: str = "") -> Reply:
    response = Response(
        status=200,
        body=body,
        is_cut_off=len(body) > MAX_BODY_BYTES,
        content_type=content_type,
        encodings=encodings,
    )
    return reply_to(
        response, redactor=Redactor(()), now=lambda: datetime(2026, 3, 2, tzinfo=UTC), elapsed_ms=1
    )


def told_by(body: bytes, *, content_type: str = "", encodings: str = "") -> Verdict:
    return verdict_of(read(body, content_type=content_type, encodings=encodings))


@pytest.mark.parametrize("text", CONFIRMING, ids=lambda text: text[:40])
def test_a_harmless_body_confirms_the_update(text: str) -> None:
    assert told_by(text.encode()) is Verdict.ACCEPT


@pytest.mark.parametrize("text", DENYING, ids=lambda text: text[:40])
def test_a_body_that_reports_an_error_denies_the_update(text: str) -> None:
    assert told_by(text.encode()) is Verdict.DOUBT


@pytest.mark.parametrize("text", LOGIN_PAGES, ids=lambda text: text[:40])
def test_a_login_page_halts_the_run(text: str) -> None:
    assert told_by(text.encode()) is Verdict.HALT


@settings(deadline=None)
@given(
    text=st.sampled_from([*DENYING, *LOGIN_PAGES]),
    charset=st.sampled_from(CHARSETS),
    content_type=st.sampled_from(CONTENT_TYPES),
    encoding=st.sampled_from([*ENCODINGS.items(), *BROKEN_ENCODINGS.items()]),
)
def test_a_denial_is_recognised_in_any_charset_encoding_and_content_type(
    text: str, charset: str, content_type: str, encoding: tuple[str, Callable[[bytes], bytes]]
) -> None:
    name, encode = encoding
    body = encode(text.encode(charset, "replace"))
    verdict = told_by(body, content_type=content_type, encodings=name)
    assert verdict in {Verdict.DOUBT, Verdict.HALT}


@settings(deadline=None)
@given(
    text=st.sampled_from(CONFIRMING),
    charset=st.sampled_from([*MARKED_CHARSETS, "utf-8"]),
    content_type=st.sampled_from([name for name in CONTENT_TYPES if "html" not in name]),
    encoding=st.sampled_from([*ENCODINGS.items()]),
)
def test_a_confirmation_is_recognised_under_any_content_type_when_its_bytes_show_the_charset(
    text: str, charset: str, content_type: str, encoding: tuple[str, Callable[[bytes], bytes]]
) -> None:
    name, encode = encoding
    body = encode(text.encode(charset))
    assert told_by(body, content_type=content_type, encodings=name) is Verdict.ACCEPT


@settings(deadline=None)
@given(
    text=st.sampled_from(CONFIRMING),
    charset=st.sampled_from(CHARSETS),
    encoding=st.sampled_from([*ENCODINGS.items()]),
)
def test_a_confirmation_is_recognised_in_the_declared_charset(
    text: str, charset: str, encoding: tuple[str, Callable[[bytes], bytes]]
) -> None:
    name, encode = encoding
    body = encode(text.encode(charset))
    content_type = f'text/plain; Charset="{charset}"'
    assert told_by(body, content_type=content_type, encodings=name) is Verdict.ACCEPT


@settings(deadline=None)
@given(
    text=st.sampled_from([text for text in CONFIRMING if text.strip()]),
    encoding=st.sampled_from([*BROKEN_ENCODINGS.items()]),
)
@example(text="Saved.", encoding=("br", lambda data: data))
def test_a_body_that_cannot_be_decoded_denies_the_update(
    text: str, encoding: tuple[str, Callable[[bytes], bytes]]
) -> None:
    name, encode = encoding
    assert told_by(encode(text.encode()), encodings=name) is Verdict.DOUBT


@pytest.mark.parametrize("encodings", ["br", "gzip", "deflate", "chunked", "nonsense"])
def test_an_empty_body_confirms_the_update_with_any_content_encoding(encodings: str) -> None:
    assert told_by(b"", encodings=encodings) is Verdict.ACCEPT


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe\xfd",
        b"\xc3\x28",
        "Zapisano zmianę".encode("cp1250"),
        b"\x1f\x8b\x08\x00",
        b"OK\0",
        b"\0",
        "OK".encode("utf-16")[:-1],
    ],
)
def test_bytes_that_are_not_text_in_any_charset_deny_the_update(body: bytes) -> None:
    assert read(body).body is BodyKind.UNREADABLE


@pytest.mark.parametrize(
    ("encode", "encodings"), [(bytes, ""), (gzip.compress, "gzip"), (raw_deflate, "deflate")]
)
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"a" * MAX_BODY_BYTES, BodyKind.OTHER),
        (b"a" * (MAX_BODY_BYTES + 1), BodyKind.TOO_LONG),
        (b" " * (MAX_BODY_BYTES + 1), BodyKind.TOO_LONG),
        ("ż".encode() * MAX_BODY_BYTES, BodyKind.TOO_LONG),
        (b'{"a": "' + b"a" * MAX_BODY_BYTES + b'"}', BodyKind.TOO_LONG),
        (b"Error: " + b"a" * MAX_BODY_BYTES, BodyKind.ERRORS),
        (b"<p>" + b"a" * MAX_BODY_BYTES, BodyKind.HTML),
    ],
    ids=["just read", "too long", "spaces", "half a letter", "JSON", "error", "page"],
)
def test_a_body_over_the_size_limit_denies_the_update(
    body: bytes, kind: BodyKind, encode: Callable[[bytes], bytes], encodings: str
) -> None:
    read_bytes = encode(body)[: MAX_BODY_BYTES + 1]
    assert read(read_bytes, encodings=encodings).body is kind


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (b"+AHsAIg-errors+ACI-: [1]+AH0-", "utf-7"),
        ('{"errors": ["b\u0142\u0105d"]}'.encode("utf-7"), "UTF-7"),
        ("\uff1c error".replace("\uff1c", "").encode("iso-2022-jp"), "iso-2022-jp"),
    ],
)
def test_charsets_that_use_only_ascii_bytes_are_decoded(body: bytes, charset: str) -> None:
    reply = read(body, content_type=f"application/json; charset={charset}")
    assert reply.body is BodyKind.ERRORS


def test_several_gzip_members_are_one_body() -> None:
    body = gzip.compress(b"O") + gzip.compress(b"K") + bytes(8)
    assert (sentence_of(read(body, encodings="gzip").reason), told_by(body, encodings="gzip")) == (
        "OK",
        Verdict.ACCEPT,
    )


@pytest.mark.parametrize(
    ("body", "encodings", "message"),
    [
        (b"No.", "gzip", "the body is truncated or not valid gzip: No."),
        (
            gzip.compress(b"No. " * 9, mtime=0)[:-8],
            "gzip",
            "the body is truncated or not valid gzip: ",
        ),
        (b"No.", "deflate", "the body is truncated or not valid deflate: No."),
        (b"\x8b\x02", "br", "the body has an unknown encoding (br)"),
        (b"No.", "br", "the body has an unknown encoding (br): No."),
        ("Błąd".encode("cp1250"), "", "B\ufffd\ufffdd"),
    ],
)
def test_an_unreadable_body_is_quoted_as_far_as_possible(
    body: bytes, encodings: str, message: str
) -> None:
    reply = read(body, encodings=encodings)
    assert reply.body is BodyKind.UNREADABLE
    assert sentence_of(reply.reason).startswith(message)


HOSTILE: dict[str, Callable[[int], bytes]] = {
    "open tags": lambda n: b"<p" * n,
    "open titles": lambda n: b"<title" * n,
    "open inputs": lambda n: b"<input type= " * n,
    "an input of spaces": lambda n: b"<input type" + b" " * n + b">",
    "comments": lambda n: b"<p><!--" * n,
    "scripts": lambda n: b"<script>" * n,
    "less-than signs": lambda n: b"<p>" + b"< " * n,
    "nested lists": lambda n: b"[" * n,
    "nested objects": lambda n: b'{"a":' * n,
    "lists of lists": lambda n: b"[" + b"[1]," * n + b"1]",
    "an object of many fields": lambda n: b"{" + b",".join(b'"%d":1' % i for i in range(n)) + b"}",
    "deep words": lambda n: b'{"a":' * 90 + b'"' + b"x" * n + b'"' + b"}" * 90,
    "spaces": lambda n: b" " * n + b"x",
    "dashes before an error": lambda n: b"-" * n + b"erro",
    "entities": lambda n: b"<p>" + b"&#1" * n,
    "a long number": lambda n: b"1" * n,
    "processing instructions": lambda n: b"<?a?>" * n,
    "document types": lambda n: b"<!doctype " * n,
}


def seconds_to_read(body: bytes, *, content_type: str, encodings: str) -> float:
    began = time.process_time()
    read(body, content_type=content_type, encodings=encodings)
    return time.process_time() - began


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("content_type", ["", "text/html"])
def test_any_body_is_read_in_linear_time(kind: str, content_type: str) -> None:
    """Eight times the length may take eight times as long; quadratic time would take 64 times."""
    make = HOSTILE[kind]
    size = 2_000
    for _ in range(5):  # other programs may interfere
        short, long = (
            min(
                seconds_to_read(make(length), content_type=content_type, encodings="")
                for _ in range(3)
            )
            for length in (size, 8 * size)
        )
        if long <= 24 * max(short, 0.0005):
            return
    pytest.fail(f"{long / short:.0f} times as long for 8 times the length")


def test_many_gzip_members_are_read_in_linear_time() -> None:
    def seconds(members: int) -> float:
        body = gzip.compress(b"") * members
        return min(seconds_to_read(body, content_type="", encodings="gzip, gzip") for _ in range(3))

    assert any(seconds(16_000) <= 24 * max(seconds(2_000), 0.0005) for _ in range(5))


@settings(deadline=None)
@given(
    document=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["errors", "error", "message", "code", "http_status", "success", "status"]
                ),
                inner,
                max_size=3,
            )
        ),
        max_leaves=8,
    )
)
def test_a_denial_is_recognised_in_json_that_is_escaped_twice(document: object) -> None:
    once = json.dumps(document)
    if told_by(once.encode()) is not Verdict.ACCEPT and isinstance(document, dict | list):
        assert told_by(json.dumps(once).encode()) is not Verdict.ACCEPT
