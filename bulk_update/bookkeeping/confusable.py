"""Identifiers that a person can confuse with others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LostZeros:
    """The number of groups that differ only in leading zeros, with two identifiers of the first."""

    groups: int
    pair: tuple[str, int, str, int]


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """How many identifiers can be confused, with the first examples (identifier, row number).

    `groups` counts the sets of different identifiers that look alike, `disguised` the rows whose
    identifier contains characters that look like plain ones.
    """

    groups: int
    pair: tuple[str, int, str, int] | None
    disguised: int
    example: tuple[str, int] | None
