from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from pydantic import SecretStr

from bulk_update.credentials import (
    Exposure,
    FoundPassword,
    Source,
    exposure_of,
    find_password,
    password_of,
    without_line_break,
)
from bulk_update.errors import UsageError
from bulk_update.settings import Settings

CANARY = "k4n4r ekŻ"
as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away"
)
posix_only = pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")


class KeyringError(Exception):
    """Replaces the keyring package's own error."""


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """Replace the keyring package with one that gives everyone the same answer."""

    def place(found: object) -> None:
        def get_password(service: str, user: str) -> object:
            if isinstance(found, Exception):
                raise found
            return found if (service, user) == ("bulk-update", "ana@https://acme") else None

        package = ModuleType("keyring")
        package.__dict__.update(
            get_password=get_password, errors=SimpleNamespace(KeyringError=KeyringError)
        )
        monkeypatch.setitem(sys.modules, "keyring", package)

    return place


def password(**settings: object) -> str:
    made = Settings.model_construct(**settings)  # type: ignore[arg-type] # what a test sets
    return password_of(made, base_url="https://acme", username="ana")


def secret_file(folder: Path, content: bytes, *, mode: int = 0o600) -> Path:
    path = folder / "password.txt"
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("content", [CANARY, f"{CANARY}\n", f"{CANARY}\r\n", f"\ufeff{CANARY}\n"])
def test_a_password_file_contains_the_password_on_one_line(tmp_path: Path, content: str) -> None:
    assert password(password_file=secret_file(tmp_path, content.encode())) == CANARY


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_one_line_break_at_the_end_is_removed_wherever_a_password_comes_from(
    ending: str, keyring: Callable[[object], None]
) -> None:
    keyring(CANARY + ending)
    assert password(password=SecretStr(CANARY + ending)) == CANARY
    assert password() == CANARY
    assert without_line_break(f"ana{ending}", of="user-name") == "ana"


