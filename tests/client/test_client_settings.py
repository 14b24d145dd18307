from __future__ import annotations

import pytest

from bulk_update.client import Connection, parse_base_url, parse_proxy, proxy_from_environment
from bulk_update.client.proxies import Proxy
from bulk_update.errors import UsageError

ACME = "https://acme.thulium.com"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (ACME, ACME),
        (" https://acme.thulium.com/ ", ACME),
        ("HTTPS://ACME.Thulium.COM", ACME),
        ("https://acme.thulium.com.", ACME),
        ("https://acme.thulium.com/api", ACME),
        ("https://acme.thulium.com/api/", ACME),
        ("https://acme.thulium.com:443", ACME),
        ("https://acme.thulium.com:8443", "https://acme.thulium.com:8443"),
        ("https://łódź.thulium.com", "https://xn--d-uga0v4h.thulium.com"),
        ("https://192.0.2.7", "https://192.0.2.7"),
        ("https://[2001:DB8:0::7]:8443", "https://[2001:db8::7]:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://LOCALHOST:80", "http://localhost"),
        ("http://127.0.0.2:8000/", "http://127.0.0.2:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_base_url_has_one_canonical_form(text: str, canonical: str) -> None:
    assert parse_base_url(text) == canonical
    assert parse_base_url(canonical) == canonical


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("", "is empty or contains spaces"),
        ("https://acme thulium.com", "is empty or contains spaces"),
        ("https://acme.thulium.com\\api", "is empty or contains spaces"),
        ("acme.thulium.com", "does not begin with https://"),
        ("ftp://acme.thulium.com", "does not begin with https://"),
        ("http://acme.thulium.com", "is not encrypted"),
        ("http://127.0.0.1.thulium.com", "is not encrypted"),
        ("http://localhost.thulium.com", "is not encrypted"),
        ("https://acme.thulium.com/app", "has a path"),
        ("https://acme.thulium.com/?x=1", "has a path"),
        ("https://acme.thulium.com/#x", "has a path"),
        ("https://", "has no host name"),
        ("https://:8443", "has no host name"),
        ("https://acme..thulium.com", "has no host name"),
        ("https://-acme.thulium.com", "has no host name"),
        ("https://acme%2Ethulium.com", "has no host name"),
        (f"https://{'a' * 64}.com", "has no host name"),
        ("https://acme.thulium.com:0", "has port 0"),
        ("https://acme.thulium.com:70000", "is not a valid URL"),
        ("https://acme.thulium.com:pw", "is not a valid URL"),
        ("https://[::1", "is not a valid URL"),
        ("https://robot@acme.thulium.com", "contains a user name or a password"),
    ],
)
def test_an_invalid_base_url_is_rejected(text: str, finding: str) -> None:
    with pytest.raises(UsageError, match=finding) as caught:
        parse_base_url(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "https://robot:hunter2@acme.thulium.com",
        "https://robot:hunter2@acme.thulium.com:pw",
        "https://robot:hunter2 @acme.thulium.com",
        "robot:hunter2@acme.thulium.com",
        "https://robot:hunter2@acme.thulium.com:0",
        "https://robot:hunter2@",
    ],
)
def test_a_rejected_url_is_quoted_without_its_password(text: str) -> None:
    with pytest.raises(UsageError) as base_url:
        parse_base_url(text)
    with pytest.raises(UsageError) as proxy:
        parse_proxy(
            text.replace("https", "socks5").replace("robot", "socks5://robot"), base_url=ACME
        )
    assert "hunter2" not in f"{base_url.value} {proxy.value}"


def test_a_connection_does_not_show_its_secrets() -> None:
    connection = Connection(ACME, "robot", "hunter2", proxy="http://me:hunter3@proxy:3128")
    assert "hunter" not in repr(connection)
    assert "hunter" not in repr(Proxy.of("http://me:hunter3@proxy:3128"))


