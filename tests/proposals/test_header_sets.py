"""For exports of many programs, with right or wrong values, no wrong line is active."""

from __future__ import annotations

import random

import pytest
from proposed_tables import (
    AGREEING,
    HeaderSet,
    columns_with,
    header_sets,
    kinds_of,
    proposed,
)

from bulk_update.proposals import ProposedMapping, Target

SETS = header_sets("header_sets.json")
SIBLINGS = header_sets("sibling_header_sets.json")
ALL = [*SETS, *SIBLINGS]
TRIES = 2
LEAST_SHARE = 0.8
"""The share of the lines a person would write that is proposed, even if only as a comment."""

TARGETS = {
    "id": Target.IDENTIFIER,
    "status": Target.STATUS,
    "agent": Target.AGENT,
    "next": Target.NEXT_CALL,
    "phone": Target.FIELD,
}
ROLES = {target: role for role, target in TARGETS.items()}


def wrong_lines(found: ProposedMapping, given: HeaderSet, kinds: dict[str, str]) -> list[str]:
    """Return the active lines whose column has a different role or different kind of values."""
    return [
        f"{each.target}: {each.column.name} with {kinds[each.column.name]}"
        for each in found.proposals
        if each.is_active and not _is_right(each.target, each.column.name, given, kinds)
    ]


def _is_right(target: Target, column: str, given: HeaderSet, kinds: dict[str, str]) -> bool:
    role = ROLES.get(target, "")
    agreeing = AGREEING.get(role, set())
    return given.roles.get(role) == column and kinds[column] in agreeing


@pytest.mark.parametrize("given", ALL, ids=lambda given: given.name)
@pytest.mark.parametrize("seed", range(TRIES))
def test_with_true_values_no_active_line_is_wrong(given: HeaderSet, seed: int) -> None:
    dice = random.Random(f"{given.name} {seed}")
    kinds = kinds_of(given, dice)
    found = proposed(columns_with(given.headers, kinds, dice))
    assert wrong_lines(found, given, dict(zip(given.headers, kinds, strict=True))) == []


@pytest.mark.parametrize("given", ALL, ids=lambda given: given.name)
@pytest.mark.parametrize("seed", range(TRIES))
def test_with_values_of_other_columns_no_active_line_is_wrong(given: HeaderSet, seed: int) -> None:
    dice = random.Random(f"permuted {given.name} {seed}")
    kinds = kinds_of(given, dice)
    dice.shuffle(kinds)
    found = proposed(columns_with(given.headers, kinds, dice))
    assert wrong_lines(found, given, dict(zip(given.headers, kinds, strict=True))) == []


@pytest.mark.parametrize("given", ALL, ids=lambda given: given.name)
@pytest.mark.parametrize("seed", range(TRIES))
def test_with_values_of_another_program_no_active_line_is_wrong(
    given: HeaderSet, seed: int
) -> None:
    dice = random.Random(f"mixed {given.name} {seed}")
    other = dice.choice([each for each in ALL if each is not given])
    theirs = kinds_of(other, dice)
    kinds = [theirs[index % len(theirs)] for index in range(len(given.headers))]
    found = proposed(columns_with(given.headers, kinds, dice))
    assert wrong_lines(found, given, dict(zip(given.headers, kinds, strict=True))) == []


@pytest.mark.parametrize("sets", [SETS, SIBLINGS], ids=["given", "siblings"])
def test_most_lines_that_a_person_would_write_are_proposed(sets: list[HeaderSet]) -> None:
    wanted = {(given.name, role) for given in sets for role in given.roles}
    missing = {(given.name, role) for given in sets for role in _missing_roles(given)}
    assert 1 - len(missing) / len(wanted) >= LEAST_SHARE, sorted(missing)


def _missing_roles(given: HeaderSet) -> list[str]:
    dice = random.Random(given.name)
    found = proposed(columns_with(given.headers, kinds_of(given, dice), dice))
    there = {(each.target, each.column.name) for each in found.proposals}
    return [role for role, column in given.roles.items() if (TARGETS[role], column) not in there]


@pytest.mark.parametrize("given", ALL, ids=lambda given: given.name)
def test_a_misleading_column_is_never_proposed(given: HeaderSet) -> None:
    dice = random.Random(given.name)
    found = proposed(columns_with(given.headers, kinds_of(given, dice), dice))
    own = (Target.STATUS, Target.AGENT, Target.NEXT_CALL)
    caught = {each.column.name for target in own for each in found.of(target)}
    assert caught & set(given.traps) == set()
