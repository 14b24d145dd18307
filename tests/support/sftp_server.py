"""A real SFTP server on loopback, and a home folder whose user may log in to it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncssh

USER = "export"


@dataclass
class Home:
    """The home folder of a user of OpenSSH."""

    path: Path
    key: asyncssh.SSHKey = field(
        default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519")
    )

    def __post_init__(self) -> None:
        self.ssh.mkdir(mode=0o700, parents=True)
        self.save_key()

    @property
    def ssh(self) -> Path:
        return self.path / ".ssh"

    @property
    def known_hosts(self) -> Path:
        return self.ssh / "known_hosts"

    def save_key(self, name: str = "id_ed25519", passphrase: str | None = None) -> Path:
        path = self.ssh / name
        # With a passphrase, the format of OpenSSH would need another library.
        kind = "pkcs8-pem" if passphrase else "openssh"
        self.key.write_private_key(str(path), kind, passphrase=passphrase)
        path.chmod(0o600)
        return path

    def trust(self, server: SftpServer, key: asyncssh.SSHKey | None = None) -> None:
        """Add a server to known_hosts, with its own key or another one."""
        public = (key or server.host_key).export_public_key().decode()
        with self.known_hosts.open("a", encoding="ascii") as file:
            file.write(f"[127.0.0.1]:{server.port} {public}")


Serving = Callable[["asyncssh.SSHServerChannel[bytes]"], asyncssh.SFTPServer]


class SftpServer:
    """asyncssh's server in a thread of its own; `root` is what its clients see as `/`."""

    def __init__(self, root: Path, *, authorized: asyncssh.SSHKey) -> None:
        self.root = root
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.logins = 0
        self.port = 0
        self.serving: Serving = self.obliging
        self._authorized = authorized.export_public_key().decode()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    @property
    def url(self) -> str:
        return f"sftp://{USER}@127.0.0.1:{self.port}"

    def obliging(self, channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=str(self.root).encode())

    async def _serve(self) -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()

        def serving(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
            self.logins += 1
            return self.serving(channel)

        connections: list[asyncssh.SSHServerConnection] = []
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            acceptor=connections.append,
            server_host_keys=[self.host_key],
            authorized_client_keys=asyncssh.import_authorized_keys(self._authorized),
            sftp_factory=serving,
        )
        self.port = server.get_port()
        self._ready.set()
        await self._closing.wait()
        server.close()
        for connection in connections:
            connection.abort()
            await connection.wait_closed()
