from __future__ import annotations

import pytest

from bulk_update.cells.date_formats import ISO_DATE, parse_date_format, shown_formats


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("%d.%m", "must have the year once"),
        ("%d.%m.%Y %y", "must have the year once"),
        ("%m.%Y", "has no day and month"),
        ("%d.%Y", "has no day and month"),
        ("%d.%m.%Y %d", "%d occurs twice"),
        ("%d.%j.%Y", "unknown directive %j in '%d.%j.%Y' (expected one of %d"),
        ("%d.%m.%b.%Y", "has the month twice"),
        ("%d.%m.%Y %H %I %p", "has the hour twice"),
        ("%d.%m.%Y %I:%M", "has %I but no %p"),
        ("%d.%m.%Y %H:%M %p", "has %p but no %I"),
        ("%d.%m.%Y %", "unknown directive % in '%d.%m.%Y %'"),
        ("%d.%m.%Y %M", "has %M but no %H"),
        ("%d.%m.%Y %H:%S", "has %S but no %M"),
        ("%d.%m.%Y %H:%M.%f", "has %f but no %S"),
        ("%d.%m.%Y %z", "has %z but no %H"),
    ],
)
def test_a_format_that_cannot_make_a_date_is_refused(written: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"directive|year|day|twice|but no") as error:
        parse_date_format(written)
    assert message in str(error.value)


def test_formats_are_shown_as_people_write_them() -> None:
    formats = [parse_date_format(text) for text in ("%d.%m.%Y %H:%M:%S", "%y%m%d", "%d.%m.%Y%%")]
    assert shown_formats([*formats, ISO_DATE, ISO_DATE]) == (
        "DD.MM.YYYY hh:mm:ss",
        "YYMMDD",
        "DD.MM.YYYY%",
        "YYYY-MM-DD",
    )
