"""Recipients are told apart without keeping their URLs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bulk_update.telling.recipient import Recipient, recipients_of

ANA, EVA = "mailto://ana:Gehe1mnis@example.com", "mailto://eva:Gehe1mnis@example.com"


def test_recipients_are_named_by_their_scheme_and_counted_from_the_second_on() -> None:
    names = [each.name for each in recipients_of([ANA, "json://example.com", EVA])]
    assert names == ["mailto", "json", "mailto 2"]


def test_a_recipient_keeps_its_key_in_any_place() -> None:
    (first, second), (again,) = recipients_of([EVA, ANA]), recipients_of([ANA])
    assert first.key != second.key == again.key


@given(st.text())
def test_a_key_says_only_the_scheme_and_sixteen_bits(secret: str) -> None:
    scheme, checksum = Recipient(f"slack://{secret}", "slack").key.split()
    assert scheme == "slack"
    assert len(checksum) == 4


def test_a_recipient_can_be_printed_without_its_url() -> None:
    assert repr(Recipient(ANA, "mailto")) == "Recipient(name='mailto')"
