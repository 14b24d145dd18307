"""The texts that cells share are stored unchanged."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bulk_update.readers.workbook.shared_strings import SharedStrings


@given(st.lists(st.text(st.characters() | st.just("\ud83d"))))
def test_shared_strings_are_the_texts_that_went_in(texts: list[str]) -> None:
    shared = SharedStrings(texts)
    assert [shared[index] for index in range(len(shared))] == texts
