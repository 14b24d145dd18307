"""Files on SFTP servers: host keys, logins, and servers that stall, cut off or overwrite."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, cast

import asyncssh
import pytest
from remote_places import SftpPlace, opened
from sftp_server import USER, Home, SftpServer

from bulk_update.errors import InputError, ServiceError, UsageError
from bulk_update.sources import Found, source_of
from bulk_update.sources.location import location_of
from bulk_update.sources.sftp import SftpSource

RUN = "20261130-020000-abcd"


def matching(url: str) -> list[Found]:
    with closing(source_of(url)) as source:
        return source.matching()


def refused(url: str) -> ServiceError:
    with pytest.raises(ServiceError) as raised:
        matching(url)
    assert raised.value.exit_code == 4
    return raised.value


@pytest.fixture
def url(sftp_server: SftpServer) -> str:
    (sftp_server.root / "crm.csv").write_text("ID\n")
    return f"{sftp_server.url}/crm.csv"


def public(key: asyncssh.SSHKey) -> str:
    return " ".join(key.export_public_key().decode().split()[:2])


def test_an_unknown_host_key_is_refused_with_the_line_for_known_hosts(
    url: str, sftp_server: SftpServer, ssh_home: Home
) -> None:
    line = f"[127.0.0.1]:{sftp_server.port} {public(sftp_server.host_key)}"
    fingerprint = sftp_server.host_key.get_fingerprint()
    error = refused(url)
    assert error.message == (
        f"the host key of 127.0.0.1 (ssh-ed25519, {fingerprint}) is not in "
        f"{ssh_home.known_hosts}; the line for it is:\n    {line}"
    )
    assert sftp_server.logins == 0
    ssh_home.known_hosts.write_text(f"{line}\n")
    assert len(matching(url)) == 1


def test_another_host_key_is_refused_with_a_warning(
    url: str, sftp_server: SftpServer, ssh_home: Home
) -> None:
    ssh_home.trust(sftp_server, asyncssh.generate_private_key("ssh-ed25519"))
    error = refused(url)
    assert f"is not the one in {ssh_home.known_hosts}" in error.message
    assert "Someone may be intercepting the connection." in error.hint


def test_a_known_key_of_another_kind_does_not_let_a_new_key_in(
    url: str, sftp_server: SftpServer, ssh_home: Home
) -> None:
    ssh_home.trust(sftp_server, asyncssh.generate_private_key("ecdsa-sha2-nistp256"))
    assert "no common algorithm with 127.0.0.1" in refused(url).message


def test_a_revoked_host_key_is_refused(url: str, sftp_server: SftpServer, ssh_home: Home) -> None:
    ssh_home.known_hosts.write_text(f"@revoked * {public(sftp_server.host_key)}\n")
    assert "revoked" in refused(url).message


@pytest.mark.parametrize(
    "setting",
    ["UserKnownHostsFile none", "UserKnownHostsFile /dev/null", "StrictHostKeyChecking no"],
)
def test_no_setting_of_ssh_switches_the_check_of_host_keys_off(
    url: str, ssh_home: Home, setting: str
) -> None:
    (ssh_home.ssh / "config").write_text(f"Host *\n  {setting}\n")
    message = refused(url).message
    assert "the host key of 127.0.0.1" in message
    assert f"is not in {ssh_home.known_hosts};" in message


def test_the_names_and_keys_of_the_ssh_configuration_are_used(
    url: str, sftp_server: SftpServer, ssh_home: Home
) -> None:
    assert url
    (ssh_home.ssh / "id_ed25519").rename(ssh_home.ssh / "crm_key")
    hosts = ssh_home.ssh / "crm_hosts"
    ssh_home.trust(sftp_server)
    ssh_home.known_hosts.rename(hosts)
    (ssh_home.ssh / "config").write_text(
        f"Host crm\n  HostName 127.0.0.1\n  Port {sftp_server.port}\n  User {USER}\n"
        f"  IdentityFile {ssh_home.ssh}/crm_key\n  UserKnownHostsFile {hosts}\n"
    )
    (found,) = matching("sftp://crm/crm.csv")
    assert found.name == "sftp://crm/crm.csv"


def test_a_wrong_key_ends_the_command_with_4(
    url: str, sftp_server: SftpServer, ssh_home: Home
) -> None:
    ssh_home.trust(sftp_server)
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(ssh_home.save_key()))
    error = refused(url)
    assert f'127.0.0.1 does not accept the user "{USER}"' in error.message


def test_a_passphrase_is_never_asked_for(url: str, sftp_server: SftpServer, ssh_home: Home) -> None:
    ssh_home.trust(sftp_server)
    ssh_home.save_key(passphrase="secret")
    assert "if it has a passphrase, in an SSH agent" in refused(url).hint


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Path]:
    if not shutil.which("ssh-agent"):
        pytest.skip("there is no ssh-agent")
    path = tmp_path / "agent"
    command = ["ssh-agent", "-D", "-a", str(path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - constant
        while not path.exists():
            time.sleep(0.01)
        yield path
        process.kill()


def test_the_keys_of_an_agent_are_used(
    url: str,
    sftp_server: SftpServer,
    ssh_home: Home,
    agent: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ssh_home.trust(sftp_server)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
    key = ssh_home.ssh / "id_ed25519"
    subprocess.run(["ssh-add", "-q", key], check=True)  # noqa: S603, S607 - constant
    key.unlink()
    assert len(matching(url)) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config", b"Host *\n  Port many\n"),
        ("config", b"Host *\n  IdentityFile /no/such/key\n"),
        ("id_rsa", b"no key\n"),
        ("known_hosts", b"\xff\xfe"),
    ],
)
def test_broken_settings_of_ssh_are_refused(
    url: str, ssh_home: Home, name: str, content: bytes
) -> None:
    (ssh_home.ssh / name).write_bytes(content)
    with pytest.raises(UsageError, match="the settings of SSH cannot be used"):
        matching(url)


def test_a_server_that_never_says_a_word_does_not_hold_the_night_up(ssh_home: Home) -> None:
    assert ssh_home
    with socket.create_server(("127.0.0.1", 0)) as silent:
        location = location_of(f"sftp://127.0.0.1:{silent.getsockname()[1]}/crm.csv")
        with pytest.raises(ServiceError, match=r"127.0.0.1 did not respond within 0.2 s"):
            SftpSource(location, connect_seconds=0.2).matching()


def test_an_unreachable_server_ends_the_command_with_4(ssh_home: Home) -> None:
    assert ssh_home
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        message = refused(f"sftp://127.0.0.1:{port}/crm.csv").message
    assert message == "127.0.0.1 cannot be reached: connection refused"


def test_a_server_of_another_kind_ends_the_command_with_4(ssh_home: Home) -> None:
    assert ssh_home
    with socket.create_server(("127.0.0.1", 0)) as web:
        web.settimeout(20)
        location = location_of(f"sftp://127.0.0.1:{web.getsockname()[1]}/crm.csv")
        client = socket.create_connection(web.getsockname())
        client.close()
        web.accept()[0].close()
        with pytest.raises(ServiceError):
            SftpSource(location, connect_seconds=0.2).matching()


class Stalled(asyncssh.SFTPServer):
    async def read(self, file_obj: object, offset: int, size: int) -> bytes:  # noqa: ARG002
        with cast("IO[bytes]", file_obj):
            await asyncio.sleep(60)
        return b""


class Cut(asyncssh.SFTPServer):
    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        return super().read(file_obj, offset, min(size, max(0, 3 - offset)))  # type: ignore[return-value] # not async


class Growing(asyncssh.SFTPServer):
    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        data = super().read(file_obj, offset, size)
        path = Path(os.fsdecode(self.map_path(b"/exports/crm.csv")))
        path.write_text("ID\n1\n2\n3\n")
        return data  # type: ignore[return-value] # not async


class Overwriting(asyncssh.SFTPServer):
    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        Path(os.fsdecode(self.map_path(oldpath))).replace(os.fsdecode(self.map_path(newpath)))


class Racing(asyncssh.SFTPServer):
    """Another program puts a file into the archive right after this one has looked there."""

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        try:
            return super().lstat(path)  # type: ignore[return-value] # not async
        finally:
            if path.endswith(b"/done/crm.csv"):
                Path(os.fsdecode(self.map_path(path))).write_bytes(b"another")


class Denying(asyncssh.SFTPServer):
    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:  # noqa: ARG002
        raise asyncssh.SFTPPermissionDenied("not for you")


def serve(server: SftpServer, kind: type[asyncssh.SFTPServer]) -> None:
    server.serving = lambda channel: kind(channel, chroot=str(server.root).encode())


def test_a_server_that_stalls_does_not_hold_the_night_up(
    sftp: SftpPlace,
    sftp_server: SftpServer,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    sftp.put("crm.csv", b"ID\n1\n")
    serve(sftp_server, Stalled)
    source = SftpSource(location_of(f"{sftp.url}/crm.csv"), patience_seconds=0.3)
    (found,) = source.matching()
    with pytest.raises(ServiceError, match=r"crm.csv. was not complete within 0.3 s"):
        source.fetch(found, tmp_path / "copy")
    gc.collect()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("kind", "error", "message"),
    [
        (Cut, ServiceError, "has 6 bytes, but only 3 were received"),
        (Growing, InputError, "has changed since it was found"),
    ],
)
def test_a_copy_that_is_not_exactly_what_was_found_is_refused(
    sftp: SftpPlace,
    sftp_server: SftpServer,
    tmp_path: Path,
    kind: type[asyncssh.SFTPServer],
    error: type[Exception],
    message: str,
) -> None:
    sftp.put("crm.csv", b"ID\n12\n")
    serve(sftp_server, kind)
    with opened(sftp, "crm.csv") as source:
        (found,) = source.matching()
        with pytest.raises(error, match=message):
            source.fetch(found, tmp_path / "copy")


def test_a_file_with_a_part_beside_it_is_still_being_written(
    sftp: SftpPlace, tmp_path: Path
) -> None:
    sftp.put("crm.csv", b"ID\n1\n")
    sftp.put("crm.csv.filepart", b"I")
    with opened(sftp, "crm.csv") as source:
        (found,) = source.matching()
        with pytest.raises(InputError, match=r"is still being written: .*crm.csv.filepart"):
            source.fetch(found, tmp_path / "copy")


def test_a_server_that_would_overwrite_is_not_asked_to(
    sftp: SftpPlace, sftp_server: SftpServer
) -> None:
    sftp.put("crm.csv", b"new")
    sftp.put("done/crm.csv", b"old")
    serve(sftp_server, Overwriting)
    with opened(sftp, "crm.csv") as source:
        (found,) = source.matching()
        source.archive(found, f"{sftp.url}/done", run_id=RUN)
    assert (sftp.content("done/crm.csv"), sftp.content(f"done/crm-{RUN}.csv")) == (b"old", b"new")


def test_a_name_that_is_taken_at_the_last_moment_is_not_overwritten(
    sftp: SftpPlace, sftp_server: SftpServer
) -> None:
    sftp.put("crm.csv", b"ours")
    sftp.make_folder("done")
    serve(sftp_server, Racing)
    with opened(sftp, "crm.csv") as source:
        (found,) = source.matching()
        source.archive(found, f"{sftp.url}/done", run_id=RUN)
    assert sftp.content("done/crm.csv") == b"another"
    assert sftp.content(f"done/crm-{RUN}.csv") == b"ours"


def test_a_missing_folder_is_named(sftp: SftpPlace) -> None:
    sftp.put("crm.csv", b"ID\n")
    with opened(sftp, "crm.csv") as source:
        (found,) = source.matching()
        with pytest.raises(InputError, match=r"there is no folder .*/exports/done/"):
            source.archive(found, f"{sftp.url}/done", run_id=RUN)
    with (
        opened(sftp, "none/*.csv", newest=True) as source,
        pytest.raises(InputError, match=r"there is no folder .*/exports/none/"),
    ):
        source.matching()


def test_a_folder_is_not_a_file_and_a_link_is_what_it_leads_to(sftp: SftpPlace) -> None:
    sftp.put("data/crm.csv", b"ID\n")
    sftp.make_folder("folder.csv")
    (sftp.root / "link.csv").symlink_to("data/crm.csv")
    (sftp.root / "broken.csv").symlink_to("nothing")
    with opened(sftp, "*.csv", newest=True) as source:
        (found,) = source.matching()
    assert (found.name.rpartition("/")[2], found.size) == ("link.csv", 3)
    with opened(sftp, "data") as source, pytest.raises(InputError, match="is a folder"):
        source.matching()


def test_a_name_that_is_not_utf_8_is_refused_only_if_it_matches(sftp: SftpPlace) -> None:
    sftp.put("crm.csv", b"ID\n")
    (Path(os.fsdecode(os.fsencode(sftp.root) + b"/\xb3\xf3d\xbc.txt"))).write_text("ID\n")
    with opened(sftp, "*.csv", newest=True) as source:
        assert len(source.matching()) == 1
    with opened(sftp, "*", newest=True) as source, pytest.raises(InputError, match="is not UTF-8"):
        source.matching()


def test_a_server_that_denies_access_ends_the_command_with_4(
    sftp: SftpPlace, sftp_server: SftpServer
) -> None:
    serve(sftp_server, Denying)
    message = refused(f"{sftp.url}/crm.csv").message
    name = f"sftp://127.0.0.1:{sftp_server.port}/exports/crm.csv"
    assert message == f'127.0.0.1 refuses access to "{name}": not for you'


def test_one_connection_serves_several_questions(sftp: SftpPlace, sftp_server: SftpServer) -> None:
    sftp.put("crm.csv", b"ID\n")
    with opened(sftp, "crm.csv") as source:
        (found,) = source.matching()
        for _ in range(3):
            assert source.has(found.name)
    assert sftp_server.logins == 1


def test_after_a_long_run_the_connection_is_made_again(
    sftp: SftpPlace, sftp_server: SftpServer
) -> None:
    sftp.put("crm.csv", b"ID\n")
    now = 0.0
    with closing(SftpSource(location_of(f"{sftp.url}/crm.csv"), monotonic=lambda: now)) as source:
        source.matching()
        now = 3600.0
        source.matching()
        source.matching()
    assert sftp_server.logins == 2
