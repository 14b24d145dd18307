"""A notification says what a person needs, and nothing that must not leave the company."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_update.exits import ExitCode
from bulk_update.language import speaking
from bulk_update.records import Status
from bulk_update.telling.changes import News, Standing
from bulk_update.telling.message import (
    LONGEST_BODY,
    LONGEST_TITLE,
    Facts,
    RowReason,
    harmless,
    message_of,
)

FACTS = Facts(
    command="run",
    job="nightly-crm",
    system="acme.thulium.com",
    host="crm-host",
    standing=Standing(1, "rows"),
    counts={Status.UPDATED: 11_988, Status.INVALID: 9, Status.IN_DOUBT: 3, Status.FAILED: 0},
    reasons=(RowReason("timeout"), RowReason("bad-date", ("Termin",)), RowReason("http-404")),
    file="/exports/crm_2026-11-30.csv",
    run_id="20261130-021500-k3f9",
    folder="/var/lib/bulk-update/results/20261130-021500-k3f9",
)


def test_a_notification_says_what_happened_where_and_where_to_look() -> None:
    title, body = message_of(News.FAILED, FACTS)
    assert title == "bulk-update: nightly-crm failed with exit code 1"
    assert body.splitlines() == [
        "Command: run",
        "Job: nightly-crm",
        "System: acme.thulium.com",
        "Host: crm-host",
        "Exit code: 1, finished, but some rows need attention",
        "Rows: 11,988 updated, 9 invalid, 3 in doubt",
        "Run: 20261130-021500-k3f9",
        "File: crm_2026-11-30.csv",
        "Folder: /var/lib/bulk-update/results/20261130-021500-k3f9",
        "Most frequent reasons:",
        "- timeout: the request was sent, and no complete response arrived within '--timeout'",
        "- bad-date in Termin: not a valid date, or not in one of the rule's 'formats'",
        "- http-404: Not Found",
    ]


def test_a_notification_is_in_the_current_language() -> None:
    with speaking("pl"):
        title, body = message_of(News.FAILED, FACTS)
    assert title == "bulk-update: nightly-crm nie powiodło się (kod wyjścia 1)"
    lines = body.splitlines()
    assert lines[0] == "Polecenie: run"
    assert "Kod wyjścia: 1, zakończono, ale niektóre wiersze wymagają uwagi" in lines
    assert "Najczęstsze przyczyny:" in lines
    assert lines[5].startswith("Wiersze: ")
    assert lines[5].endswith("updated, 9 invalid, 3 in doubt")


def test_a_notification_leaves_out_what_is_not_known() -> None:
    facts = Facts(command="run", job="crm.yaml", host="vm", standing=Standing(2, "mapping"))
    assert message_of(News.FAILED, facts).body.splitlines() == [
        "Command: run",
        "Job: crm.yaml",
        "Host: vm",
        "Exit code: 2, the command or its input cannot be used, or the plan was not approved",
        "Reason: mapping: the mapping is wrong, or does not fit the file",
    ]


@pytest.mark.parametrize("news", News)
def test_every_news_has_a_title(news: News) -> None:
    title = message_of(news, FACTS).title
    assert title.startswith("bulk-update: nightly-crm ")
    assert "{" not in title


@pytest.mark.parametrize("code", ExitCode)
def test_every_exit_code_has_a_meaning(code: ExitCode) -> None:
    facts = replace(FACTS, standing=Standing(code, "rows"))
    assert f"Exit code: {code}, unknown" not in message_of(News.FAILED, facts).body


@given(st.text(), st.text(), st.text(), st.lists(st.text(), max_size=5), st.sampled_from(News))
def test_no_name_can_bring_markup_links_mentions_or_lines_into_a_notification(
    job: str, path: str, code: str, columns: list[str], news: News
) -> None:
    hostile = replace(
        FACTS, job=job, host=path, file=path, folder=path, run_id=code,
        reasons=(RowReason(code, tuple(columns)),), standing=Standing(4, code),
    )  # fmt: skip
    plain = message_of(news, hostile)
    assert len(plain.title) <= LONGEST_TITLE
    assert len(plain.body) <= LONGEST_BODY
    assert not set('<>[]{}`*~|\\@#&!$^"\r\t\u2028\u202e') & {*plain.title, *plain.body}
    assert "//" not in plain.title + plain.body
    assert all(character.isprintable() or character == "\n" for character in plain.body)
    assert len(plain.body.splitlines()) <= len(message_of(news, FACTS).body.splitlines())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("crm_2026-11-30 (1).csv", "crm_2026-11-30 (1).csv"),
        ("Zażółć gęślą", "Zażółć gęślą"),
        ("C:\\Dane\\wyniki", "C:/Dane/wyniki"),
        ("[here](https://evil.example)", "?here?(https:/evil.example)"),
        ("<!channel> @everyone", "??channel? ?everyone"),
        ("a\nb\u202ec", "a?b?c"),
        ("x" * 100, "x" * 59 + "…"),
    ],
)
def test_a_name_is_shown_without_what_means_something_to_a_service(text: str, shown: str) -> None:
    assert harmless(text, most=60) == shown
