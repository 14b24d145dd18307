from __future__ import annotations

import json

from hypothesis import given, settings
from strategies import Sheet, sheets
from translating import mapped_of, row, translate, update

from bulk_update.translation import FieldCount, count_fields, mask_of


def test_masks_count_what_is_set_and_what_is_cleared() -> None:
    mapped = translate(
        [
            row(status="1", city="x"),
            row(status="1", city="--CLEAR--"),
            row(city="x", day="--CLEAR--"),
            row(status="?"),
        ]
    )
    masks = [(mask, 10) for mask in mapped.fields if mask is not None]
    names = ("status_id", "record_fields.miasto", "record_fields.termin")
    assert count_fields(masks, names) == (
        FieldCount("status_id", 20, 0),
        FieldCount("record_fields.miasto", 20, 10),
        FieldCount("record_fields.termin", 0, 10),
    )
    assert count_fields([], names) == tuple(FieldCount(name, 0, 0) for name in names)


def test_a_mask_is_large_enough_for_many_fields() -> None:
    fields = {f"f{number}": {"value": "x"} for number in range(20)}
    mapped = translate([row()], content=update(record_fields=fields))
    (mask,) = mapped.fields
    assert mask is not None
    counts = count_fields([(mask, 1)], [f"f{number}" for number in range(20)])
    assert counts == tuple(FieldCount(f"f{number}", 1, 0) for number in range(20))


@settings(deadline=None)
@given(sheets())
def test_a_mask_says_what_its_body_sets_and_clears(sheet: Sheet) -> None:
    mapped = mapped_of(sheet)
    names = sheet.mapping.field_names
    for body, mask in zip(mapped.bodies, mapped.fields, strict=True):
        if body is None or mask is None:
            continue
        content = json.loads(body)
        inner = content.pop("record_fields", {})
        flat = content | {f"record_fields.{name}": value for name, value in inner.items()}
        assert count_fields([(mask, 1)], names) == tuple(
            FieldCount(name, int(bool(flat.get(name))), int(flat.get(name) == "")) for name in names
        )


def test_the_mask_of_values_says_which_fields_they_set_and_clear() -> None:
    names = ["a", "b", "c", "d", "e"]
    mask = mask_of({"a": "x", "e": "", "another": "y"}, names)
    assert len(mask) == 2
    assert count_fields([(mask, 3)], names) == (
        FieldCount("a", 3, 0),
        *(FieldCount(name, 0, 0) for name in names[1:-1]),
        FieldCount("e", 0, 3),
    )
