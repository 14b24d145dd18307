"""A setting has the same notation and limits wherever it is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bulk_update.cli.options import request_of, seconds_of
from bulk_update.errors import MappingError, UsageError
from bulk_update.job.guards import guards_of
from bulk_update.limits import MOST_RETRIES, MOST_WORKERS
from bulk_update.mapping import Mapping, load_mapping
from bulk_update.mapping.run_schema import DeliverySection, GuardsSection
from bulk_update.mapping.schema import SourceSection
from bulk_update.plan import Guards
from bulk_update.sandbox import parse_faults
from bulk_update.settings import Settings, load_settings

MAPPING = """
version: 1
campaign: "00001"
identifier: {column: ID}
update: {status_id: {column: Status}}
"""

REFUSED = object()
"""The result of a parser that refuses a value."""

DURATIONS: dict[str, object] = {
    "0": 0.0, "90": 90.0, "90s": 90.0, "15m": 900.0, "3h": 10_800.0, "90d": 7_776_000.0,
    "0.5": 0.5, "1.5h": 5_400.0, "250ms": REFUSED, "1w": REFUSED, "-1": REFUSED, "1e3": REFUSED,
    "inf": REFUSED, "nan": REFUSED, "soon": REFUSED, "1:30": REFUSED, "36501d": REFUSED,
    "9" * 5000: REFUSED,
}  # fmt: skip
POSITIVE_DURATIONS = {**DURATIONS, "0": REFUSED}
NUMBERS: dict[str, object] = {
    "1": 1, "007": 7, "1.5": REFUSED, "-1": REFUSED, "1e3": REFUSED, "1_0": REFUSED, "x": REFUSED,
    "٣": REFUSED, "9" * 5000: REFUSED,
}  # fmt: skip

DELIVERY: dict[str, dict[str, object]] = {
    "rate": {
        "5": 5.0, "0.5": 0.5, "unlimited": "unlimited", "0": REFUSED, "-1": REFUSED, "1e3": REFUSED,
        "inf": REFUSED, "nan": REFUSED, "fast": REFUSED, "Unlimited": REFUSED, "5/s": REFUSED,
    },
    "workers": {**NUMBERS, "0": REFUSED, str(MOST_WORKERS): MOST_WORKERS, "10001": REFUSED},
    "retries": {**NUMBERS, "0": 0, str(MOST_RETRIES): MOST_RETRIES, "1001": REFUSED},
    "timeout": POSITIVE_DURATIONS,
    "patience": DURATIONS,
}  # fmt: skip
SOURCE: dict[str, dict[str, object]] = {
    "encoding": {
        "cp1250": "cp1250", "UTF-16": "UTF-16", "cp125": REFUSED, "rot13": REFUSED,
        "punycode": REFUSED, "undefined": REFUSED,
    },
    "delimiter": {
        ";": ";", ",": ",", "|": "|", "^": "^", "tab": "\t", "TAB": "\t", "Tab": "\t", "\\t": "\t",
        "a": REFUSED, "1": REFUSED, ";;": REFUSED, "'": REFUSED, " ": REFUSED, "é": REFUSED,
        "\\": REFUSED,
    },
    "sheet": {"2": 2, "Dane": "Dane", "2024 dane": "2024 dane", "0": REFUSED, " ": REFUSED},
}  # fmt: skip
ONLY_IN_A_MAPPING = {"kind", "header_row", "quote", "complete", "marker"}
"""What is said of a source in a mapping, and has no option."""
SWITCHES = {"true": True, "false": False, "True": True, "yes": REFUSED, "1": REFUSED}

GUARDS: dict[str, dict[str, object]] = {
    "max_rows": {"500": "500", "0": "0", "5%": REFUSED, "1.5": REFUSED, "-1": REFUSED},
    "max_invalid": {"500": "500", "5%": "5 %", "0.5%": "0.5 %", "101%": REFUSED, "x": REFUSED},
    "max_failures": {"500": "500", "5%": "5 %", "0.5%": "0.5 %", "101%": REFUSED, "x": REFUSED},
    "max_clears": {"500": "500", "5%": REFUSED, "x": REFUSED},
    "max_duration": POSITIVE_DURATIONS,
    "window": {
        "20:00-06:00": "20:00-06:00",
        "8:00-24:00": "08:00-00:00",
        "20:00-20:00": REFUSED,
        "20-06": REFUSED,
    },
    "expect_rows": {"7": (7, 7), "x": REFUSED, "-1": REFUSED},
    "allow_none": SWITCHES,
    "learn": SWITCHES,
}


def cases(tables: dict[str, dict[str, object]]) -> list[Any]:
    return [
        pytest.param(name, text, value, id=f"{name}={text[:20]}")
        for name, table in tables.items()
        for text, value in table.items()
    ]


def answer_of(read: Callable[[], object]) -> object:
    try:
        return read()
    except (UsageError, MappingError, ValueError):
        return REFUSED


def mapping(section: str, name: str, text: str) -> Mapping:
    written = text if name == "sheet" and text.strip() else "'" + text.replace("'", "''") + "'"
    lines = f"{MAPPING}{section}:\n  {name}: {written}\n"
    return load_mapping(lines.encode(), path="crm.yaml")


def in_the_mapping(section: str, name: str, text: str) -> object:
    return answer_of(lambda: getattr(getattr(mapping(section, name, text), section), name))


@pytest.mark.parametrize(("name", "text", "value"), cases(DELIVERY))
def test_a_delivery_setting_is_the_same_in_all_three_places(
    name: str, text: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def setting(given: dict[str, str]) -> object:
        return answer_of(lambda: getattr(load_settings(given), name))

    assert in_the_mapping("delivery", name, text) == value
    assert setting({name: text}) == value
    monkeypatch.setenv(f"BULK_UPDATE_{name.upper()}", text)
    assert setting({}) == value


@pytest.mark.parametrize(("name", "text", "value"), cases(SOURCE))
def test_a_source_option_is_the_same_in_both_places(name: str, text: str, value: object) -> None:
    given: dict[str, Any] = dict.fromkeys(
        ("mapping_path", "encoding", "delimiter", "sheet", "only_changed", "again", "out")
    )
    given |= {"guards": (), "results_delimiter": None, "group_readable": False, "file": "crm.csv"}
    given["no_report"] = False
    said = answer_of(lambda: getattr(request_of({**given, name: text}).source, name))
    assert (in_the_mapping("source", name, text), said) == (value, value)


@pytest.mark.parametrize(("name", "text", "value"), cases({"delimiter": SOURCE["delimiter"]}))
def test_the_delimiter_of_the_results_is_written_like_that_of_the_source(
    name: str, text: str, value: object
) -> None:
    given: dict[str, Any] = {"guards": (), "out": None, "group_readable": False, "no_report": False}
    given |= dict.fromkeys(("mapping_path", "encoding", name, "sheet", "only_changed"))
    given |= {"again": False, "results_delimiter": text, "file": "crm.csv"}
    assert answer_of(lambda: request_of(given).options.results_delimiter) == value


@pytest.mark.parametrize(("name", "text", "value"), cases(GUARDS))
def test_a_guard_is_the_same_in_both_places(name: str, text: str, value: object) -> None:
    plain = load_mapping(MAPPING.encode(), path="crm.yaml")
    kept = {"max_duration": "max_duration_seconds"}.get(name, name)

    def shown(guards: Guards) -> object:
        found: object = getattr(guards, kept)
        return found if isinstance(value, float | bool | tuple) else str(found)

    assert answer_of(lambda: shown(guards_of(mapping("guards", name, text), given={}))) == value
    assert answer_of(lambda: shown(guards_of(plain, given={name: text}))) == value


@pytest.mark.parametrize(("text", "value"), DURATIONS.items(), ids=lambda each: str(each)[:20])
def test_every_other_duration_has_the_same_notation(text: str, value: object) -> None:
    assert answer_of(lambda: seconds_of("--wait", text)) == value
    lines = f"{MAPPING}retention: '{text}'\n".encode()
    retention = answer_of(lambda: load_mapping(lines, path="crm.yaml").retention)
    assert retention == POSITIVE_DURATIONS[text]


@pytest.mark.parametrize("text", [text for text in DURATIONS if text != "0"])
def test_a_duration_in_a_fault_file_has_the_same_notation_up_to_an_hour(text: str) -> None:
    lines = f"faults: [{{answer: slow, share: 1%, seconds: '{text}'}}]"
    value = answer_of(lambda: parse_faults(lines.encode(), path="faults.yaml").faults[0].seconds)
    expected = DURATIONS[text]
    allowed = isinstance(expected, float) and expected <= 3600
    assert value == (expected if allowed else REFUSED)


TEXTS = {"base_url", "username", "password", "password_file", "proxy", "state", "ledger"}
"""Settings that may contain any text."""


def test_these_tables_include_every_setting() -> None:
    assert set(DELIVERY) == set(DeliverySection.model_fields)
    assert set(DELIVERY) == set(Settings.model_fields) - TEXTS
    assert set(GUARDS) == set(GuardsSection.model_fields)
    assert set(SOURCE) == set(SourceSection.model_fields) - ONLY_IN_A_MAPPING
