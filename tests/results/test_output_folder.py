from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bulk_update.errors import LedgerError
from bulk_update.results import OutputFolder, Purpose, RunFile

posix_only = pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")


def place(folder: Path, *names: RunFile, run_id: str = "run-1") -> dict[RunFile, Path]:
    with OutputFolder(folder, run_id=run_id) as output:
        for name in names:
            with output.text(name) as file:
                file.write(f"{name} of {run_id}")
        return output.commit()


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}


def test_files_are_in_place_after_the_commit_and_not_before(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    with OutputFolder(out, run_id="run-1") as output:
        with output.text(RunFile.RESULTS) as file:
            file.write("one\r\n")
        assert not (out / RunFile.RESULTS).exists()
        assert output.commit() == {RunFile.RESULTS: out / RunFile.RESULTS}
    assert [path.name for path in out.iterdir()] == [RunFile.RESULTS]
    assert (out / RunFile.RESULTS).read_bytes() == b"one\r\n"


def test_results_begin_with_a_byte_order_mark_if_requested(tmp_path: Path) -> None:
    with OutputFolder(tmp_path, run_id="run-1") as output:
        with output.text(RunFile.RESULTS, encoding="utf-8-sig") as file:
            file.write("ż")
        output.commit()
    assert (tmp_path / RunFile.RESULTS).read_bytes() == b"\xef\xbb\xbf\xc5\xbc"


def test_files_of_an_earlier_run_are_replaced_or_removed_and_others_stay(tmp_path: Path) -> None:
    place(tmp_path, *RunFile, run_id="run-1")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    place(tmp_path, RunFile.RESULTS, RunFile.SUMMARY, run_id="run-2")
    assert contents(tmp_path) == {
        "notes.txt": "mine",
        RunFile.RESULTS: f"{RunFile.RESULTS} of run-2",
        RunFile.SUMMARY: f"{RunFile.SUMMARY} of run-2",
    }


def test_nothing_is_placed_or_left_behind_when_writing_fails(tmp_path: Path) -> None:
    place(tmp_path, RunFile.RESULTS, RunFile.FAILED)
    before = contents(tmp_path)

    def write_badly() -> None:
        with (
            OutputFolder(tmp_path, run_id="run-2") as output,
            output.text(RunFile.RESULTS) as file,
        ):
            file.write("half")
            raise LedgerError("the outcomes do not add up", reason="identity")

    with pytest.raises(LedgerError, match="do not add up"):
        write_badly()
    assert contents(tmp_path) == before


def test_a_temporary_file_that_a_crash_left_is_written_again(tmp_path: Path) -> None:
    (tmp_path / f".{RunFile.RESULTS}.run-1.tmp").write_text(
        "a much longer leftover", encoding="utf-8"
    )
    place(tmp_path, RunFile.RESULTS)
    assert contents(tmp_path) == {RunFile.RESULTS: f"{RunFile.RESULTS} of run-1"}


def test_processes_that_share_a_folder_leave_each_others_files_alone(tmp_path: Path) -> None:
    with (
        OutputFolder(tmp_path, run_id="run-1") as one,
        OutputFolder(tmp_path, run_id="run-2") as other,
    ):
        for output, run_id in ((one, "run-1"), (other, "run-2")):
            with output.text(RunFile.RESULTS) as file:
                file.write(run_id)
        other.commit()
        assert (tmp_path / RunFile.RESULTS).read_text(encoding="utf-8") == "run-2"
        one.commit()
    assert contents(tmp_path) == {RunFile.RESULTS: "run-1"}


def test_a_leftover_temporary_file_that_is_not_written_again_is_removed(tmp_path: Path) -> None:
    (tmp_path / f".{RunFile.FAILED}.run-1.tmp").write_text("half", encoding="utf-8")
    place(tmp_path, RunFile.RESULTS, run_id="run-1")
    assert contents(tmp_path) == {RunFile.RESULTS: f"{RunFile.RESULTS} of run-1"}


@pytest.mark.parametrize(("age_hours", "stays"), [(1, True), (11, True), (13, False)])
def test_a_temporary_file_of_another_run_is_removed_hours_after_the_last_write(
    tmp_path: Path,
    age_hours: int,
    stays: bool,  # noqa: FBT001 - a table
) -> None:
    leftover = tmp_path / f".{RunFile.RESULTS}.run-1.tmp"
    leftover.write_text("half", encoding="utf-8")
    os.utime(leftover, (time.time() - age_hours * 3600,) * 2)
    place(tmp_path, RunFile.RESULTS, run_id="run-2")
    assert leftover.exists() is stays


class HeldOpen(type(Path())):  # type: ignore[misc] # a path that behaves as on Windows
    """A target that a spreadsheet program keeps open: it cannot be replaced."""

    def __truediv__(self, name: object) -> HeldOpen:
        return HeldOpen(super().__truediv__(name))

    def replace(self, target: object) -> HeldOpen:
        if str(target).endswith(("results.csv",)):
            raise PermissionError(13, "in use by another process")
        return HeldOpen(super().replace(target))

    def unlink(self, missing_ok: bool = False) -> None:  # noqa: FBT001, FBT002 - pathlib's
        if self.name == RunFile.FAILED:
            raise PermissionError(13, "in use by another process")
        super().unlink(missing_ok=missing_ok)


def test_a_file_that_is_open_elsewhere_gets_a_name_with_the_run_id(tmp_path: Path) -> None:
    (tmp_path / RunFile.FAILED).write_text("old", encoding="utf-8")
    placed = place(HeldOpen(tmp_path), RunFile.RESULTS, RunFile.SUMMARY)
    assert {name: path.name for name, path in placed.items()} == {
        RunFile.RESULTS: "results-run-1.csv",
        RunFile.SUMMARY: RunFile.SUMMARY,
    }
    assert contents(tmp_path) == {
        RunFile.FAILED: "old",
        "results-run-1.csv": f"{RunFile.RESULTS} of run-1",
        RunFile.SUMMARY: f"{RunFile.SUMMARY} of run-1",
    }


def test_a_folder_that_cannot_be_created_is_reported_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    with pytest.raises(LedgerError) as failure:
        OutputFolder(tmp_path / "out", run_id="run-1", purpose=Purpose.PLANNED)
    assert (failure.value.exit_code, failure.value.reason) == (5, "results")
    assert failure.value.hint.startswith("Run `check` again")


def test_a_target_that_is_a_folder_is_a_ledger_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / RunFile.RESULTS).mkdir()
    with pytest.raises(LedgerError):
        place(tmp_path, RunFile.RESULTS)
    assert [path.name for path in tmp_path.iterdir()] == [RunFile.RESULTS]


