"""Which file of a pattern is the newest: the rules as a table, the law as a property."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_update.errors import InputError
from bulk_update.sources import Found
from bulk_update.sources.newest import choose_newest, is_pattern, marker_of

PATTERN = "in/*"


def file(name: str, time: int = 1, size: int = 9) -> Found:
    return Found(f"in/{name}", size, time)


def chosen(*files: Found, markers: Sequence[str] = (), marker: str | None = None) -> str:
    newest = choose_newest(files, pattern=PATTERN, marker=marker, has=markers.__contains__)
    return newest.file.name


def refusal(*files: Found, markers: Sequence[str] = (), marker: str | None = None) -> InputError:
    with pytest.raises(InputError) as refused:
        chosen(*files, markers=markers, marker=marker)
    return refused.value


def test_the_file_with_the_latest_time_is_chosen() -> None:
    assert chosen(file("a.csv", 1), file("b.csv", 3), file("c.csv", 2)) == "in/b.csv"


@pytest.mark.parametrize(
    "ignored",
    [
        file("~$crm.xlsx", 9),
        file(".~lock.crm.csv#", 9),
        file("crm.csv.part", 9),
        file("crm.csv.PART", 9),
        file("crm.tmp", 9),
        file("crm.csv.filepart", 9),
        file(".crm.csv.Xy12", 9),
        file("empty.csv", 9, size=0),
    ],
    ids=lambda found: found.name,
)
def test_lock_files_unfinished_uploads_hidden_and_empty_files_are_ignored(ignored: Found) -> None:
    assert chosen(file("old.csv", 1), ignored) == "in/old.csv"
    assert "apart from lock files" in refusal(ignored).message


def test_a_pattern_without_files_is_refused() -> None:
    assert refusal().message == "no file matches in/*"


def test_two_newest_files_of_one_time_are_refused_and_both_are_named() -> None:
    error = refusal(file("b.csv", 5), file("a.csv", 5), file("c.csv", 4))
    assert (error.reason, error.exit_code) == ("several-newest", 2)
    assert error.message.startswith("in/a.csv and in/b.csv were last modified at the same time")


def test_a_file_without_its_marker_is_passed_over_and_named() -> None:
    files = file("a.csv", 1), file("b.csv", 2), file("c.csv", 3)
    found = choose_newest(
        files, pattern=PATTERN, marker="{}.done", has=["in/a.csv.done"].__contains__
    )
    assert (found.file.name, found.unmarked) == ("in/a.csv", ("in/c.csv", "in/b.csv"))


def test_if_no_file_has_a_marker_the_newest_is_refused_with_the_marker_that_is_missing() -> None:
    error = refusal(file("a.csv", 1), file("b.csv", 2), marker="{}.done")
    assert error.reason == "no-marker"
    assert "in/b.csv is not complete yet: its marker in/b.csv.done is missing" in error.message


def test_a_marker_is_never_a_candidate() -> None:
    files = file("a.csv", 1), file("a.csv.done", 2)
    assert chosen(*files, marker="{}.done", markers=["in/a.csv.done"]) == "in/a.csv"


@pytest.mark.parametrize(
    ("name", "marker", "expected"),
    [
        ("in/crm.csv", "{}.done", "in/crm.csv.done"),
        ("crm.csv", "ok-{}", "ok-crm.csv"),
        ("s3://bucket/in/crm.csv.gz", "_SUCCESS", "s3://bucket/in/_SUCCESS"),
        ("C:\\in\\crm.csv", "{}.done", "C:\\in\\crm.csv.done"),
    ],
)
def test_a_marker_lies_beside_its_file(name: str, marker: str, expected: str) -> None:
    assert marker_of(name, marker) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("crm.csv", False), ("*.csv", True), ("crm-?.csv", True), ("crm[1].csv", True)],
)
def test_wildcards_make_a_pattern(text: str, *, expected: bool) -> None:
    assert is_pattern(text) is expected


NAMES = st.sampled_from(["a.csv", "b.csv", "~$a.csv", "c.part", ".d.csv", "e.csv", "f.tmp"])
FOLDERS = st.lists(
    st.builds(file, NAMES, st.integers(0, 4), st.integers(0, 1)), unique_by=lambda each: each.name
)


MARKERS = st.sets(st.sampled_from(["in/a.csv.done", "in/b.csv.done"]))


@given(files=FOLDERS, markers=MARKERS, marked=st.booleans())
def test_whatever_is_in_the_folder_no_complete_file_is_newer_than_the_chosen_one(
    files: list[Found], markers: set[str], *, marked: bool
) -> None:
    complete = [
        each
        for each in files
        if each.size
        and each.name in {"in/a.csv", "in/b.csv", "in/e.csv"}
        and (not marked or f"{each.name}.done" in markers)
    ]
    latest = max((each.modified_at_us for each in complete), default=None)
    newest = [each.name for each in complete if each.modified_at_us == latest]
    try:
        name = chosen(*files, markers=sorted(markers), marker="{}.done" if marked else None)
    except InputError:
        assert len(newest) != 1
    else:
        assert [name] == newest
