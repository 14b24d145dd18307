"""Shapes of texts: an address, a phone number, a key.

A column has a shape if all its filled cells have it. A shape can contradict a column's name (an
"ID" that holds phone numbers), but is never enough for an active line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType


class Shape(StrEnum):
    """The shape of all filled cells of a column."""

    EMAIL = "email"
    PHONE = "phone"
    PESEL = "pesel"
    NIP = "nip"
    REGON = "regon"
    POSTCODE = "postcode"
    BANK_ACCOUNT = "bank-account"
    URL = "url"
    AMOUNT = "amount"
    GUID = "guid"
    DIGITS = "digits"
    CAMPAIGN = "campaign"
    LOGIN = "login"
    KEY = "key"
    """Letters, digits and a few signs, without spaces, with at least one digit."""


NEVER_A_KEY = (
    Shape.EMAIL, Shape.PHONE, Shape.PESEL, Shape.NIP, Shape.REGON, Shape.POSTCODE,
    Shape.BANK_ACCOUNT, Shape.URL, Shape.AMOUNT,
)  # fmt: skip
"""Shapes of texts that identify a person, a place or an amount, not a campaign record."""

PHONE_SIGNS = " -()."
"""What phone numbers are grouped with."""

_LONGEST = 100
_MOBILE = "45|50|51|53|57|60|66|69|72|73|78|79|88"
_AREA = "1[2-8]|2[2-59]|3[2-4]|4[1-468]|5[24-689]|6[1-3578]|7[14-7]|8[1-79]|9[145]"
_NATIONAL_PHONE = re.compile(
    f"(?:(?:00)?48)?(?:{_MOBILE}|{_AREA})[0-9]{{7}}|0(?:{_AREA})[0-9]{{7}}"
)
_PHONE = re.compile(r"\+[0-9][0-9 ().-]{6,20}|\(?[0-9]{3}\)?[ .-][0-9]{3}[ .-][0-9]{4}")
_SEPARATORS = str.maketrans("", "", " -()")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_POSTCODE = re.compile("[0-9]{2}-[0-9]{3}")
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_AMOUNT = re.compile("[+-]?[0-9][0-9 \u00a0\u202f.,']*[.,][0-9]{1,2}(?: ?[A-Za-z$€ł]{1,3})?")
_GUID = re.compile(r"\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?", re.IGNORECASE)
_DIGITS = re.compile("[0-9]+")
_CAMPAIGN = re.compile("0[0-9]{4}")
_LOGIN = re.compile(r"(?=.*[a-z])[a-z0-9][a-z0-9._-]{1,63}")
_KEY = re.compile(r"(?=.*[0-9])\{?[0-9A-Za-z][0-9A-Za-z._/-]{0,63}\}?")
_BANK_ACCOUNT = re.compile("(?:[A-Z]{2})?[0-9]{26}")

_PESEL_WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
_NIP_WEIGHTS = (6, 5, 7, 2, 3, 4, 5, 6, 7)
_MONTHS = range(1, 13)
_MONTHS_A_CENTURY = 20
"""A PESEL adds a multiple of 20 to the month, which shows the century."""
_REGON_WEIGHTS = (8, 9, 2, 3, 4, 5, 6, 7)


def has_shape(text: str, shape: Shape) -> bool:
    """Return whether a trimmed, non-blank text has a shape."""
    return len(text) <= _LONGEST and _TESTS[shape](text)


def _is_phone(text: str) -> bool:
    digits = text.translate(_SEPARATORS)
    return (_NATIONAL_PHONE.fullmatch(digits) or _PHONE.fullmatch(text)) is not None


def _is_pesel(text: str) -> bool:
    """Return whether eleven digits have a valid check digit and month of a PESEL."""
    return (
        len(text) == len(_PESEL_WEIGHTS)
        and _DIGITS.fullmatch(text) is not None
        and int(text[2:4]) % _MONTHS_A_CENTURY in _MONTHS
        and sum(map(_times, text, _PESEL_WEIGHTS)) % 10 == 0
    )


def _is_nip(text: str) -> bool:
    digits = text.removeprefix("PL").translate(_SEPARATORS)
    return (
        len(digits) == len(_NIP_WEIGHTS) + 1
        and _DIGITS.fullmatch(digits) is not None
        and sum(map(_times, digits, _NIP_WEIGHTS)) % 11 == int(digits[-1])
    )


def _is_regon(text: str) -> bool:
    return (
        len(text) == len(_REGON_WEIGHTS) + 1
        and _DIGITS.fullmatch(text) is not None
        and sum(map(_times, text, _REGON_WEIGHTS)) % 11 % 10 == int(text[-1])
    )


def _times(digit: str, weight: int) -> int:
    return int(digit) * weight


def _is_bank_account(text: str) -> bool:
    return _BANK_ACCOUNT.fullmatch(text.replace(" ", "")) is not None


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


_TESTS: Mapping[Shape, Callable[[str], bool]] = MappingProxyType(
    {
        Shape.EMAIL: _matches(_EMAIL),
        Shape.PHONE: _is_phone,
        Shape.PESEL: _is_pesel,
        Shape.NIP: _is_nip,
        Shape.REGON: _is_regon,
        Shape.POSTCODE: _matches(_POSTCODE),
        Shape.BANK_ACCOUNT: _is_bank_account,
        Shape.URL: _matches(_URL),
        Shape.AMOUNT: _matches(_AMOUNT),
        Shape.GUID: _matches(_GUID),
        Shape.DIGITS: _matches(_DIGITS),
        Shape.CAMPAIGN: _matches(_CAMPAIGN),
        Shape.LOGIN: _matches(_LOGIN),
        Shape.KEY: _matches(_KEY),
    }
)
