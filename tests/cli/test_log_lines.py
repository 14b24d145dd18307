"""One event is one line, whatever its values contain."""

from __future__ import annotations

import json
import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bulk_update.cli.log_lines import LONGEST_VALUE, LogFormat, line_of_event
from bulk_update.printable import printable

HOSTILE = [
    "two\nlines",
    'level=error event=run.ended "',
    '{"event": "run.ended"}',
    "\u202egnp.exe",
    "\x1b[2J\x07",
    "\u2028\u2029\x85\x0b\x0c\r",
    "back\\slash\\",
    "\udcff",
    "",
]


@pytest.mark.parametrize("log_format", LogFormat)
@given(value=st.text())
@example(HOSTILE[0])
@example(HOSTILE[3])
@example(HOSTILE[5])
@example(HOSTILE[7])
def test_no_value_begins_another_line_or_reaches_the_terminal(
    log_format: LogFormat, value: str
) -> None:
    line = line_of_event({"event": "notice", "message": value}, log_format)
    assert line.splitlines() == [line]
    assert printable(line) == line
    line.encode()


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example(HOSTILE[1])
@example(HOSTILE[2])
@example(HOSTILE[6])
def test_json_returns_the_value_unchanged(value: str) -> None:
    line = line_of_event({"event": "notice", "message": value}, LogFormat.JSON)
    assert line.isascii()
    assert json.loads(line) == {"event": "notice", "message": value}


@given(st.text(), st.text())
@example(HOSTILE[1], HOSTILE[6])
@example(HOSTILE[6], HOSTILE[1])
@example("", "a=b")
def test_a_text_value_cannot_pass_for_another_field(one: str, other: str) -> None:
    line = line_of_event({"event": "x", "one": one, "other": other}, LogFormat.TEXT)
    words = shlex.split(line, posix=True)
    assert [word.partition("=")[0] for word in words] == ["event", "one", "other"]


@given(st.text(), st.text())
@example("\n", "\\n")
@example("\u202e", "\\u202e")
def test_different_texts_have_different_lines(one: str, other: str) -> None:
    lines = [line_of_event({"message": text}, LogFormat.TEXT) for text in (one, other)]
    assert (lines[0] == lines[1]) == (one == other)


def test_a_text_line_shows_every_kind_of_value() -> None:
    fields = {
        "run_id": None,
        "job": "nightly CRM",
        "reason": None,
        "rows": 3,
        "rate": 4.5,
        "asked": True,
        "names": ("results.csv", "failed.csv"),
        "outcomes": {"updated": 2, "in_doubt": 1},
    }
    assert line_of_event(fields, LogFormat.TEXT) == (
        'run_id=- job="nightly CRM" rows=3 rate=4.5 asked=true '
        'names="results.csv,failed.csv" outcomes.updated=2 outcomes.in_doubt=1'
    )


@pytest.mark.parametrize("log_format", LogFormat)
def test_a_long_value_keeps_its_beginning_and_its_end(log_format: LogFormat) -> None:
    value = f"begin {'x' * LONGEST_VALUE} end"
    line = line_of_event({"traceback": value}, log_format)
    assert len(line) < LONGEST_VALUE + 100
    assert "begin" in line
    assert "end" in line
