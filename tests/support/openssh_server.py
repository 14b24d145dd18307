"""OpenSSH's own server, where it is installed, for the user who runs the tests."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PLACES = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"
_ENOUGH_SECONDS = 10.0


class NoServerError(Exception):
    """There is no server that this user could start."""


@dataclass(frozen=True, slots=True)
class OpenSshServer:
    """A running server; it admits the keys in `authorized`."""

    port: int
    host_key: str
    authorized: Path

    @property
    def url(self) -> str:
        return f"sftp://{getpass.getuser()}@127.0.0.1:{self.port}"

    @property
    def known_host(self) -> str:
        return f"[127.0.0.1]:{self.port} {self.host_key}\n"


@contextmanager
def openssh_server(folder: Path) -> Iterator[OpenSshServer]:
    """Start a server on loopback; raises NoServerError."""
    program = shutil.which("sshd") or shutil.which("sshd", path=_PLACES)
    if program is None or not shutil.which("ssh-keygen"):
        raise NoServerError("OpenSSH's server is not installed")
    key, authorized = folder / "host_key", folder / "authorized"
    keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)]
    subprocess.run(keygen, check=True)  # noqa: S603 - constant
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = folder / "sshd_config"
    settings.write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {key}\nAuthorizedKeysFile {authorized}\n"
        "StrictModes no\nPidFile none\nSubsystem sftp internal-sftp\n"
    )
    command = [program, "-D", "-e", "-f", str(settings)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, text=True) as process:  # noqa: S603
        try:
            if not _is_listening(port, process):
                raise NoServerError("OpenSSH's server does not start for this user")
            host_key = " ".join(key.with_suffix(".pub").read_text().split()[:2])
            yield OpenSshServer(port, host_key, authorized)
        finally:
            process.kill()


def _is_listening(port: int, process: subprocess.Popen[str]) -> bool:
    deadline = time.monotonic() + _ENOUGH_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.02)
        else:
            return True
    return False
