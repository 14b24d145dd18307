"""Metrics as text: version 0.0.4 of Prometheus's exposition format.

The textfile collector of node_exporter skips files with timestamps, and reports files whose HELP
differs for the same metric, so the texts are constants. The labels are the job and the outcome,
which keeps the number of series small.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bulk_update.records import Status

BEGINNING = "# HELP bulk_update_"
"""How every file of ours begins."""

LAST_SUCCESS = "bulk_update_last_success_timestamp_seconds"


@dataclass(frozen=True, slots=True)
class Metrics:
    """The numbers of one command; times are seconds since the epoch, UTC.

    `last_success_at` is 0 if no command has succeeded yet.
    """

    job: str
    exit_code: int
    ended_at: float
    last_success_at: float = 0.0
    duration_seconds: float = 0.0
    attempts: int = 0
    requests_per_second: float = 0.0
    outcomes: Mapping[Status, int] = field(default_factory=dict)


def metrics_text(metrics: Metrics) -> str:
    """Return the content of the file; every outcome is in it, with 0 if no row has it."""
    labels = f'job="{_escaped(metrics.job)}"'
    return "".join(_families(metrics, labels))


def _families(metrics: Metrics, labels: str) -> Iterator[str]:
    rows = {f'{labels},outcome="{status}"': metrics.outcomes.get(status, 0) for status in Status}
    yield _family(
        "bulk_update_rows",
        "Rows of the last run by outcome; all 0 if it was refused before its rows were judged.",
        rows,
    )
    yield _family(
        "bulk_update_exit_code", "Exit code of the last command.", {labels: metrics.exit_code}
    )
    yield _family(
        "bulk_update_last_run_timestamp_seconds",
        "When the last command ended, in seconds since the epoch.",
        {labels: metrics.ended_at},
    )
    yield _family(
        LAST_SUCCESS,
        "When a command last ended with exit code 0, in seconds since the epoch; 0 if none has.",
        {labels: metrics.last_success_at},
    )
    yield _family(
        "bulk_update_duration_seconds",
        "How long the last command took, in seconds.",
        {labels: metrics.duration_seconds},
    )
    yield _family(
        "bulk_update_attempts",
        "Requests that the last run has sent, with those of commands that it continues.",
        {labels: metrics.attempts},
    )
    yield _family(
        "bulk_update_rate_per_second",
        "Mean number of requests per second while the last command was sending.",
        {labels: metrics.requests_per_second},
    )


def _family(name: str, meaning: str, samples: Mapping[str, float]) -> str:
    lines = [f"# HELP {name} {meaning}", f"# TYPE {name} gauge"]
    lines += [f"{name}{{{labels}}} {_number(value)}" for labels, value in samples.items()]
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    """Return a number in full: an exponent would be valid, but hard to read."""
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _escaped(text: str) -> str:
    """Return the value of a label; it must be UTF-8, which the name of a path need not be."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return escaped.encode(errors="backslashreplace").decode()
