"""Which folders are on a network share, according to Linux's list of mounts."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from bulk_update.errors import LedgerError
from bulk_update.ledger.folder import open_ledger_folder
from bulk_update.network_share import network_share, share_among

MOUNTS = r"""
proc /proc proc rw 0 0
/dev/sda1 / ext4 rw 0 0
nas:/home /home nfs4 rw,vers=4.2 0 0
/dev/sdb1 /home/local xfs rw 0 0
//nas/share /mnt/dysk\040sieciowy cifs rw 0 0
ana@vm:/srv /mnt/vm fuse.sshfs rw 0 0
C:\134 /mnt/c 9p rw,aname=drvfs 0 0
nas:/old /data nfs rw 0 0
/dev/sdc1 /data ext4 rw 0 0
portal /run/user/1000/doc fuse.portal rw 0 0
/dev/sdd1 /mnt/ntfs fuseblk rw 0 0
short
""".strip().splitlines()


@pytest.mark.parametrize(
    ("folder", "share"),
    [
        ("/var/lib/bulk-update", None),
        ("/home/ana/.local/state/bulk-update", "NFS"),
        ("/home", "NFS"),
        ("/homely", None),
        ("/home/local/ana", None),
        ("/mnt/dysk sieciowy/state", "SMB"),
        ("/mnt/vm/a/b", "sshfs"),
        ("/mnt/c/Users/Ana", "9P"),
        ("/data/state", None),
        ("/run/user/1000/doc/x", None),
        ("/mnt/ntfs/state", None),
        ("/", None),
    ],
)
def test_a_folder_is_on_its_nearest_and_latest_mount(folder: str, share: str | None) -> None:
    assert share_among(MOUNTS, PurePosixPath(folder)) == share


def test_a_machine_with_its_root_on_the_network_is_accepted() -> None:
    mounts = ["nas:/root / nfs rw 0 0", "none /shared 9p rw 0 0"]
    assert share_among(mounts, PurePosixPath("/var/lib")) is None
    assert share_among(mounts, PurePosixPath("/shared/state")) == "9P"


def test_a_local_folder_is_local_whether_or_not_it_exists(tmp_path: Path) -> None:
    assert network_share(tmp_path) is None
    assert network_share(tmp_path / "a" / "b") is None


def test_a_ledger_on_a_share_is_refused_before_anything_is_created(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with pytest.raises(LedgerError, match=r"is on a network share \(NFS\)") as refusal:
        open_ledger_folder(folder, group_readable=False, share_of=lambda _: "NFS")
    assert refusal.value.hint == "Choose a folder on a local disk with --state."
    assert not folder.exists()