def test_the_source_of_a_password_is_known_and_its_repr_does_not_show_it(
    tmp_path: Path, keyring: Callable[[object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(**settings: object) -> FoundPassword:
        made = Settings.model_construct(**settings)  # type: ignore[arg-type] # what a test sets
        return find_password(made, base_url="https://acme", username="ana")

    file = secret_file(tmp_path, CANARY.encode())
    keyring(CANARY)
    sources = [
        found(password_file=file, password=SecretStr("other")),
        found(password=SecretStr(CANARY)),
        found(),
    ]
    (tmp_path / "password").write_text(CANARY, encoding="utf-8")
    (tmp_path / "password").chmod(0o600)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    sources.append(found())
    assert sources == [
        FoundPassword(CANARY, Source.FILE, file),
        FoundPassword(CANARY, Source.ENVIRONMENT),
        FoundPassword(CANARY, Source.KEYRING),
        FoundPassword(CANARY, Source.CREDENTIAL, tmp_path / "password"),
    ]
    assert CANARY not in repr(sources)


WITH_CONTROL_CHARACTER = [
    place.format(character)
    for character in ("\n", "\r", "\t", "\0", "\x1b", "\x7f", "\x85")
    for place in ("{}ab", "a{}b", "ab{}\n")
    if (place, character) != ("ab{}\n", "\r")  # a line break as Windows writes it
]


@pytest.mark.parametrize("secret", WITH_CONTROL_CHARACTER, ids=ascii)
def test_any_other_control_character_is_rejected_without_showing_the_password(
    secret: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="control character") as refused:
        password(password=SecretStr(secret))
    assert "ab" not in str(refused.value)
    with pytest.raises(UsageError):
        password(password_file=secret_file(tmp_path, secret.encode()))


def test_spaces_around_a_password_are_part_of_it(tmp_path: Path) -> None:
    assert password(password_file=secret_file(tmp_path, b" a \n")) == " a "


def test_a_file_takes_precedence_over_the_environment_and_the_environment_over_the_keyring(
    tmp_path: Path, keyring: Callable[[object], None]
) -> None:
    keyring("from the keyring")
    path = secret_file(tmp_path, b"from the file")
    variable = SecretStr("from the environment")
    assert password(password_file=path, password=variable) == "from the file"
    assert password(password=variable) == "from the environment"
    assert password() == "from the keyring"


@posix_only
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_password_file_that_others_can_read_is_rejected(tmp_path: Path, mode: int) -> None:
    path = secret_file(tmp_path, CANARY.encode(), mode=mode)
    with pytest.raises(UsageError, match="other users can read") as refusal:
        password(password_file=path)
    assert refusal.value.hint == f"Restrict it: chmod 600 {path}"
    assert CANARY not in str(refusal.value)


USER, ROOT, OTHER = 1000, 0, 1001


@pytest.mark.parametrize(
    ("mode", "owner", "is_read_only", "exposure"),
    [
        (0o600, USER, False, None),
        (0o400, USER, False, None),
        (0o400, ROOT, False, None),
        (0o640, USER, False, Exposure.READABLE),
        (0o604, USER, False, Exposure.READABLE),
        # mounted secrets: Kubernetes' fsGroup, systemd's access list, /run/secrets
        (0o440, ROOT, False, None),
        (0o440, ROOT, True, None),
        (0o640, USER, True, None),
        (0o444, ROOT, True, Exposure.MOUNTED),
        (0o644, ROOT, False, Exposure.MOUNTED),
        (0o444, USER, True, Exposure.MOUNTED),
        (0o400, OTHER, False, Exposure.OWNER),
        (0o644, OTHER, True, Exposure.OWNER),
    ],
)
def test_a_password_file_is_judged_by_owner_mode_and_whether_the_user_can_change_it(
    mode: int,
    owner: int,
    is_read_only: bool,  # noqa: FBT001 - a table
    exposure: Exposure | None,
) -> None:
    judged = exposure_of(0o100000 | mode, owner=owner, user=USER, is_read_only=is_read_only)
    assert judged is exposure


def test_root_can_change_its_own_files_and_reads_no_one_elses() -> None:
    assert exposure_of(0o440, owner=0, user=0, is_read_only=False) is Exposure.READABLE
    assert exposure_of(0o440, owner=0, user=0, is_read_only=True) is None
    assert exposure_of(0o600, owner=USER, user=0, is_read_only=False) is Exposure.OWNER


def test_a_secret_behind_kubernetes_links_is_read(tmp_path: Path) -> None:
    (tmp_path / "..2027").mkdir()
    secret_file(tmp_path / "..2027", CANARY.encode())
    (tmp_path / "..data").symlink_to("..2027")
    (tmp_path / "password").symlink_to("..data/password.txt")
    assert password(password_file=tmp_path / "password") == CANARY


@as_root
@pytest.mark.parametrize(
    ("owner", "mode", "expected"),
    [(1234, 0o600, "belongs to another user"), (0, 0o640, "other users can read")],
)
def test_a_password_file_is_judged_by_its_owner_and_mode_on_disk(
    tmp_path: Path, owner: int, mode: int, expected: str
) -> None:
    path = secret_file(tmp_path, CANARY.encode(), mode=mode)
    os.chown(path, owner, owner)
    with pytest.raises(UsageError, match=expected) as refusal:
        password(password_file=path)
    assert CANARY not in str(refusal.value)


def test_the_credential_of_systemd_comes_after_the_environment_and_before_the_keyring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keyring: Callable[[object], None]
) -> None:
    keyring("from the keyring")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert password() == "from the keyring"
    secret_file(tmp_path, b"from systemd\n").rename(tmp_path / "password")
    assert password() == "from systemd"
    assert password(password=SecretStr("from the environment")) == "from the environment"


@pytest.mark.parametrize("text", ["", "\n", "\r\n"])
def test_an_empty_user_name_or_password_is_rejected(text: str) -> None:
    with pytest.raises(UsageError, match="the password is empty"):
        password(password=SecretStr(text))
    with pytest.raises(UsageError, match="the user name is empty"):
        without_line_break(text, of="user-name")


@pytest.mark.parametrize("content", [b"", b"\n", b"one\ntwo", b"one\n\n", b"x" * 20_000])
def test_a_password_file_with_other_content_is_rejected(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UsageError, match="on one line"):
        password(password_file=secret_file(tmp_path, content))


def test_a_password_file_in_another_encoding_is_rejected_without_showing_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not UTF-8") as refusal:
        password(password_file=secret_file(tmp_path, CANARY.encode("cp1250")))
    assert "k4n4r" not in str(refusal.value)


def test_a_missing_password_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        password(password_file=tmp_path / "nothing")


def test_the_message_without_a_password_names_three_ways_to_set_one(
    keyring: Callable[[object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring(None)
    with pytest.raises(UsageError, match="no password is set for ana at https://acme") as refusal:
        password()
    assert "BULK_UPDATE_PASSWORD" in refusal.value.hint
    assert "--password-file" in refusal.value.hint
    assert "keyring set bulk-update ana@https://acme" in refusal.value.hint
    monkeypatch.setitem(sys.modules, "keyring", None)  # as if not installed
    with pytest.raises(UsageError, match="no password is set for ana"):
        password()


def test_the_message_for_a_locked_keyring_names_the_other_ways(
    keyring: Callable[[object], None],
) -> None:
    keyring(KeyringError("locked"))
    with pytest.raises(UsageError, match="keyring cannot be read: locked") as refusal:
        password()
    assert "--password-file" in refusal.value.hint
