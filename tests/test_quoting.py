from __future__ import annotations

import pytest

from bulk_update.printable import quoted, quoted_list


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Łódź", '"Łódź"'),
        ("", '""'),
        ("a\nb\t\x00", r'"a\nb\t\x00"'),
        ("x\u202epng\u200b", r'"x\u202epng\u200b"'),
        ("x" * 80, f'"{"x" * 80}"'),
        ("x" * 81, f'"{"x" * 80}…"'),
    ],
)
def test_quoted_text_is_short_and_hides_nothing(text: str, shown: str) -> None:
    assert quoted(text) == shown


def test_a_long_list_is_cut() -> None:
    assert quoted_list(["a", "b"]) == '"a", "b"'
    assert quoted_list(["a", "b", "c"], most=2) == '"a", "b" and 1 more'