@pytest.mark.parametrize(
    ("username", "password", "finding"),
    [
        ("ro:bot", "x", "contains a colon"),
        ("robot", "\udcff", "not UTF-8"),
        ("\udcff", "x", "not UTF-8"),
    ],
)
def test_credentials_that_basic_authentication_cannot_carry_are_rejected(
    username: str, password: str, finding: str
) -> None:
    with pytest.raises(UsageError, match=finding):
        Connection(ACME, username, password)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("http://proxy.acme.pl:3128", "http://proxy.acme.pl:3128"),
        ("HTTP://proxy.acme.pl:3128/", "http://proxy.acme.pl:3128"),
        (" proxy.acme.pl:3128 ", "http://proxy.acme.pl:3128"),
        ("proxy.acme.pl", "http://proxy.acme.pl"),
        ("http://me:p%40ss@proxy.acme.pl:3128", "http://me:p%40ss@proxy.acme.pl:3128"),
    ],
)
def test_a_proxy_url_is_parsed(text: str, canonical: str) -> None:
    assert parse_proxy(text, base_url=ACME) == canonical


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("socks5://proxy:1080", "socks5:// proxies are not supported"),
        ("https://proxy:3128", "https:// proxies are not supported"),
        ("http://:3128", "has no host name"),
        ("http://proxy:3128/path", "has a path"),
        ("http://proxy:3128?x", "has a path"),
        ("http://proxy:99999", "is not a valid URL"),
    ],
)
def test_an_invalid_proxy_url_is_rejected(text: str, finding: str) -> None:
    with pytest.raises(UsageError, match=finding):
        parse_proxy(text, base_url=ACME)


def test_a_proxy_for_a_server_on_loopback_is_rejected() -> None:
    with pytest.raises(UsageError, match="which is this machine"):
        parse_proxy("http://proxy:3128", base_url="http://127.0.0.1:8000")


@pytest.mark.parametrize(
    ("url", "proxy", "credentials"),
    [
        (
            "http://me:p%40ss%C5%BC@proxy:3128",
            Proxy("http://proxy:3128", "proxy", 3128, "me", "p@ssż"),
            "me:p@ssż",
        ),
        ("http://token@proxy", Proxy("http://proxy", "proxy", 80, "token"), "token:"),
        ("http://[::1]:3128", Proxy("http://[::1]:3128", "::1", 3128), ""),
    ],
)
def test_a_proxy_url_is_split_into_address_and_credentials(
    url: str, proxy: Proxy, credentials: str
) -> None:
    assert Proxy.of(url) == proxy
    assert proxy.credentials == credentials


PROXY = "http://proxy:3128"


@pytest.mark.parametrize(
    ("base_url", "environ", "proxy"),
    [
        (ACME, {}, None),
        (ACME, {"HTTPS_PROXY": PROXY}, PROXY),
        (ACME, {"HTTPS_PROXY": "proxy:3128"}, PROXY),
        (ACME, {"https_proxy": PROXY, "HTTPS_PROXY": "http://other:1"}, PROXY),
        (ACME, {"https_proxy": "", "HTTPS_PROXY": PROXY}, None),
        (ACME, {"HTTP_PROXY": PROXY}, None),
        (ACME, {"HTTPS_PROXY": PROXY, "NO_PROXY": "example.com"}, PROXY),
        (ACME, {"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}, None),
        (ACME, {"HTTPS_PROXY": PROXY, "NO_PROXY": "x, Thulium.com ,y"}, None),
        (ACME, {"HTTPS_PROXY": PROXY, "NO_PROXY": ".thulium.com"}, None),
        (ACME, {"HTTPS_PROXY": PROXY, "NO_PROXY": "acme.thulium.com"}, None),
        (ACME, {"HTTPS_PROXY": PROXY, "NO_PROXY": "me.thulium.com"}, PROXY),
        (f"{ACME}:8443", {"HTTPS_PROXY": PROXY, "NO_PROXY": "acme.thulium.com:8443"}, None),
        (f"{ACME}:8443", {"HTTPS_PROXY": PROXY, "NO_PROXY": "acme.thulium.com:443"}, PROXY),
        (ACME, {"HTTPS_PROXY": PROXY, "NO_PROXY": " , "}, PROXY),
        ("https://localhost:8443", {"HTTPS_PROXY": PROXY}, None),
        ("http://127.0.0.1:8000", {"HTTPS_PROXY": PROXY, "HTTP_PROXY": PROXY}, None),
    ],
)
def test_the_proxy_is_taken_from_the_environment(
    base_url: str, environ: dict[str, str], proxy: str | None
) -> None:
    assert proxy_from_environment(base_url, environ) == proxy
