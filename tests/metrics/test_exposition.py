"""The text of the metrics, as Prometheus's own parser reads it."""

from __future__ import annotations

import re

import pytest
from documents import REFERENCE
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from bulk_update.metrics import Metrics, metrics_text
from bulk_update.records import Status

METRICS = Metrics(
    "nightly",
    exit_code=1,
    ended_at=1_767_225_600.25,
    last_success_at=1_767_139_200.0,
    duration_seconds=12.5,
    attempts=41,
    requests_per_second=4.9,
    outcomes={Status.UPDATED: 40, Status.REJECTED: 1},
)


def parsed(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Return each sample's value by its name and the values of its labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(metrics_text(metrics))
        for sample in family.samples
    }


def test_the_file_says_how_the_command_ended() -> None:
    found = parsed(METRICS)
    rows = {key[-1]: value for key, value in found.items() if key[0] == "bulk_update_rows"}
    assert rows == {**dict.fromkeys(map(str, Status), 0), "updated": 40, "rejected": 1}
    assert {key: value for key, value in found.items() if key[0] != "bulk_update_rows"} == {
        ("bulk_update_exit_code", "nightly"): 1,
        ("bulk_update_last_run_timestamp_seconds", "nightly"): 1_767_225_600.25,
        ("bulk_update_last_success_timestamp_seconds", "nightly"): 1_767_139_200,
        ("bulk_update_duration_seconds", "nightly"): 12.5,
        ("bulk_update_attempts", "nightly"): 41,
        ("bulk_update_rate_per_second", "nightly"): 4.9,
    }


def test_a_refusal_has_every_metric_and_every_outcome() -> None:
    assert set(parsed(Metrics("nightly", exit_code=2, ended_at=1.0))) == set(parsed(METRICS))


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example('a"} 1\nbulk_update_exit_code{job="b"} 0\n#')
@example("back\\slash\\n")
@example("\r\x85\u2028")
def test_the_name_of_a_job_stays_one_label(job: str) -> None:
    found = parsed(Metrics(job, exit_code=0, ended_at=1.0))
    assert {key[1] for key in found} == {job}
    assert len(found) == len(parsed(METRICS))


def test_a_name_that_is_not_utf_8_can_be_written() -> None:
    metrics_text(Metrics("\udcff", exit_code=0, ended_at=1.0)).encode()


@pytest.mark.parametrize(
    "family",
    list(text_string_to_metric_families(metrics_text(METRICS))),
    ids=lambda family: family.name,
)
def test_names_follow_the_rules_that_promtool_checks(family: object) -> None:
    name, meaning = getattr(family, "name", ""), getattr(family, "documentation", "")
    assert re.fullmatch(r"bulk_update(_[a-z]+)+", name)
    assert meaning
    assert getattr(family, "type", "") == "gauge"
    assert not re.search(r"_(total|count|sum|bucket|info)$", name)
    assert not re.search(r"_(ms|minutes|hours|milliseconds)(_|$)", name)
    assert ("timestamp" in name or "duration" in name) <= name.endswith("_seconds")


def test_no_sample_has_a_timestamp_and_help_does_not_depend_on_the_run() -> None:
    lines = metrics_text(METRICS).splitlines()
    others = metrics_text(Metrics("x", exit_code=70, ended_at=2.0)).splitlines()
    samples = [line for line in lines if not line.startswith("#")]
    assert [line for line in samples if not re.fullmatch(r"\w+\{[^}]*\} [0-9.]+", line)] == []
    assert [line for line in lines if line.startswith("#")] == [
        line for line in others if line.startswith("#")
    ]


def test_the_reference_names_every_metric() -> None:
    families = list(text_string_to_metric_families(metrics_text(METRICS)))
    documented = re.findall(
        r"^\| `(bulk_update_\w+)\{([a-z,]+)\}` \|",
        REFERENCE.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert documented == [(family.name, ",".join(family.samples[0].labels)) for family in families]


def test_the_labels_are_the_job_and_the_outcome_only() -> None:
    labels = {
        label
        for family in text_string_to_metric_families(metrics_text(METRICS))
        for sample in family.samples
        for label in sample.labels
    }
    assert labels == {"job", "outcome"}
