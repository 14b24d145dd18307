"""Notifications are delivered in a process of their own, in time, and without their secrets."""

from __future__ import annotations

import logging
import re
import socket
import time
from collections.abc import Callable

import pytest
from inboxes import mail_inbox, web_inbox
from unreachable_ports import refused_port

from bulk_update.errors import UsageError
from bulk_update.messages import sentence_of
from bulk_update.telling.changes import News
from bulk_update.telling.delivery import deliver, faults_of, require_apprise
from bulk_update.telling.message import Message

MESSAGE = Message("bulk-update: nightly failed", "Job: nightly\n- 3 rows < 5 & *more*")
SECRET = "Gehe1mnis"


def delivered(
    *urls: str,
    news: News = News.FAILED,
    seconds: float = 10.0,
    is_urgent: Callable[[], bool] = lambda: False,
) -> list[str]:
    """Return why each notification failed; empty: it did not."""
    messages = [(news, MESSAGE)] * len(urls)
    faults = deliver(urls, messages, is_urgent=is_urgent, seconds=seconds)
    return [sentence_of(fault) if fault else "" for fault in faults]


def test_a_mail_arrives_as_plain_text() -> None:
    with mail_inbox() as (inbox, port):
        url = f"mailto://127.0.0.1:{port}?from=robot@example.com&to=ops@example.com&format=text"
        assert delivered(url) == [""]
    (mail,) = inbox.mails
    assert mail.recipients == ("ops@example.com",)
    assert mail.subject == MESSAGE.title
    assert mail.text.splitlines() == MESSAGE.body.splitlines()


def test_a_mail_in_html_shows_the_same_text() -> None:
    with mail_inbox() as (inbox, port):
        url = f"mailto://127.0.0.1:{port}?from=robot@example.com&to=ops@example.com&format=html"
        assert delivered(url) == [""]
    assert "3 rows &lt; 5 &amp; *more*" in inbox.mails[0].html.replace("&nbsp;", " ")


def test_every_target_gets_its_own_result() -> None:
    with web_inbox(lambda path: 403 if "no" in path else 200) as inbox, refused_port() as dead:
        host = f"127.0.0.1:{inbox.port}"
        found = delivered(
            f"json://{host}/yes", f"json://{host}/no/{SECRET}", f"json://{SECRET}@127.0.0.1:{dead}/"
        )
    assert found[0] == ""
    assert "error=403" in found[1]
    assert "Connection error" in found[2]
    assert not any(SECRET in reason for reason in found)
    assert sorted(inbox.paths) == [f"/no/{SECRET}", "/yes"]


def test_a_mail_server_that_refuses_is_a_failure_without_secrets() -> None:
    with mail_inbox(f"554 no mail for {SECRET}") as (_inbox, port):
        url = f"mailto://127.0.0.1:{port}?from=robot@example.com&to={SECRET}@example.com"
        (reason,) = delivered(url)
    assert reason
    assert SECRET not in reason


@pytest.mark.parametrize("scheme", ["json", "mailto"])
def test_a_server_that_hangs_ends_with_the_deadline(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, web_inbox() as inbox:
        port = listening.getsockname()[1]
        hanging = f"{scheme}://127.0.0.1:{port}?from=robot@example.com&to=ops@example.com&rto=60"
        began = time.monotonic()
        found = delivered(hanging, f"json://127.0.0.1:{inbox.port}/", seconds=6.0)
        assert time.monotonic() - began < 8
    assert found == ["no response in time", ""]


def test_a_signal_ends_the_delivery() -> None:
    with web_inbox(lambda _path: None) as inbox:
        found = delivered(
            f"json://127.0.0.1:{inbox.port}/?rto=60", is_urgent=lambda: bool(inbox.posts)
        )
    assert found == ["interrupted by a signal"]


def test_without_apprise_it_is_said_how_to_install_it() -> None:
    require_apprise()
    with pytest.raises(UsageError, match=re.escape('pip install "bulk-update[notify]"')):
        require_apprise(lambda _name: None)


BAD_URLS = [
    f"foo://{SECRET}",
    SECRET,
    "",
    f"mailto://{SECRET}",
    f"slack://{SECRET}",
    f"mailto:{SECRET}@example.com",
    f"json://h, foo://{SECRET}",
    f"http://{SECRET}.example.com/x",
    f"file:///etc/{SECRET}",
]


def test_a_url_that_apprise_cannot_use_is_found_before_anything_is_sent(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        faults = faults_of([*BAD_URLS, f"json://{SECRET}@127.0.0.1/{SECRET}"])
    assert sorted(faults) == list(range(len(BAD_URLS)))
    assert all(faults.values())
    assert SECRET.lower() not in str(faults).lower() + caplog.text + "".join(capfd.readouterr())
