"""What holds for every source of remote files, against real servers."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from remote_places import Place, opened

from bulk_update.errors import InputError, UsageError
from bulk_update.sources import Found, source_of

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


def test_a_name_can_contain_every_visible_character(place: Place, tmp_path: Path) -> None:
    for name in NAMES:
        place.put(name, name.encode())
    place.make_folder("done")
    with opened(place, "*", newest=True) as source:
        found = source.matching()
        assert names(found, place) == sorted(NAMES)
        for number, each in enumerate(found):
            name = each.name.removeprefix(f"{shown(place)}/")
            assert source.has(each.name)
            source.fetch(each, tmp_path / f"{number}")
            assert (tmp_path / f"{number}").read_bytes() == name.encode()
            moved = source.archive(each, f"{place.url}/done", run_id=RUN)
            assert moved == f"{shown(place)}/done/{name}"
            assert not source.has(each.name)
            assert place.content(f"done/{name}") == name.encode()


@pytest.mark.parametrize("name", ["a#b?c 100%25.csv", "zażółć.csv"])
def test_a_url_is_taken_as_it_is(place: Place, name: str) -> None:
    place.put(name, b"ID\n")
    with opened(place, name) as source:
        assert names(source.matching(), place) == [name]


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


@pytest.mark.parametrize(
    ("url", "module", "library"),
    [("s3://bucket/crm.csv", "s3", "boto3"), ("sftp://host/crm.csv", "sftp", "asyncssh")],
)
def test_a_library_that_is_not_installed_is_named(
    url: str, module: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (module, "s3_client", "sftp_connection", "ssh_login"):
        monkeypatch.delitem(sys.modules, f"bulk_update.sources.{name}", raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(UsageError) as raised:
        source_of(url)
    assert f'pip install "bulk-update[{module}]"' in raised.value.hint
