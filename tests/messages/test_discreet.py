"""What a log says about an issue: nothing from a cell, and no identifier."""

from __future__ import annotations

import pytest

from bulk_update.messages import CATALOGUE, discreet_sentence, numbers_of, sentence_of
from bulk_update.messages.catalogue import (
    ANNOUNCEMENTS,
    ENDS,
    LEARNED,
    LEARNED_NOTICES,
    NOTES,
    NOTICES,
    SENDING,
    STOPPED,
)
from bulk_update.messages.rendering import PLACEHOLDER
from bulk_update.records import Issue, Param

CELL = "Anna Nowak +48 600 100 200"

FROM_CELLS = {"text", "one", "other", "identifier"}
"""The parameters that hold what is in a cell, besides those that are counted."""

LOGGED = {**NOTICES, **ANNOUNCEMENTS, **LEARNED_NOTICES, **LEARNED, **STOPPED, **NOTES}


def variants() -> list[tuple[str, str]]:
    return [
        (code, variant)
        for code, entry in LOGGED.items()
        if code not in ENDS
        for variant in ("", *entry.variants)
    ]


@pytest.mark.parametrize(("code", "variant"), variants())
def test_no_notice_and_no_reason_of_a_run_shows_a_cell(code: str, variant: str) -> None:
    entry = CATALOGUE[code]
    params: dict[str, Param] = {}
    for template in (entry.sentence, *entry.variants.values()):
        for found in PLACEHOLDER.finditer(template):
            if found["form"] == "counted":
                params[found["name"]] = (CELL, "1")
            elif found["name"] in FROM_CELLS:
                params[found["name"]] = CELL
    assert CELL not in discreet_sentence(Issue(code, params, variant))


SERVER = f"no record {CELL}"


@pytest.mark.parametrize(
    ("issue", "sentence"),
    [
        (Issue("http-401", {"words": SERVER}), "HTTP 401"),
        (Issue("http-302", {"location": f"https://x/{SERVER}"}, "redirect"), "HTTP 302"),
        (Issue("http-503", {"words": SERVER}, "page"), "HTTP 503"),
        (
            Issue("unexpected-body", {"status": 200, "words": SERVER}, "page"),
            "HTTP 200 with a body that does not confirm the update: a web page",
        ),
        (
            Issue("unexpected-body", {"status": 200, "words": SERVER}),
            CATALOGUE["unexpected-body"].meaning,
        ),
        (
            Issue("proxy-407", {"host": "p", "port": 8080, "status": 407, "words": SERVER}),
            "proxy p:8080: HTTP 407",
        ),
    ],
)
def test_what_a_server_said_is_left_out(issue: Issue, sentence: str) -> None:
    assert discreet_sentence(issue) == sentence


@pytest.mark.parametrize(
    ("code", "variant"),
    [(code, variant) for code, entry in SENDING.items() for variant in ("", *entry.variants)],
)
def test_no_reason_of_an_attempt_shows_what_a_server_said(code: str, variant: str) -> None:
    params: dict[str, Param] = {"status": 500, "host": "x", "port": 1}
    if code != "tls":  # its words are the library's
        params |= {"words": SERVER, "location": SERVER}
    issue = Issue(code.replace("<status>", "500"), params, variant)
    assert CELL not in discreet_sentence(issue)


def test_a_sentence_about_cells_is_replaced_by_the_meaning_of_its_code() -> None:
    issue = Issue("look-alikes", {"count": 2, "one": "A0", "first": 2, "other": "AO", "last": 9})
    assert discreet_sentence(issue) == CATALOGUE["look-alikes"].meaning
    assert numbers_of(issue) == {"count": 2, "first": 2, "last": 9}


@pytest.mark.parametrize(
    "issue",
    [
        Issue("unmapped-columns", {"count": 2}),
        Issue("max-rows", {"rows": 500, "limit": "100"}),
        Issue("blank-column", {"column": "Termin", "left_out": 0, "runs": 10}),
        Issue("usage", {"option": "--limit", "fault": Issue("usage")}, "option"),
        Issue("http-503", {"status": 503}, "bare"),
    ],
)
def test_a_sentence_without_cells_is_the_usual_one(issue: Issue) -> None:
    assert discreet_sentence(issue) == sentence_of(issue)
