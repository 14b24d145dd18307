"""Every sample, checked and run with its mapping, ends as `samples/README.md` promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Desk, start

from bulk_update.sandbox import RunningSandbox, SandboxSettings, parse_faults, running_sandbox

ROOT = Path(__file__).parents[2]
SAMPLES, MAPPINGS = ROOT / "samples", ROOT / "mappings"
USER = {"BULK_UPDATE_USERNAME": "sandbox", "BULK_UPDATE_PASSWORD": "sandbox"}

CRM_CHECKED = {
    **dict.fromkeys([26, 90, 153, 210, 266], "filtered"),
    47: "invalid bad-date",
    105: "invalid damaged-identifier",
    168: "invalid not-in-lookup",
    82: "duplicate conflict",
    227: "duplicate conflict",
    192: "duplicate identical",
}
CRM_RUN = {**CRM_CHECKED, 73: "rejected http-404", 132: "rejected http-400"}

RUNS = [
    ("crm-export-utf8.csv", "crm-utf8.yaml", 302, CRM_RUN),
    ("crm-export-excel-cp1250.csv", "crm-excel-cp1250.yaml", 302, CRM_RUN),
    (
        "crm-workbook.xlsx",
        "workbook.yaml",
        60,
        {
            19: "filtered",
            26: "invalid error-cell",
            37: "rejected http-404",
            42: "filtered",
        },
    ),
    (
        "clean-up-list.csv",
        "clean-up.yaml",
        42,
        {14: "duplicate identical", 33: "rejected http-404"},
    ),
]

HAZARDS: dict[str, dict[int, str]] = {
    "blank-cells.csv": {4: "invalid nothing-to-update"},
    "control-character.csv": {3: "invalid control-character"},
    "damaged-identifiers.csv": {
        3: "invalid damaged-identifier",
        4: "invalid damaged-identifier",
        5: "invalid no-identifier",
    },
    "duplicate-rows.csv": {
        3: "duplicate conflict",
        4: "duplicate identical",
        5: "duplicate conflict",
    },
    "error-cells.xlsx": {3: "invalid error-cell"},
    "formula-like-cells.csv": {},
    "formulas-without-value.xlsx": {3: "invalid no-value"},
    "hidden-rows.xlsx": {},
    "identifiers-with-signs.csv": {4: "invalid bad-identifier"},
    "number-identifiers.xlsx": {2: "invalid damaged-identifier"},
    "other-programs.csv": {
        5: "invalid damaged-number",
        6: "invalid error-cell",
        7: "invalid out-of-bounds",
        8: "filtered",
        9: "filtered",
    },
    "ragged-rows.csv": {3: "invalid ragged-row", 4: "invalid ragged-row"},
    "total-row.csv": {4: "invalid nothing-to-update"},
    "values.csv": {
        3: "invalid bad-date",
        4: "invalid bad-date",
        5: "invalid no-such-time",
        6: "invalid ambiguous-time",
    },
}

REFUSED = {
    "ambiguous-delimiter.csv": "delimiter",
    "doubled-column.csv": "Status",
    "misnamed-column.csv": "Statsu",
    "not-a-workbook.xlsx": "text",
    "title-rows.csv": "header_row",
    "two-matching-sheets.xlsx": "sheet",
    "unclosed-quote.csv": "row 3",
    "unnamed-encoding.csv": "cp1250",
}


def ends(desk: Desk) -> dict[int, str]:
    """Return the rows that are neither planned nor updated, and how they ended."""
    ends = zip(desk.results(), desk.outcomes(), strict=True)
    return {int(line["row"]): end for line, end in ends if end not in {"planned", "updated"}}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.mark.parametrize(("sample", "mapping", "rows", "expected"), RUNS)
def test_a_sample_is_checked_and_runs_as_promised(
    tmp_path: Path,
    sandbox: RunningSandbox,
    sample: str,
    mapping: str,
    rows: int,
    expected: dict[int, str],
) -> None:
    desk = Desk(tmp_path, sandbox.url)
    given = [SAMPLES / sample, "-m", MAPPINGS / mapping]
    desk("check", *given)
    checked = {row: end for row, end in expected.items() if not end.startswith("rejected")}
    assert (len(desk.results()), ends(desk)) == (rows, checked)
    where = ["--state", desk.state, "--out", desk.out, "--base-url", sandbox.url]
    words = ["run", *given, *where, "--rate", "unlimited", "--yes"]
    ended = start(*map(str, words), environment=USER)
    assert (ended.exit_code, ends(desk)) == (0, expected)


@pytest.mark.parametrize(("name", "expected"), HAZARDS.items(), ids=HAZARDS)
def test_a_hazard_spoils_only_its_own_rows(
    tmp_path: Path, name: str, expected: dict[int, str]
) -> None:
    desk = Desk(tmp_path)
    own = MAPPINGS / f"hazard-{name.removesuffix('.csv')}.yaml"
    mapping = own if own.exists() else MAPPINGS / "hazards.yaml"
    ended = desk("check", SAMPLES / f"hazard-{name}", "-m", mapping)
    assert (ended.exit_code, ends(desk)) == (int(bool(expected)), expected)


@pytest.mark.parametrize(("name", "message"), REFUSED.items(), ids=REFUSED)
def test_a_hazard_that_leaves_doubt_is_refused_with_what_to_do(
    tmp_path: Path, name: str, message: str
) -> None:
    desk = Desk(tmp_path)
    ended = desk("check", SAMPLES / f"hazard-{name}", "-m", MAPPINGS / "hazards.yaml")
    assert ended.exit_code == 2
    assert message in ended.stderr
    assert not desk.out.exists()


def test_the_sample_without_rows_is_stopped(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    ended = desk("check", SAMPLES / "hazard-no-rows.csv", "-m", MAPPINGS / "hazards.yaml", "--json")
    assert (ended.exit_code, ended.summary["reason"]) == (3, "no-rows")


def test_a_sheet_may_be_named_on_the_command_line(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    given = [SAMPLES / "hazard-two-matching-sheets.xlsx", "-m", MAPPINGS / "hazards.yaml"]
    assert desk("check", *given, "--sheet", "Październik").exit_code == 0
    assert desk("check", *given, "--sheet", 1).exit_code == 0
    assert desk("check", *given, "--sheet", "Luty").exit_code == 2


def test_the_sample_of_faults_leaves_no_row_behind(tmp_path: Path) -> None:
    faults = parse_faults((SAMPLES / "faults.yaml").read_bytes(), path="faults.yaml")
    head = (SAMPLES / "crm-export-utf8.csv").read_text("utf-8").splitlines(keepends=True)[:31]
    with running_sandbox(SandboxSettings(faults=faults)) as sandbox:
        desk = Desk(tmp_path, sandbox.url)
        file = desk.file("".join(head))
        where = ["--state", desk.state, "--out", desk.out, "--base-url", sandbox.url, "--yes"]
        words = ["run", file, "-m", MAPPINGS / "crm-utf8.yaml", *where, "--rate", "unlimited"]
        ended = start(*map(str, words), environment=USER)
        received = len(sandbox.received)
    assert (ended.exit_code, ends(desk)) == (0, {26: "filtered"})
    attempts = [int(line["attempts"]) for line in desk.results()]
    assert (len(attempts), sum(attempts)) == (30, received)
    assert max(attempts) > 1


def test_the_demo_succeeds_and_lists_the_refused_rows_with_reasons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = start("demo", "--no-progress")
    assert ended.exit_code == 0, ended.stderr
    for message in (
        "289  updated", "row  47  invalid", "row  73  rejected", "row 132  rejected", "row 105",
        "is not a valid date", "Record not found", "Agent not found", "bulk-update show",
        "bulk-update-demo/run/results.csv", "bulk-update-demo/run/report.html    (the report",
    ):  # fmt: skip
        assert message in ended.stdout
