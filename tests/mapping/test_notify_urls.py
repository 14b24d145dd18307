"""The URLs of `notify` hold secrets: they are in no message, and not in what the ledger keeps."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_update.errors import MappingError
from bulk_update.mapping import load_mapping
from bulk_update.mapping.notify_urls import without_urls

REST = """version: 1
name: nightly
campaign: "00001"
identifier: {column: ID}
update: {status_id: {column: Status}}
"""
SECRET = "Gehe1mnis"
URL = f"mailto://ana:{SECRET}@example.com"

FORMS = {
    "flow": f'notify: ["{URL}"]\n',
    "flow without quotes": f"notify: [{URL}, slack://{SECRET}/b/c]\n",
    "several lines": f'notify: [\n  "{URL}",  # mail\n  "json://{SECRET}.example.com/x"\n]\n',
    "list": f"notify:\n  - \"{URL}\"\n  - '{URL}'\n",
    "list at the margin": f"notify:\n- {URL}\n- {URL}\n",
    "block": f"notify:\n  - |\n    {URL}\n",
    "folded": f"notify:\n  - >-\n    {URL}\n",
    "in quotes": f'"notify": ["{URL}"]\n',
    "comment": f"notify: [{URL}]\n# notify: [{URL}]\n",
    "escapes": f'notify: ["mailto:\\/\\/ana:{SECRET}@example.com"]\n',
}


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
@pytest.mark.parametrize("is_first", [True, False])
def test_the_ledger_keeps_a_mapping_that_means_the_same_without_its_urls(
    form: str, *, is_first: bool
) -> None:
    text = form + REST if is_first else REST + form
    kept = without_urls(text.encode())
    assert SECRET.encode() not in kept
    before, after = (load_mapping(data, path="m.yaml") for data in (text.encode(), kept))
    assert SECRET in before.notify[0].get_secret_value()
    assert len(after.notify) == len(before.notify)
    assert after.model_dump(exclude={"notify"}) == before.model_dump(exclude={"notify"})


def test_a_mapping_in_one_line_is_kept_without_its_urls() -> None:
    content = {
        "version": 1, "name": "nightly", "notify": [URL, URL], "campaign": "00001",
        "identifier": {"column": "ąę 😀"}, "update": {"record_fields": {"notify": {"value": URL}}},
    }  # fmt: skip
    kept = without_urls(json.dumps(content, ensure_ascii=False).encode())
    content["notify"] = ["removed://", "removed://"]
    assert json.loads(kept) == content


def test_a_mapping_without_urls_is_kept_as_it_is() -> None:
    data = b"\xef\xbb\xbf" + REST.replace("\n", "\r\n").encode()
    assert without_urls(data) is data


def test_a_mapping_shows_no_url_in_its_representation() -> None:
    mapping = load_mapping((REST + FORMS["flow"]).encode(), path="m.yaml")
    assert SECRET not in repr(mapping) + str(mapping) + repr(mapping.model_dump())


MISTAKES = [
    f"notify: {URL}\n",
    f"notify: [{URL}\n",
    f"notify: [ana:{SECRET}, '{URL}]\n",
    f'notify: ["{URL}]\n',
    f"notify:\n  - {URL}\n - {URL}\n",
    f"notify:\n\t- {URL}\n",
    f"notify:\n  mail: {URL}\n",
    f"notify: &a [{URL}]\n",
    f"notify: !!str {URL}\n",
    f"notify: [{URL}: x]\n",
    f'notify: ["{URL}" "{URL}"]\n',
    f"notify: [{URL}]\nnotify: [{URL}]\n",
    f"notfy: [{URL}]\nnotify: [{URL}]\n",
    f"notify: [[{URL}]]\n",
    f"notify: @{URL}\n",
    f"notify: \t,{URL}[",
    f"notify : -{URL}\n",
    f"notify: [mailto:/ana:{SECRET}@x]\n",
    f'notify: ["slack://{SECRET}\\x07x/y"]\n',
    f'notify: ["slack://\\u0047{SECRET[1:]}/\\x07y"]\n',
]


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("is_first", [True, False])
def test_no_message_about_a_wrong_mapping_repeats_a_url(mistake: str, *, is_first: bool) -> None:
    text = mistake + REST if is_first else REST + mistake
    with pytest.raises(MappingError) as refused:
        load_mapping(text.encode(), path="m.yaml")
    assert SECRET not in str(refused.value)
    assert SECRET not in repr(refused.value.issues)


@given(st.text(" \n\t\"'[]{}:#,-|>&*!%@`a", max_size=12), st.text(" \n\"'[]{}:#,a", max_size=8))
def test_no_damage_around_a_url_shows_it(before: str, after: str) -> None:
    text = f"{REST}notify: {before}{URL}{after}"
    said = ""
    try:
        load_mapping(text.encode(), path="m.yaml")
    except MappingError as error:
        said = f"{error} {error.issues!r}"
    assert SECRET not in said
