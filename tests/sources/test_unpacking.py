"""Gzip files are unpacked completely, or refused in our own words."""

from __future__ import annotations

import gzip
import stat
from pathlib import Path

import pytest

from bulk_update.errors import InputError
from bulk_update.sources.unpacking import unpack

TEXT = b"ID;Status\n" + b"".join(b"%d;3\n" % number for number in range(200))


def unpacked(folder: Path, content: bytes, *, most_bytes: int = 1 << 20) -> bytes:
    packed, target = folder / "packed", folder / "unpacked"
    packed.write_bytes(content)
    target.unlink(missing_ok=True)
    unpack(packed, target, name="crm.csv.gz", most_bytes=most_bytes)
    return target.read_bytes()


def message(folder: Path, content: bytes, *, most_bytes: int = 1 << 20) -> str:
    with pytest.raises(InputError) as refused:
        unpacked(folder, content, most_bytes=most_bytes)
    assert (refused.value.exit_code, refused.value.reason) == (2, "input")
    return refused.value.message


def test_several_members_are_one_file(tmp_path: Path) -> None:
    content = gzip.compress(TEXT[:500]) + gzip.compress(TEXT[500:]) + b"\0" * 512
    assert unpacked(tmp_path, content) == TEXT


def test_only_the_owner_can_read_the_copy(tmp_path: Path) -> None:
    unpacked(tmp_path, gzip.compress(TEXT))
    assert stat.S_IMODE((tmp_path / "unpacked").stat().st_mode) == 0o600


def test_a_file_that_is_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(TEXT)
    for length in range(2, len(whole)):
        assert message(tmp_path, whole[:length]) == "crm.csv.gz: the compressed file was cut off"
    assert unpacked(tmp_path, whole) == TEXT


def test_a_file_with_a_wrong_byte_is_refused_or_has_the_same_content(tmp_path: Path) -> None:
    whole = gzip.compress(TEXT)
    for index in range(len(whole)):
        changed = bytearray(whole)
        changed[index] ^= 0x55
        try:
            assert unpacked(tmp_path, bytes(changed)) == TEXT  # a time or a name in the header
        except InputError as error:
            assert error.message.startswith("crm.csv.gz: ")  # noqa: PT017 - or it was unpacked


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "the file is empty (0 bytes)"),
        (b"ID;Status\n", "this is not compressed with gzip, despite its name"),
        (gzip.compress(TEXT) + b"more", "the compressed file is damaged"),
    ],
)
def test_what_is_no_gzip_file_is_refused(tmp_path: Path, content: bytes, expected: str) -> None:
    assert message(tmp_path, content) == f"crm.csv.gz: {expected}"


def test_a_file_that_grows_beyond_the_bound_is_refused(tmp_path: Path) -> None:
    bomb = gzip.compress(b"0" * 5_000_000)
    assert "larger than 2 MB" in message(tmp_path, bomb, most_bytes=2_000_000)
    assert (tmp_path / "unpacked").stat().st_size <= 2_000_000
