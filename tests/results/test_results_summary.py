from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bulk_update.records import Status
from bulk_update.results import RunFile, Summary, summary_json, utc_text


def test_a_summary_has_all_keys_with_null_where_nothing_is_known() -> None:
    assert json.loads(summary_json(Summary(exit_code=2, reason="input"))) == {
        "version": 1,
        "run_id": None,
        "exit_code": 2,
        "reason": "input",
        "input": {"path": None, "sha256": None, "rows": None},
        "campaign_ids": None,
        "outcomes": dict.fromkeys(map(str, Status)),
        "verified": None,
        "attempts": None,
        "started_at": None,
        "finished_at": None,
        "files": {
            "results": None,
            "failed": None,
            "failed_xlsx": None,
            "requests": None,
            "summary": None,
            "report": None,
        },
        "notifications": None,
    }


def test_a_summary_has_the_numbers_of_a_run() -> None:
    summary = Summary(
        exit_code=1,
        reason="rows",
        run_id="run-1",
        input_path="zamówienia.csv",
        input_sha256="ab",
        input_rows=3,
        campaign_ids=("00001",),
        outcomes={Status.UPDATED: 2, Status.INVALID: 1},
        attempts=2,
        started_at_us=1_767_323_045_678_000,
        finished_at_us=1_767_323_046_000_000,
        files={
            name: Path("out") / name for name in (RunFile.RESULTS, RunFile.FAILED, RunFile.SUMMARY)
        },
    )
    text = summary_json(summary)
    found = json.loads(text)
    assert "zamówienia.csv" in text
    assert text.endswith("}\n")
    assert found["outcomes"] == {**dict.fromkeys(map(str, Status), 0), "updated": 2, "invalid": 1}
    assert (found["started_at"], found["finished_at"]) == (
        "2026-01-02T03:04:05.678Z",
        "2026-01-02T03:04:06.000Z",
    )
    assert found["files"] == {
        "results": str(Path("out/results.csv")),
        "failed": str(Path("out/failed.csv")),
        "failed_xlsx": None,
        "requests": None,
        "summary": str(Path("out/summary.json")),
        "report": None,
    }


def test_a_path_that_is_not_valid_text_is_still_json() -> None:
    text = summary_json(Summary(exit_code=0, input_path="a\udcff.csv"))
    assert json.loads(text.encode())["input"]["path"] == "a\udcff.csv"


@given(st.integers(0, 4_000_000_000_000_000))
def test_times_are_utc_with_milliseconds(microseconds: int) -> None:
    text = utc_text(microseconds)
    assert len(text) == len("2026-01-02T03:04:05.678Z")
    assert int(text[-4:-1]) == microseconds // 1000 % 1000
