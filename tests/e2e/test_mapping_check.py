"""`mapping check`: is the mapping sound, and does it fit the file?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Desk, start

ROOT = Path(__file__).parents[2]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_sound_mapping_is_described_without_a_file(desk: Desk) -> None:
    mapping = desk.mapping(where={"column": "ID", "in": ["1"]})
    done = start("mapping", "check", str(mapping))
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"{mapping}: the mapping is valid",
        '  column   "ID"      identifier, where',
        '  column   "Status"  status_id',
        '  column   "Miasto"  record_fields.miasto',
    ]


def test_a_text_file_that_fits_is_described_as_it_is_read(desk: Desk) -> None:
    file = desk.file("ID;Status;Miasto;Uwagi\n1;3;Łódź;x\n\n2;3;Gdynia;\n", encoding="cp1250")
    mapping = desk.mapping()
    done = start("mapping", "check", str(mapping), str(file), "--encoding", "cp1250")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:4] == [
        f"{mapping}: the mapping is valid",
        f"{file}: fits the mapping",
        "  rows     2",
        '  read as  cp1250, delimiter ";"',
    ]
    assert done.stdout.splitlines()[-1] == '  unused   1 column: "Uwagi"'


def test_a_workbook_that_fits_is_described_with_its_sheet() -> None:
    done = start(
        "mapping", "check", "--json",
        str(ROOT / "mappings/workbook.yaml"), str(ROOT / "samples/crm-workbook.xlsx"),
    )  # fmt: skip
    found = json.loads(done.stdout)["file"]
    assert (done.exit_code, found["encoding"], found["delimiter"]) == (0, None, None)
    assert (found["sheet"], found["rows"]) == ("Rekordy", 60)


def test_all_is_printed_as_one_json_object(desk: Desk) -> None:
    file = desk.rows("1", "2")
    done = start("mapping", "check", "--json", str(desk.mapping()), str(file))
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "version": 1,
        "exit_code": 0,
        "reason": None,
        "problems": [],
        "mapping": {
            "path": str(desk.folder / "mapping.yaml"),
            "name": "nightly",
            "columns": [
                {"column": "ID", "used_by": ["identifier"]},
                {"column": "Status", "used_by": ["status_id"]},
                {"column": "Miasto", "used_by": ["record_fields.miasto"]},
            ],
        },
        "file": {
            "path": str(file),
            "rows": 2,
            "encoding": "UTF-8",
            "delimiter": ";",
            "sheet": None,
            "header": ["ID", "Status", "Miasto"],
            "unused": [],
        },
        "notices": [],
    }


def test_the_json_object_has_all_keys_and_each_fault_on_failure_too(desk: Desk) -> None:
    mapping = desk.mapping(campaign="1", wher={})
    done = start("mapping", "check", "--json", str(mapping), str(desk.folder / "none.csv"))
    found = json.loads(done.stdout)
    assert (done.exit_code, found["exit_code"], found["reason"]) == (2, 2, "mapping")
    assert [problem.split(":")[0] for problem in found["problems"]] == [
        str(mapping),
        str(mapping),
        "there is no file " + str(desk.folder / "none.csv\nCheck the name and the folder."),
    ]
    assert (found["mapping"]["columns"], found["file"]["rows"]) == (None, None)
    assert done.stderr.count("bulk-update: ") == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ID;Statsu;Miasto\n", 'the mapped column "Status" is missing (did you mean "Statsu"?)'),
        ("ID;Status;Miasto;Status\n1;2;3;4\n", 'the mapped column "Status" occurs more than'),
        ('ID;Status;Miasto\n1;3;"Gdynia\n', "row 2: a quote opens in this row and is never closed"),
        ("ID;Status;Miasto\n1;3;\xb3\n", "is not UTF-8"),
        ("", "the file is empty"),
    ],
)
def test_a_file_that_check_would_refuse_is_refused_in_the_same_way(
    desk: Desk, text: str, expected: str
) -> None:
    file = desk.file(text, encoding="latin-1")
    mapping = desk.mapping()
    done = start("mapping", "check", str(mapping), str(file))
    checked = desk("check", file, "-m", mapping)
    assert expected in done.stderr
    assert (done.exit_code, done.stderr) == (checked.exit_code, checked.stderr)


def test_it_exits_with_0_where_check_finds_bad_rows_and_stops_at_guards(desk: Desk) -> None:
    file = desk.rows("", "1")
    mapping = desk.mapping(guards={"max_invalid": "0", "expect_rows": "9"})
    assert desk("check", file, "-m", mapping).exit_code == 3
    assert start("mapping", "check", str(mapping), str(file)).exit_code == 0


def test_nothing_is_written_and_no_ledger_is_created(desk: Desk) -> None:
    file, mapping = desk.rows("1"), desk.mapping()
    before = sorted(desk.folder.rglob("*"))
    start(
        "mapping",
        "check",
        str(mapping),
        str(file),
        environment={"BULK_UPDATE_STATE": str(desk.state)},
    )
    assert sorted(desk.folder.rglob("*")) == before


def test_quiet_prints_only_errors(desk: Desk) -> None:
    mapping = desk.mapping()
    done = start("mapping", "check", "--quiet", "--no-progress", str(mapping))
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
    assert start("mapping", "check", "--quiet", str(desk.folder / "none.yaml")).stderr


def test_options_for_a_file_need_a_file(desk: Desk) -> None:
    done = start("mapping", "check", str(desk.mapping()), "--sheet", "1")
    assert done.exit_code == 2
    assert "--encoding, --delimiter and --sheet need FILE" in done.stderr


def test_warnings_about_the_mapping_and_notes_about_the_file_are_shown(desk: Desk) -> None:
    mapping = desk.mapping(update={"next_call_date": {"column": "Status"}})
    done = start("mapping", "check", str(mapping), str(desk.rows("1")))
    assert "  note     next_call_date is sent as text" in done.stdout
