"""Merging the bodies of requests into the known values of a record (RFC 7396)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_update.bookkeeping.known_values import compacted, merged, unknown

NAMES = st.sampled_from(["status_id", "record_fields", "miasto", "Ł"])
VALUES = st.recursive(st.text(max_size=3), lambda inner: st.dictionaries(NAMES, inner))
BODIES = st.dictionaries(NAMES, VALUES)


@pytest.mark.parametrize(
    ("known", "patch", "expected"),
    [
        ({}, {"status_id": "3"}, {"status_id": "3"}),
        ({"status_id": "3"}, {"status_id": "4"}, {"status_id": "4"}),
        ({"status_id": "3", "agent_login": "jan"}, {"status_id": None}, {"agent_login": "jan"}),
        (
            {"record_fields": {"miasto": "Hel", "vip": "1"}},
            {"record_fields": {"miasto": ""}},
            {"record_fields": {"miasto": "", "vip": "1"}},
        ),
        ({"record_fields": {"miasto": "Hel"}}, {"record_fields": {"miasto": None}},
         {"record_fields": {}}),
        ({"record_fields": "x"}, {"record_fields": {"vip": "1"}}, {"record_fields": {"vip": "1"}}),
        ({"never": "known"}, {"other": None}, {"never": "known"}),
    ],
)  # fmt: skip
def test_a_patch_replaces_its_own_fields_alone(
    known: dict[str, object], patch: dict[str, object], expected: dict[str, object]
) -> None:
    assert json.loads(merged(json.dumps(known), json.dumps(patch))) == expected


@given(known=BODIES, body=BODIES)
def test_a_body_of_uncertain_outcome_leaves_no_value_of_its_fields(
    known: dict[str, object], body: dict[str, object]
) -> None:
    after = json.loads(merged(json.dumps(known), unknown(json.dumps(body))))
    assert values_at(after, body) == []


def values_at(known: object, body: object) -> list[object]:
    """Return the known values of the fields that a body has."""
    if not isinstance(body, dict):
        return [known]
    if not isinstance(known, dict):
        return []
    return [
        each for name in body.keys() & known.keys() for each in values_at(known[name], body[name])
    ]


@given(known=BODIES, body=BODIES)
def test_the_same_body_changes_nothing_the_second_time(
    known: dict[str, object], body: dict[str, object]
) -> None:
    once = merged(json.dumps(known), json.dumps(body))
    assert json.loads(merged(once, json.dumps(body))) == json.loads(once)


def test_texts_keep_their_characters_and_lose_spaces_between_them() -> None:
    assert compacted('{ "miasto" : "Łódź i Hel" }') == '{"miasto":"Łódź i Hel"}'
