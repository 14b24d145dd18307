"""What holds for every source of remote files, against real servers."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from remote_places import Place, opened

from bulk_update.errors import InputError, UsageError
from bulk_update.sources import Found

NAMES = (
    "a b.csv",
    "100%25.csv",
    "a#b?c.csv",
    "zażółć gęślą 日本.csv",
    "x[1].csv",
    "a+b&c='d'.csv",
    "back\\slash.csv",
    "~user;$HOME.csv",
    "@at:colon.csv",
)
"""What a name can contain."""

RUN = "20261130-020000-abcd"


def names(found: list[Found], place: Place) -> list[str]:
    return sorted(each.name.removeprefix(f"{shown(place)}/") for each in found)


def shown(place: Place) -> str:
    scheme, _, rest = place.url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def test_a_plain_name_means_that_file_or_none(place: Place) -> None:
    place.put("crm.csv", b"ID\n1\n")
    place.put("crm.csv.bak", b"ID\n2\n")
    with opened(place, "crm.csv") as source:
        (found,) = source.matching()
        assert (found.name, found.size) == (f"{shown(place)}/crm.csv", 5)
        assert source.seen_again(found) == found
    with opened(place, "crm.xlsx") as source:
        assert source.matching() == []
    with opened(place, "no/such/folder/crm.csv") as source:
        assert source.matching() == []


def test_a_pattern_means_the_files_of_its_folder_and_their_case_matters(place: Place) -> None:
    for name in ("a.csv", "b.csv", "c.CSV", "deep/d.csv", "e.txt"):
        place.put(name, b"ID\n")
    with opened(place, "*.csv", newest=True) as source:
        assert names(source.matching(), place) == ["a.csv", "b.csv"]
    with opened(place, "[b-z]*.?S?", newest=True) as source:
        assert names(source.matching(), place) == ["c.CSV"]
    with opened(place, "*.ods", newest=True) as source:
        assert source.matching() == []


def test_a_pattern_without_newest_is_refused_unless_a_file_has_that_name(place: Place) -> None:
    place.put("x1.csv", b"another\n")
    with opened(place, "x[1].csv") as source:
        with pytest.raises(UsageError, match="is a pattern, and there is no file of that name"):
            source.matching()
        place.put("x[1].csv", b"this\n")
        assert names(source.matching(), place) == ["x[1].csv"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_can_contain_every_visible_character(
    place: Place, tmp_path: Path, name: str
) -> None:
    place.put(name, b"ID\n1\n")
    place.make_folder("done")
    with opened(place, name) as source:
        (found,) = source.matching()
        assert found.name == f"{shown(place)}/{name}"
        assert source.has(found.name)
        source.fetch(found, tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == b"ID\n1\n"
        assert (
            source.archive(found, f"{place.url}/done", run_id=RUN) == f"{shown(place)}/done/{name}"
        )
        assert not source.has(found.name)
    assert place.content(f"done/{name}") == b"ID\n1\n"


def test_a_copy_has_the_whole_content_and_only_its_owner_can_read_it(
    place: Place, tmp_path: Path
) -> None:
    content = os.urandom(10_000_000)
    place.put("crm.xlsx", content)
    copy = tmp_path / "copy"
    with opened(place, "crm.xlsx") as source:
        (found,) = source.matching()
        source.fetch(found, copy)
    assert copy.read_bytes() == content
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_file_that_is_not_the_one_that_was_found_is_neither_copied_nor_archived(
    place: Place, tmp_path: Path
) -> None:
    place.put("crm.csv", b"ID\n1\n")
    place.make_folder("done")
    with opened(place, "crm.csv") as source:
        (found,) = source.matching()
        place.put("crm.csv", b"ID\n12\n")
        with pytest.raises(InputError, match="has changed since it was found"):
            source.fetch(found, tmp_path / "copy")
        with pytest.raises(InputError, match="has changed since it was found"):
            source.archive(found, f"{place.url}/done", run_id=RUN)
        assert place.content("crm.csv") == b"ID\n12\n"
        assert place.content("done/crm.csv") is None
        (found,) = source.matching()
        source.archive(found, f"{place.url}/done", run_id=RUN)
        assert source.seen_again(found) is None
        with pytest.raises(InputError, match="is gone"):
            source.fetch(found, tmp_path / "another copy")
        with pytest.raises(InputError, match="is gone"):
            source.archive(found, f"{place.url}/done", run_id=RUN)


def test_archiving_never_overwrites(place: Place) -> None:
    place.make_folder("done")
    for number, name in enumerate(("done/crm.csv.gz", f"done/crm-{RUN}.csv.gz")):
        content = f"{number}".encode()
        place.put("crm.csv.gz", content)
        with opened(place, "crm.csv.gz") as source:
            (found,) = source.matching()
            moved = source.archive(found, f"{place.url}/done/", run_id=RUN)
        assert moved == f"{shown(place)}/{name}"
        assert place.content(name) == content
    place.put("crm.csv.gz", b"last")
    with opened(place, "crm.csv.gz") as source:
        (found,) = source.matching()
        with pytest.raises(InputError, match="the archive already has"):
            source.archive(found, f"{place.url}/done", run_id=RUN)
    contents = [place.content(f"done/{name}") for name in ("crm.csv.gz", f"crm-{RUN}.csv.gz")]
    assert contents == [b"0", b"1"]
    assert place.content("crm.csv.gz") == b"last"


def test_a_source_can_be_used_again_after_it_was_closed(place: Place) -> None:
    place.put("crm.csv", b"ID\n")
    with opened(place, "crm.csv") as source:
        before = source.matching()
        source.close()
        assert source.matching() == before
