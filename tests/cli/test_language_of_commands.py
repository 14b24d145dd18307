"""The language of what commands print: which one it is, and that machines always read English."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from command_line import Desk, ended, python, start

from bulk_update.cli.chosen_language import chosen_language
from bulk_update.cli.layout import width_of
from bulk_update.cli.main import COMMANDS
from bulk_update.errors import UsageError

POLISH: Mapping[str, str] = {"LC_ALL": "pl_PL.UTF-8"}
ENGLISH: Mapping[str, str] = {"LC_ALL": "en_GB.UTF-8"}
SPACE = "\N{NO-BREAK SPACE}"

COMMAND_LINES = [
    *([command, "--help"] for command in COMMANDS),
    *(["mapping", command, "--help"] for command in ("init", "check", "schema")),
    ["--help"],
    ["-h"],
    [],
]


# --- which language


@pytest.mark.parametrize(
    ("words", "environ", "expected"),
    [
        ([], {}, "en"),
        ([], POLISH, "pl"),
        ([], {**POLISH, "BULK_UPDATE_LANG": ""}, "pl"),
        ([], {**POLISH, "BULK_UPDATE_LANG": "en"}, "en"),
        ([], {**ENGLISH, "BULK_UPDATE_LANG": "pl"}, "pl"),
        (["check", "--lang", "en"], {**POLISH, "BULK_UPDATE_LANG": "pl"}, "en"),
        (["--lang=pl", "check"], ENGLISH, "pl"),
        (["--lang", "pl", "check", "--lang", "en"], POLISH, "en"),
        (["--lang", "pl"], {"BULK_UPDATE_LANG": "de"}, "pl"),
        (["check", "--", "--lang", "pl"], ENGLISH, "en"),
        (["check", "--lang", "de"], POLISH, "pl"),
        (["check", "--lang"], POLISH, "pl"),
    ],
)
def test_the_command_line_outranks_the_environment_which_outranks_the_locale(
    words: list[str], environ: dict[str, str], expected: str
) -> None:
    assert chosen_language(words, environ) == expected


def test_an_unknown_language_in_the_environment_is_refused_in_words() -> None:
    refused = start("runs", environment={**ENGLISH, "BULK_UPDATE_LANG": "de"})
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == (
        'bulk-update: BULK_UPDATE_LANG "de" is not a known language (expected en or pl)\n'
    )
    with pytest.raises(UsageError):
        chosen_language([], {"BULK_UPDATE_LANG": "PL"})


def test_an_unknown_language_is_refused_in_the_language_of_the_locale() -> None:
    by_option = start("runs", "--lang", "de", environment=POLISH)
    assert (by_option.exit_code, by_option.stdout) == (2, "")
    assert by_option.stderr.startswith("bulk-update: Nieprawidłowa wartość dla '--lang': 'de'")
    by_variable = start("runs", environment={**POLISH, "BULK_UPDATE_LANG": "de"})
    assert by_variable.exit_code == 2
    assert "nie jest znanym językiem" in by_variable.stderr


def test_a_process_with_a_polish_locale_speaks_polish(desk: Desk) -> None:
    words = ("-m", "bulk_update", *desk.arguments("check", desk.rows("1"), "-m", desk.mapping()))
    locale = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "pl_PL.UTF-8"}
    found = ended(python(*words, environment={**desk.environment, **locale}))
    assert found.exit_code == 0
    assert "zakończono bez problemów (kod wyjścia 0)" in found.stdout


def test_a_language_is_that_of_one_command_only(desk: Desk) -> None:
    words = ("check", desk.rows("1"), "-m", desk.mapping())
    assert "finished" not in desk(*words, "--lang", "pl").stdout
    assert "finished" in desk(*words).stdout


# --- help and mistakes


@pytest.mark.parametrize("words", COMMAND_LINES, ids=" ".join)
def test_the_help_is_polish_and_fits(words: list[str]) -> None:
    shown = start(*words, environment=POLISH)
    text = shown.stdout or shown.stderr
    assert text.startswith("Użycie: bulk-update")
    assert "\nOpcje:\n" in text
    assert not re.search(r"Usage|Options|Commands|\[required\]|Example|Show|\bthe\b", text)
    assert max(map(width_of, text.splitlines())) <= 80
    assert start(*words, environment=ENGLISH).exit_code == shown.exit_code


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["chek"], "Nie ma polecenia 'chek'. Czy chodziło o 'check'?"),
        (["xyzzy"], "Nie ma polecenia 'xyzzy'."),
        (["mapping", "xyzzy"], "Nie ma polecenia 'xyzzy'."),
        (["check", "--xyzzy"], "Nie ma opcji"),
        (["check", "--rat", "5"], "Czy chodziło o"),
        (["check"], "Brak argumentu 'PLIK'.\nPomoc: `bulk-update check --help`."),
        (["check", "crm.csv"], "Brak opcji '-m' / '--mapping'."),
        (["check", "a", "b", "-m", "c"], "Nadmiarowy argument (b)"),
        (["check", "a", "b", "c", "-m", "d"], "Nadmiarowe argumenty (b c)"),
        (["check", "--rate"], "Opcja '--rate' wymaga argumentu."),
        (["check", "--json=yes"], "Opcja '--json' nie przyjmuje wartości."),
        (
            ["run", "a", "-m", "b", "--limit", "x"],
            "Nieprawidłowa wartość dla '--limit': 'x' nie jest liczbą całkowitą.",
        ),
        (["run", "a", "-m", "b", "--limit", "-1"], "-1 nie mieści się w zakresie x>=0."),
        (["run", "a", "-m", "b", "--notify-on", "x"], "'x' nie jest żadną z wartości"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
def test_a_mistake_on_the_command_line_is_said_in_polish(words: list[str], said: str) -> None:
    shown = start(*words, environment=POLISH)
    assert shown.exit_code == 2
    assert said in shown.stderr


# --- nouns after numbers


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, f"1{SPACE}wiersz"),
        (2, f"2{SPACE}wiersze"),
        (5, f"5{SPACE}wierszy"),
        (22, f"22{SPACE}wiersze"),
        (25, f"25{SPACE}wierszy"),
    ],
)
def test_nouns_have_the_form_for_their_number(desk: Desk, count: int, said: str) -> None:
    rows = desk.rows(*map(str, range(100, 100 + count)))
    shown = desk("check", rows, "-m", desk.mapping(), "--lang", "pl").stdout
    assert f"  kampania   00001 ({said})\n" in shown


# --- what machines read


def without_times(text: str) -> object:
    """Return a JSON object without what differs between two runs of a command."""
    plain = re.sub(r"\d{8}-\d{6}-[a-z0-9]+", "RUN", text)
    plain = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z?", "TIME", plain)
    return json.loads(re.sub(r'"(ledger_bytes|files_bytes|bytes)": \d+', r'"\1": 0', plain))


@pytest.mark.parametrize(
    "command", ["check", "doctor", "mapping check", "mapping init", "runs", "broken mapping"]
)
def test_json_is_the_same_in_both_languages(tmp_path: Path, command: str) -> None:
    found = []
    for language in ("en", "pl"):
        desk = Desk(tmp_path)
        file, mapping = desk.rows("1", "", "2"), desk.mapping()
        if command == "broken mapping":
            mapping = desk.mapping(name="broken.yaml", colour="red", guards={"max_row": 5})
        words = {
            "check": ("check", file, "-m", mapping, "--state", desk.state, "--out", desk.out),
            "doctor": ("doctor", "-m", mapping, "--state", desk.state),
            "mapping check": ("mapping", "check", mapping, file),
            "mapping init": ("mapping", "init", file, "--state", desk.state),
            "runs": ("runs", "--state", desk.state),
            "broken mapping": ("mapping", "check", mapping),
        }[command]
        shown = start(*map(str, words), "--json", "--lang", language)
        found.append(without_times(shown.stdout))
    assert found[0] == found[1]


def test_an_event_log_in_json_is_english_and_one_in_text_is_translated(desk: Desk) -> None:
    words = ("check", desk.file("ID;Status;Miasto\n"), "-m", desk.mapping(), "--lang", "pl")
    as_json = desk(*words, "--log-format", "json").stderr
    messages = [json.loads(line).get("message") for line in as_json.splitlines()]
    english = desk(*words[:-2], "--log-format", "json").stderr
    assert messages == [json.loads(line).get("message") for line in english.splitlines()]
    as_text = desk(*words, "--log-format", "text").stderr
    assert str(next(filter(None, messages))) not in as_text
    assert "event=run.ended" in as_text


def test_a_stored_message_is_said_again_in_the_language_asked_for(desk: Desk) -> None:
    desk("check", desk.rows("1", ""), "-m", desk.mapping(), "--lang", "pl")
    words = ("show", desk.run_id(), "--row", "3")
    english, polish = (desk(*words, "--lang", language).stdout for language in ("en", "pl"))
    assert "outcome\n  invalid" in english
    assert "wynik\n  invalid" in polish
    assert english.splitlines()[-1] != polish.splitlines()[-1]
