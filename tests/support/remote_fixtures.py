"""Servers with remote files; each is started once, when a test first needs it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openssh_server import NoServerError, OpenSshServer, openssh_server
from s3_server import ENVIRONMENT, s3_server

if TYPE_CHECKING:
    from remote_places import Place, S3Place, SftpPlace
    from sftp_server import Home, SftpServer

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def s3(moto: str, aws: pytest.MonkeyPatch) -> Iterator[S3Place]:
    from remote_places import S3Place

    aws.setenv("AWS_ENDPOINT_URL", moto)
    place = S3Place(moto, f"exports-{os.getpid()}-{next(_NUMBERS)}")
    yield place
    place.client.close()


@pytest.fixture
def ssh_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    from sftp_server import Home

    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    return Home(tmp_path / "home")


@pytest.fixture
def sftp_server(tmp_path: Path, ssh_home: Home) -> Iterator[SftpServer]:
    from sftp_server import SftpServer

    root = tmp_path / "root"
    root.mkdir()
    with SftpServer(root, authorized=ssh_home.key) as server:
        yield server


@pytest.fixture
def sftp(sftp_server: SftpServer, ssh_home: Home) -> SftpPlace:
    from remote_places import SftpPlace

    ssh_home.trust(sftp_server)
    return SftpPlace(f"{sftp_server.url}/exports", sftp_server.root / "exports")


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSshServer]:
    try:
        with openssh_server(tmp_path_factory.mktemp("sshd")) as server:
            yield server
    except NoServerError as error:
        pytest.skip(str(error))


@pytest.fixture
def openssh(sshd: OpenSshServer, ssh_home: Home, tmp_path: Path) -> SftpPlace:
    from remote_places import SftpPlace

    sshd.authorized.write_bytes(ssh_home.key.export_public_key())
    ssh_home.known_hosts.write_text(sshd.known_host)
    root = tmp_path / "exports"
    return SftpPlace(f"{sshd.url}{root}", root)


@pytest.fixture(params=["s3", "sftp", "openssh"])
def place(request: pytest.FixtureRequest) -> Place:
    place: Place = request.getfixturevalue(request.param)
    place.make_folder(".")
    return place
