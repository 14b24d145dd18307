"""A survey never rules out anything that occurs in the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_update.cells.look_alikes import has_look_alikes, look_alike_key
from bulk_update.translation import IdentifierSurvey

NAMES = st.text("aAbB019-ß\uff11\u0130", max_size=3) | st.integers(1, 40).map(str)


def survey(*chunks: Sequence[str | None]) -> IdentifierSurvey:
    found = IdentifierSurvey()
    for chunk in chunks:
        found.see(chunk)
    return found


@st.composite
def files(draw: st.DrawFn) -> list[list[str | None]]:
    chunks = draw(st.lists(st.lists(st.none() | NAMES, max_size=5), max_size=4))
    names = sorted(
        {name for chunk in chunks for name in chunk if name}, key=lambda name: (len(name), name)
    )
    return draw(st.sampled_from([chunks, [list(names)], [[name] for name in names]]))


@given(files())
def test_what_a_survey_rules_out_is_not_among_the_identifiers(
    chunks: list[list[str | None]],
) -> None:
    found = survey(*chunks)
    names = [name for chunk in chunks for name in chunk if name]
    if not found.may_repeat:
        assert len(set(names)) == len(names)
    if not found.may_look_alike:
        assert not any(map(has_look_alikes, names))
        assert set(Counter(map(look_alike_key, set(names))).values()) <= {1}
    if not found.may_lack_zeros:
        assert set(Counter(name.lstrip("0") for name in set(names)).values()) <= {1}


@pytest.mark.parametrize(
    ("chunks", "possible"),
    [
        ([["1", "2"], ["9", "10"], [None, "11"]], set()),
        ([["007", "008"], ["1"]], {"repeat", "lack zeros"}),
        ([["007", "008"], ["009"]], set()),
        ([["7"], ["10"], ["0700"]], {"lack zeros"}),
        ([["1", "2"], ["2"]], {"repeat"}),
        ([["a-1", "a-2"], ["+48600700800"]], set()),
        ([["A1"], ["B1"]], set()),
        ([["A1"], ["b1"]], {"look alike"}),
        ([["b1"], ["123"], ["C111"]], {"look alike"}),
        ([["Ł1"]], {"look alike"}),
        ([[], [None]], set()),
    ],
)
def test_a_survey_rules_out_what_is_impossible(
    chunks: list[list[str | None]], possible: set[str]
) -> None:
    found = survey(*chunks)
    assert found.may_repeat == ("repeat" in possible)
    assert found.may_look_alike == ("look alike" in possible)
    assert found.may_lack_zeros == ("lack zeros" in possible)