@pytest.fixture(params=[0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    """Set the umask of this process for one test."""
    before = os.umask(request.param)
    yield
    os.umask(before)


@posix_only
@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize(("group_readable", "mode"), [(False, 0o600), (True, 0o640)])
def test_results_are_readable_only_by_their_owner_or_group(
    tmp_path: Path, *, group_readable: bool, mode: int
) -> None:
    with OutputFolder(tmp_path / "o", run_id="r", group_readable=group_readable) as output:
        with output.text(RunFile.RESULTS) as file:
            file.write("x")
        output.commit()
    assert (tmp_path / "o" / RunFile.RESULTS).stat().st_mode & 0o777 == mode
    assert (tmp_path / "o").stat().st_mode & 0o007 == 0


@posix_only
@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize(("group_readable", "mode"), [(False, 0o700), (True, 0o750)])
def test_every_new_folder_is_accessible_only_by_its_owner_or_group(
    tmp_path: Path, *, group_readable: bool, mode: int
) -> None:
    OutputFolder(tmp_path / "a" / "b", run_id="r", group_readable=group_readable)
    folders = (tmp_path / "a", tmp_path / "a" / "b")
    assert [folder.stat().st_mode & 0o777 for folder in folders] == [mode, mode]


@posix_only
def test_an_existing_folder_keeps_its_permissions(tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    OutputFolder(tmp_path, run_id="r", group_readable=True)
    assert tmp_path.stat().st_mode & 0o777 == 0o711


@posix_only
@pytest.mark.parametrize(
    ("before", "after"), [(0o640, 0o640), (0o600, 0o600), (0o644, 0o600), (0o664, 0o600)]
)
def test_results_that_the_group_can_read_stay_readable_by_it(
    tmp_path: Path, before: int, after: int
) -> None:
    (tmp_path / RunFile.RESULTS).touch()
    (tmp_path / RunFile.RESULTS).chmod(before)
    place(tmp_path, RunFile.RESULTS, RunFile.FAILED)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {RunFile.RESULTS: after, RunFile.FAILED: after}


def test_the_file_that_the_run_read_is_never_replaced_or_removed(tmp_path: Path) -> None:
    source = tmp_path / "failed.csv"
    source.write_text("fixed by hand", encoding="utf-8")
    with OutputFolder(tmp_path, run_id="run-2", source=source) as output:
        with output.text(RunFile.RESULTS) as file:
            file.write("results")
        output.commit()
    with OutputFolder(tmp_path, run_id="run-3", source=source) as output:
        with output.text(RunFile.FAILED) as file:
            file.write("failed again")
        placed = output.commit()
    assert source.read_text(encoding="utf-8") == "fixed by hand"
    assert placed == {"failed.csv": tmp_path / "failed-run-3.csv"}
    assert placed[RunFile.FAILED].read_text(encoding="utf-8") == "failed again"
