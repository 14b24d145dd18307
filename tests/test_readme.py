"""The README is short, and its examples are real."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from babel.messages import pofile
from documents import (
    POLISH,
    README,
    ROOT,
    RUN_ID,
    SHOWN_RUN_ID,
    Workplace,
    blocks_of,
    labelled,
    workplace,
)

from bulk_update.settings import PREFIX, Settings

TEXT = README.read_text(encoding="utf-8")
MOST_LINES = 200
MOST_POLISH_LINES = 130

SAMPLE = ROOT / "samples" / "crm-export-excel-cp1250.csv"
MAPPING = ROOT / "mappings" / "crm-excel-cp1250.yaml"

USES = ("nightly import", "one-off clean-up", "dry-run validation")

needs_sh = pytest.mark.skipif(os.name != "posix", reason="the recipes are written for sh")


@pytest.fixture
def place() -> Iterator[Workplace]:
    with workplace() as place:
        yield place


def test_the_readme_can_be_read_in_ten_minutes() -> None:
    assert len(TEXT.splitlines()) <= MOST_LINES


def test_the_polish_readme_is_short_and_linked_at_the_head() -> None:
    assert len(POLISH.read_text(encoding="utf-8").splitlines()) <= MOST_POLISH_LINES
    assert "(README.pl.md)" in TEXT.partition("\n## ")[0]


def test_every_label_in_the_polish_readme_is_on_the_page() -> None:
    quoted = set(re.findall("„(.+?)”", POLISH.read_text(encoding="utf-8")))
    catalogue = ROOT / "bulk_update" / "language" / "pl" / "web.po"
    with catalogue.open("rb") as file:
        labels = {entry.string for entry in pofile.read_po(file) if isinstance(entry.string, str)}
    assert quoted - labels == {"Kontakt", "?"}, "only these are not labels"


def test_the_test_command_is_what_decides_whether_a_change_lands() -> None:
    command = '-m pip --python .venv install -q -e ".[test]"'
    assert command in TEXT
    assert command in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_row_of_the_example_is_in_the_sample() -> None:
    header, row = labelled(README, "row").splitlines()
    lines = SAMPLE.read_text(encoding="cp1250").splitlines()
    assert (header, row) == (lines[0], lines[json.loads(labelled(README, "request"))["row"] - 1])


def test_the_mapping_of_the_example_is_a_part_of_the_file() -> None:
    shown = labelled(README, "mapping")
    assert shown in MAPPING.read_text(encoding="utf-8")
    content = yaml.safe_load(MAPPING.read_text(encoding="utf-8"))
    assert yaml.safe_load(shown)["update"] == content["update"]


@needs_sh
def test_check_writes_the_request_of_the_example(place: Workplace) -> None:
    shown = json.loads(labelled(README, "request"))
    place.run(
        "bulk-update check samples/crm-export-excel-cp1250.csv "
        "-m mappings/crm-excel-cp1250.yaml --out checked"
    )
    lines = (place.folder / "checked" / "requests.jsonl").read_text(encoding="utf-8").splitlines()
    assert shown in [json.loads(line) for line in lines]


@needs_sh
@pytest.mark.parametrize("use", USES)
def test_every_recipe_runs_as_it_is_written(use: str, place: Workplace) -> None:
    """The run id in a later block is the one that an earlier block printed."""
    run_id = SHOWN_RUN_ID
    recipe = [block.text for block in blocks_of(README) if block.label == f"recipe: {use}"]
    assert recipe
    for step in recipe:
        done = place.run(step.replace(SHOWN_RUN_ID, run_id))
        assert done.returncode == 0, done.stdout
        run_id = (RUN_ID.findall(done.stdout) or [run_id])[0]
    assert (place.folder / "bulk-update-results").is_dir()


@needs_sh
def test_the_clean_up_sends_nothing_before_a_person_has_looked(place: Workplace) -> None:
    look, send = (
        block.text for block in blocks_of(README) if block.label == "recipe: one-off clean-up"
    )
    looked = place.run(look)
    assert '"method": "PUT"' in looked.stdout
    assert "apply" not in look
    results = place.folder / "bulk-update-results" / "clean-up" / "results.csv"
    assert ",planned," in results.read_text(encoding="utf-8-sig")
    assert ",updated," not in results.read_text(encoding="utf-8-sig")
    place.run(send.replace(SHOWN_RUN_ID, RUN_ID.findall(looked.stdout)[0]))
    assert ",updated," in results.read_text(encoding="utf-8-sig")


def test_there_is_a_recipe_for_each_of_the_three_uses() -> None:
    labels = {block.label.removeprefix("recipe: ") for block in blocks_of(README)}
    assert labels >= set(USES)


def test_the_variables_for_windows_are_settings() -> None:
    (windows,) = [block.text for block in blocks_of(README) if block.language == "powershell"]
    assert all(re.match(r"git |py |\$env:|\.venv\\", line) for line in windows.splitlines())
    lines = [line for line in windows.splitlines() if line.startswith("$env:")]
    names = [line.removeprefix("$env:").split(" ")[0] for line in lines]
    assert names == [f"{PREFIX}{name}" for name in ("BASE_URL", "USERNAME", "PASSWORD")]
    assert {name.removeprefix(PREFIX).lower() for name in names} <= set(Settings.model_fields)


def test_the_clone_line_comes_before_the_demo() -> None:
    assert TEXT.index("git clone ") < TEXT.index("bulk-update demo")


def test_every_other_document_is_named_in_the_readme() -> None:
    others = ("mappings/README.md", "bulk_update/REFERENCE.md", "samples/README.md")
    for other in (*others, "bulk_update/README.md", "CHANGELOG.md"):
        assert f"]({other})" in TEXT
        assert Path(ROOT / other).is_file()
