"""No text about a notification URL contains a part of it."""

from __future__ import annotations

from urllib.parse import quote, unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_update.telling.redaction import HIDDEN, redacted, scheme_of

URLS = {
    "mailto://ana:geheim1@smtp.example.com?from=ana@example.com": "geheim1",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#ops": "TIiajkdnlazkcOXrIdevi7FQ",
    "tgram://123456789:abcdefg_hijklmnop/12315544/": "123456789:abcdefg_hijklmnop",
    "json://user:p%40ss%20word@localhost/path": "p@ss word",
    "workflows://prod-1.westus.example.com/643e69835/Sk2b?sig=a+b": "643e69835",
    "pover://abc@tok": "tok",
}


@pytest.mark.parametrize(("url", "secret"), URLS.items())
@pytest.mark.parametrize("form", ["{}", "({})", "/{}/", "'{}'.", "https://x.example/{}?y"])
def test_a_secret_is_hidden_in_whatever_form_a_library_says_it(
    url: str, secret: str, form: str
) -> None:
    for written in (secret, secret.upper(), quote(secret), quote(secret, safe="")):
        text = redacted(f"sending to {form.format(written)} failed, error=403", url)
        assert secret.lower() not in text.lower()
        assert written.lower() not in text.lower()
        assert "failed" in text


@pytest.mark.parametrize("url", URLS)
def test_a_url_is_hidden_as_a_whole(url: str) -> None:
    assert redacted(f"Unparseable URL {url}", url) == f"Unparseable URL {HIDDEN}"


def test_what_is_no_part_of_the_url_stays() -> None:
    text = "Failed to send JSON notification: Unauthorized, error=401."
    assert redacted(text, "json://a:geheim@h/x") == text


def test_a_reason_stays_readable_if_its_words_name_parameters_of_the_url() -> None:
    url = "mailto://ana:geheim@example.com?from=ana@example.com&to=eva@example.com"
    text = redacted('Connection error while submitting email to "example.com" from ana', url)
    assert text == f'Connection error while submitting email to "{HIDDEN}" from {HIDDEN}'
    assert redacted("sent to us", url.replace("eva@example.com", "to")) == f"sent {HIDDEN} us"


def test_what_looks_like_a_token_is_hidden() -> None:
    text = redacted("Authorization: Basic YW5hOmdlaGVpbWdlaGVpbQ==", "json://ana:geheimgeheim@h")
    assert text == f"Authorization: Basic {HIDDEN}"


def test_a_long_text_of_a_server_is_shortened_and_safe_to_print() -> None:
    text = redacted("a \x1b[31mred\u202e " + "word " * 1000, "json://h")
    assert text.isprintable()
    assert len(text) <= 201


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="/?#&=:@,;"), min_size=4).filter(
        lambda secret: not any(c.isspace() for c in secret) and "*" not in secret
    ),
    st.sampled_from(["json://{}@h/x", "json://u:{}@h", "slack://{}/b", "json://h/{}?a={}"]),
    st.text(),
)
def test_no_secret_is_left_in_any_text(secret: str, url: str, around: str) -> None:
    told = redacted(f"{around}{secret}{around}", url.format(quote(secret), quote(secret)))
    assert secret not in told
    assert unquote_plus(quote(secret)) not in told


@pytest.mark.parametrize(
    ("url", "scheme"),
    [("MailTo://x", "mailto"), ("  json://x", "json"), ("x", ""), ("://x", ""), ("a:b", "")],
)
def test_the_scheme_of_a_url(url: str, scheme: str) -> None:
    assert scheme_of(url) == scheme
