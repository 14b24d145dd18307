"""The names of months, in English and Polish."""

from __future__ import annotations

import unicodedata

_ENGLISH = (
    ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",),
    ("june", "jun"), ("july", "jul"), ("august", "aug"), ("september", "sep", "sept"),
    ("october", "oct"), ("november", "nov"), ("december", "dec"),
)  # fmt: skip
_POLISH = (
    ("styczeń", "stycznia", "sty", "stycz"), ("luty", "lutego", "lut"), ("marzec", "marca", "mar"),
    ("kwiecień", "kwietnia", "kwi"), ("maj", "maja"), ("czerwiec", "czerwca", "cze", "czerw"),
    ("lipiec", "lipca", "lip"), ("sierpień", "sierpnia", "sie", "sierp"),
    ("wrzesień", "września", "wrz", "wrzes"), ("październik", "października", "paź", "paźdz"),
    ("listopad", "listopada", "lis", "listop"), ("grudzień", "grudnia", "gru", "grudz"),
)  # fmt: skip
_WITHOUT_ACCENTS = str.maketrans("ńśź", "nsz")

_NUMBERS: dict[str, int] = {}
for _number, _names in [*enumerate(_ENGLISH, start=1), *enumerate(_POLISH, start=1)]:
    for _name in _names:
        _NUMBERS[_name] = _NUMBERS[_name.translate(_WITHOUT_ACCENTS)] = _number


def month_number(name: str) -> int:
    """Return the number of a month by its name: full, in the genitive, or abbreviated.

    Case, a trailing point and missing accents are ignored. Raises ValueError if there is no such
    month.
    """
    number = _NUMBERS.get(unicodedata.normalize("NFC", name).casefold().removesuffix("."))
    if number is None:
        raise ValueError(name)
    return number
