"""URLs made without parsing are the URLs that httpx would have parsed."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulk_update.client import request_path
from bulk_update.client.urls import LONGEST_PATH, Urls

BASES = (
    "https://acme.thulium.com",
    "http://127.0.0.1:8080",
    "http://[::1]:99",
    "https://acme.pl:444",
)
SEGMENTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(
    lambda text: text not in {".", ".."}
)


@settings(deadline=None)
@given(st.sampled_from(BASES), SEGMENTS)
def test_a_url_is_what_httpx_would_have_parsed(base: str, identifier: str) -> None:
    path = request_path("00001", identifier)
    made, parsed = Urls(base).url(path), httpx.URL(base + path)
    assert made == parsed
    assert made.raw_path == parsed.raw_path
    assert (made.scheme, made.host, made.port) == (parsed.scheme, parsed.host, parsed.port)


def test_a_url_that_is_too_long_is_refused_as_httpx_does() -> None:
    with pytest.raises(httpx.InvalidURL):
        Urls(BASES[0]).url("/" + "x" * LONGEST_PATH)
