"""Files of this machine: found, copied, and moved to an archive without ever replacing one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bulk_update.errors import InputError, UsageError
from bulk_update.sources import Found, source_of
from bulk_update.sources.local import LocalSource

RUN = "20270101-020000-abcd"
HOUR_AGO = 1_800_000_000


def written(path: Path, content: bytes = b"1\n") -> Found:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (HOUR_AGO, HOUR_AGO))
    return Found(str(path), len(content), HOUR_AGO * 1_000_000)


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system."""
    here = tmp_path.stat().st_dev
    for folder in map(Path, ("/dev/shm", "/var/tmp", "/run/user")):  # noqa: S108 - the usual ones
        if folder.is_dir() and folder.stat().st_dev != here and os.access(folder, os.W_OK):
            with tempfile.TemporaryDirectory(dir=folder) as name:
                yield Path(name)
            return
    pytest.skip("there is no second file system")


def test_a_pattern_means_the_files_that_match(tmp_path: Path) -> None:
    files = [written(tmp_path / "in" / name) for name in ("a.csv", "b.csv")]
    written(tmp_path / "in" / "c.txt")
    (tmp_path / "in" / "folder.csv").mkdir()
    (tmp_path / "in" / "broken.csv").symlink_to("nowhere")
    source = source_of(f"{tmp_path}/in/*.csv", newest=True)
    assert sorted(source.matching(), key=lambda each: each.name) == files
    assert source_of(f"{tmp_path}/**/*.csv", newest=True).matching()


def test_a_pattern_needs_newest_unless_a_file_has_exactly_this_name(tmp_path: Path) -> None:
    text = f"{tmp_path}/crm[1].csv"
    with pytest.raises(UsageError, match="is a pattern, and there is no file of that name"):
        source_of(text)
    file = written(tmp_path / "crm[1].csv")
    assert source_of(text).matching() == source_of(text, newest=True).matching() == [file]


def test_a_plain_name_means_that_file_or_none(tmp_path: Path) -> None:
    source = source_of(str(tmp_path / "crm.csv"))
    assert source.matching() == []
    file = written(tmp_path / "crm.csv")
    assert source.matching() == [file]
    assert source.has(file.name)
    assert not source.has(f"{file.name}.done")


def test_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        source_of(str(tmp_path)).matching()
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InputError, match="is not a regular file") as refused:
        source_of(str(tmp_path / "pipe.csv")).matching()
    assert "pass - " in refused.value.hint


def test_a_folder_that_cannot_be_listed_is_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere: cannot be read \(No such file"):
        source_of(f"{tmp_path}/nowhere/*.csv", newest=True).matching()


def test_a_copy_of_a_file_that_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    seen = written(tmp_path / "crm.csv")
    source = source_of(seen.name)
    source.fetch(seen, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"1\n"
    written(tmp_path / "crm.csv", b"longer\n")
    with pytest.raises(InputError, match="still being written"):
        source.fetch(seen, tmp_path / "other copy")


@pytest.fixture(params=["same disk", "other disk"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "same disk":
        return tmp_path / "done" / "2027"
    folder: Path = request.getfixturevalue("other_disk")
    return folder / "done"


def moved(file: Found, archive: Path) -> Path:
    return Path(LocalSource(file.name).archive(file, str(archive), run_id=RUN))


def test_a_file_is_moved_with_its_content_and_its_time(tmp_path: Path, archive: Path) -> None:
    file = written(tmp_path / "in" / "crm.csv")
    target = moved(file, archive)
    assert target == archive / "crm.csv"
    assert (target.read_bytes(), target.stat().st_mtime) == (b"1\n", HOUR_AGO)
    assert list((tmp_path / "in").iterdir()) == []
    assert list(archive.iterdir()) == [target]


def test_an_archived_file_is_never_replaced(tmp_path: Path, archive: Path) -> None:
    names = [
        moved(written(tmp_path / "in" / "crm.csv.gz", content), archive).name
        for content in (b"1\n", b"2\n", b"3\n")
    ]
    assert names == ["crm.csv.gz", f"crm-{RUN}.csv.gz", f"crm-{RUN}-2.csv.gz"]
    assert [(archive / name).read_bytes() for name in names] == [b"1\n", b"2\n", b"3\n"]


def test_the_same_content_under_the_same_name_is_archived_once(
    tmp_path: Path, archive: Path
) -> None:
    for _ in range(2):
        assert moved(written(tmp_path / "in" / "crm.csv"), archive) == archive / "crm.csv"
    assert [path.name for path in archive.iterdir()] == ["crm.csv"]
    assert list((tmp_path / "in").iterdir()) == []


def test_a_file_is_not_archived_into_its_own_folder(tmp_path: Path) -> None:
    file = written(tmp_path / "in" / "crm.csv")
    with pytest.raises(InputError, match="already"):
        moved(file, tmp_path / "in" / ".." / "in")
    assert Path(file.name).read_bytes() == b"1\n"


def test_a_symbolic_link_stays_where_it_is(tmp_path: Path) -> None:
    file = written(tmp_path / "data" / "crm.csv")
    link = tmp_path / "crm.csv"
    link.symlink_to(file.name)
    with pytest.raises(InputError, match="symbolic link"):
        moved(Found(str(link), 2, file.modified_at_us), tmp_path / "done")
    assert link.read_bytes() == b"1\n"


def test_a_file_that_has_changed_since_is_not_moved(tmp_path: Path, archive: Path) -> None:
    file = written(tmp_path / "in" / "crm.csv")
    written(tmp_path / "in" / "crm.csv", b"written again\n")
    with pytest.raises(InputError, match="no longer the file"):
        moved(file, archive)
    assert Path(file.name).read_bytes() == b"written again\n"
    assert list(archive.iterdir()) == []
