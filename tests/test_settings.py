from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from bulk_update.errors import UsageError
from bulk_update.settings import Settings, load_settings

CANARY = "k4n4r-ekZ"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"BULK_UPDATE_{name.upper()}", raising=False)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("base_url", "https://acme.thulium.com", "https://acme.thulium.com"),
        ("username", "ana", "ana"),
        ("password_file", "secret.txt", Path("secret.txt")),
        ("state", "state", Path("state")),
        ("rate", "12.5", 12.5),
        ("rate", "unlimited", "unlimited"),
        ("workers", "64", 64),
        ("timeout", "2.5", 2.5),
        ("retries", "0", 0),
        ("patience", "0", 0.0),
    ],
)
def test_a_setting_comes_from_the_environment_unless_the_command_line_sets_it(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
) -> None:
    monkeypatch.setenv(f"BULK_UPDATE_{name.upper()}", text)
    assert getattr(load_settings({}), name) == value
    assert getattr(load_settings({name: None}), name) == value
    monkeypatch.setenv(f"BULK_UPDATE_{name.upper()}", "7")
    assert getattr(load_settings({name: text}), name) == value


def test_an_unset_setting_is_none_so_that_the_mapping_or_the_default_applies() -> None:
    assert set(load_settings({}).model_dump().values()) == {None}


def test_an_empty_variable_is_not_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(f"BULK_UPDATE_{name.upper()}", "")
    assert set(load_settings({}).model_dump().values()) == {None}


def test_other_environment_variables_are_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RATE", "x")
    monkeypatch.setenv("BULK_UPDATE_UNKNOWN", "x")
    assert load_settings({}).rate is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rate", "0"),
        ("rate", "-1"),
        ("rate", "nan"),
        ("rate", "inf"),
        ("rate", "fast"),
        ("workers", "0"),
        ("workers", "1.5"),
        ("workers", "10001"),
        ("timeout", "0"),
        ("timeout", "soon"),
        ("retries", "-1"),
        ("patience", "-1"),
    ],
)
def test_an_invalid_setting_is_reported_with_its_source_and_value_on_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    with pytest.raises(UsageError) as refusal:
        load_settings({name: text})
    assert refusal.value.message.startswith(f'--{name}: "{text}" is not a ')
    assert "\n" not in refusal.value.message
    monkeypatch.setenv(f"BULK_UPDATE_{name.upper()}", text)
    with pytest.raises(UsageError) as refusal:
        load_settings({})
    assert refusal.value.message.startswith(f'BULK_UPDATE_{name.upper()}: "{text}" is not a ')


def test_all_invalid_settings_are_reported_at_once() -> None:
    with pytest.raises(UsageError) as refusal:
        load_settings({"workers": "none", "retries": "many"})
    assert [line.split()[0] for line in refusal.value.message.splitlines()] == [
        "--workers:",
        "--retries:",
    ]


def test_a_value_that_would_move_the_cursor_is_escaped() -> None:
    with pytest.raises(UsageError, match=r"\\x1b\[2J"):
        load_settings({"rate": "\x1b[2J"})


def test_no_message_and_no_repr_shows_the_password_or_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BULK_UPDATE_PASSWORD", CANARY)
    monkeypatch.setenv("BULK_UPDATE_PROXY", f"http://u:{CANARY}@proxy:8080")
    settings = load_settings({})
    assert settings.password == SecretStr(CANARY)
    assert CANARY not in repr(settings) + str(settings) + settings.model_dump_json()
    with pytest.raises(UsageError) as refusal:
        load_settings({"proxy": 5, "rate": "x"})
    assert CANARY not in str(refusal.value)
    assert "--proxy: " in refusal.value.message


def test_the_state_folder_is_the_platforms_default_unless_it_is_set() -> None:
    assert load_settings({"state": "here"}).state_folder == Path("here")
    assert load_settings({}).state_folder.name == "bulk-update"
