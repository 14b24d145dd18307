"""Detecting network shares, where SQLite's log and locks do not work.

SQLite's documentation: "WAL does not work over a network filesystem", because its processes share
memory. Two machines would corrupt the ledger without any error.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

_MOUNTS = Path("/proc/self/mounts")
_ESCAPES = {"\\040": " ", "\\011": "\t", "\\012": "\n", "\\134": "\\"}
_REMOTE_DRIVE = 4
"""`DRIVE_REMOTE`, from GetDriveType's documentation."""

_KINDS = {
    "nfs": "NFS", "nfs4": "NFS", "cifs": "SMB", "smb3": "SMB", "smbfs": "SMB", "9p": "9P",
    "afs": "AFS", "ceph": "CephFS", "lustre": "Lustre", "beegfs": "BeeGFS", "gpfs": "GPFS",
    "vboxsf": "VirtualBox", "davfs": "WebDAV",
}  # fmt: skip
_FUSE_KINDS = {
    "sshfs": "sshfs", "glusterfs": "GlusterFS", "rclone": "rclone", "s3fs": "s3fs",
    "gcsfuse": "gcsfuse", "blobfuse": "blobfuse", "blobfuse2": "blobfuse", "davfs2": "WebDAV",
    "vmhgfs-fuse": "VMware", "goofys": "goofys", "mount-s3": "mount-s3", "nfs": "NFS",
    "ceph-fuse": "CephFS", "cephfs": "CephFS",
}  # fmt: skip


def network_share(folder: Path) -> str | None:
    """Return the kind of network share that a folder is on, such as NFS.

    Returns None if the folder is local or the system does not say. The folder need not exist.
    """
    if os.name == "nt":
        return _windows_share(folder)
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:  # not Linux
        return None
    return share_among(mounts.splitlines(), PurePosixPath(folder.resolve()))


def share_among(mounts: Iterable[str], folder: PurePosixPath) -> str | None:
    """Return the kind of share that a folder is on, from the lines of /proc/self/mounts.

    The root never counts as a share, because a diskless machine or a container has nothing else.
    """
    above = {str(each) for each in (folder, *folder.parents)} - {"/"}
    found, longest = None, ""
    for point, kind in _mounts_of(mounts):
        # A later mount hides an earlier one at the same place.
        if point in above and len(point) >= len(longest):
            found, longest = _kind_of(kind), point
    return found


def _mounts_of(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        _, point, kind, *_ = [*line.split(" "), "", "", ""]
        for escape, character in _ESCAPES.items():
            point = point.replace(escape, character)
        yield point, kind


def _kind_of(kind: str) -> str | None:
    if kind.startswith("fuse."):
        return _FUSE_KINDS.get(kind.removeprefix("fuse."))
    return _KINDS.get(kind)


def _windows_share(folder: Path) -> str | None:
    anchor = folder.absolute().anchor
    if anchor.startswith("\\\\"):
        return "SMB"
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - exists on Windows only
    return "SMB" if kernel.GetDriveTypeW(anchor) == _REMOTE_DRIVE else None
