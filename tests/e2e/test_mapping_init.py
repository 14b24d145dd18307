"""`mapping init`: from a file to a mapping that a person only has to complete."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import Desk, Ended, ended, python, start
from live_service import LiveService
from openpyxl import Workbook
from scripted_server import ScriptedServer

from bulk_update.mapping import load_mapping

IDS = [f"{100_000 + 7 * row:08}" for row in range(12)]
CITIES = ["Gdańsk", "Łódź", "Śrem"] * 4
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")


def rows(**columns: list[str]) -> str:
    lines = [";".join(columns), *(";".join(cells) for cells in zip(*columns.values(), strict=True))]
    return "\n".join(lines) + "\n"


@pytest.fixture
def crm(desk: Desk) -> Path:
    return desk.file(rows(ID=IDS, Miasto=CITIES, Status=["Kontakt", "Nie dzwonić"] * 6))


def init(desk: Desk, *given: object) -> Ended:
    """Start the command as a person does: the ledger is the desk's."""
    return start("mapping", "init", *map(str, given), "--state", str(desk.state))


def test_the_mapping_goes_to_standard_output(desk: Desk, crm: Path) -> None:
    shown = init(desk, crm)
    assert shown.exit_code == 1
    assert "\nidentifier: {column: ID}\n" in shown.stdout
    assert "\n#     miasto: {column: Miasto}\n" in shown.stdout
    assert shown.stderr == "bulk-update: still to answer: campaign, update\n"
    assert not desk.state.exists()


def test_a_campaign_and_one_deleted_mark_make_a_mapping(desk: Desk, crm: Path) -> None:
    target = desk.folder / "crm.yaml"
    assert init(desk, crm, "-o", target).stdout == ""
    text = target.read_text(encoding="utf-8")
    text = text.replace("\ncampaign: ", '\ncampaign: "00001"').replace("#     miasto", "    miasto")
    target.write_text(text, encoding="utf-8")
    assert desk("check", crm, "-m", target).exit_code == 0
    assert json.loads(desk.text("requests.jsonl").splitlines()[0]) == {
        "row": 2,
        "method": "PUT",
        "path": "/api/outbounds/00001/records_by_identifier/00100000",
        "body": {"record_fields": {"miasto": "Gdańsk"}},
    }


def test_a_mapping_of_a_file_that_says_everything_is_ready(desk: Desk) -> None:
    dates = [f"{day:02}.12.2099 08:15" for day in range(20, 32)]
    text = rows(Kampania=["00001"] * 12, ID=IDS, Callback=dates)
    target = desk.folder / "crm.yaml"
    shown = init(desk, desk.file(text), "--output", target)
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert shown.stderr == (
        f"Open {target} in an editor and read it.\n"
        f"\n  next:\n    bulk-update check {desk.folder / 'crm.csv'} -m {target}\n"
    )
    checked = desk("check", desk.folder / "crm.csv", "-m", target)
    assert checked.exit_code == 0, checked.stderr
    assert desk.outcomes() == ["planned"] * 12


def test_what_earlier_runs_sent_is_known(desk: Desk, crm: Path) -> None:
    before = desk.mapping(
        identifier={"column": "ID"}, update={"record_fields": {"miasto": {"column": "Miasto"}}}
    )
    assert desk("run", crm, "-m", before, "--yes").exit_code == 0
    target = desk.folder / "crm.yaml"
    shown = init(desk, crm, "-o", target)
    assert shown.exit_code == 0
    assert shown.stderr.startswith(f"Open {target} in an editor and read it.")
    mapping = load_mapping(target.read_bytes(), path="crm.yaml")
    assert (mapping.campaign, mapping.field_names) == ("00001", ("record_fields.miasto",))


def test_runs_of_another_system_do_not_count(desk: Desk, crm: Path) -> None:
    before = desk.mapping(update={"record_fields": {"miasto": {"column": "Miasto"}}})
    assert desk("run", crm, "-m", before, "--yes").exit_code == 0
    shown = start(
        "mapping", "init", str(crm), "--state", str(desk.state),
        environment={"BULK_UPDATE_BASE_URL": "https://other.thulium.com"},
    )  # fmt: skip
    assert shown.stderr == "bulk-update: still to answer: campaign, update\n"


def test_a_ledger_that_cannot_be_read_is_named_and_not_needed(desk: Desk, crm: Path) -> None:
    desk.state.mkdir()
    (desk.state / "ledger.sqlite3").write_bytes(b"not a database at all" * 100)
    shown = init(desk, crm)
    assert shown.exit_code == 1
    assert shown.stderr.startswith("earlier runs cannot be read: ")
    assert "identifier: {column: ID}" in shown.stdout


def test_an_existing_mapping_is_never_overwritten(desk: Desk, crm: Path) -> None:
    target = desk.file("precious", name="crm.yaml")
    shown = init(desk, crm, "-o", target)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "already exists" in shown.stderr
    assert target.read_text(encoding="utf-8") == "precious"


def test_a_link_that_leads_nowhere_is_not_followed(desk: Desk, crm: Path) -> None:
    target = desk.folder / "crm.yaml"
    target.symlink_to(desk.folder / "elsewhere.yaml")
    assert init(desk, crm, "-o", target).exit_code == 2
    assert not (desk.folder / "elsewhere.yaml").exists()


def test_a_folder_that_is_not_there_is_named(desk: Desk, crm: Path) -> None:
    shown = init(desk, crm, "-o", desk.folder / "none" / "crm.yaml")
    assert shown.exit_code == 2
    assert "cannot be written: No such file or directory" in shown.stderr


@POSIX
def test_the_mapping_is_readable_only_by_its_owner(desk: Desk, crm: Path) -> None:
    target = desk.folder / "crm.yaml"
    init(desk, crm, "-o", target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert sorted(path.name for path in desk.folder.iterdir()) == ["crm.csv", "crm.yaml"]


@pytest.mark.parametrize("content", ["", "\n\n", 'ID;A\n1;"x\n'])
def test_a_file_that_cannot_be_read_ends_with_2(desk: Desk, content: str) -> None:
    shown = init(desk, desk.file(content))
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "crm.csv" in shown.stderr


def test_a_file_in_an_unknown_encoding_is_read_once_it_is_named(desk: Desk) -> None:
    file = desk.file(rows(ID=IDS, Miasto=CITIES), encoding="cp1250")
    shown = init(desk, file)
    assert shown.exit_code == 1
    assert '\n#   encoding: cp1250   # reads "Gdańsk", "Łódź", "Śrem"\n' in shown.stdout
    assert '\n#   encoding: cp1252   # reads "Gdañsk", "£ódŸ", "Œrem"\n' in shown.stdout
    named = init(desk, file, "--encoding", "cp1250", "--delimiter", ";")
    assert "\n  encoding: cp1250\n" in named.stdout
    assert "encoding" not in named.stderr


def test_a_workbook_of_300_rows_takes_two_steps(desk: Desk) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Rekordy"
    sheet.append(["Raport dzienny"])
    sheet.append([])
    sheet.append(["Nr sprawy", "Imię i nazwisko", "Miejscowość", "Kwota zadłużenia"])
    for row in range(300):
        sheet.append([f"KM/{row}/26", f"Jan Źrebiec {row}", CITIES[row % 3], 12.5 + row])
    book.create_sheet("Opis").append(["Instrukcja"])
    file = desk.folder / "dane.xlsx"
    book.save(file)
    target = desk.folder / "dane.yaml"
    assert init(desk, file, "-o", target).stderr == (
        "bulk-update: still to answer: campaign, update\n"
        f"Open {target} in an editor and answer:\n"
        "  campaign    enter the campaign's id, five characters such as 00001\n"
        "  update      choose at least one field to update\n"
        f"\n  next:\n    bulk-update check {file} -m {target}\n"
    )
    unanswered = desk("check", file, "-m", target).stderr
    assert "enter the campaign's id" in unanswered
    assert 'to use a line below it that begins with "# ", delete the "# "' in unanswered
    text = target.read_text(encoding="utf-8")
    assert '  sheet: "Rekordy"\n  header_row: 3' in text
    text = text.replace("\ncampaign: ", '\ncampaign: "00001"').replace("#     miejsc", "    miejsc")
    target.write_text(text, encoding="utf-8")
    assert desk("check", file, "-m", target).exit_code == 0
    assert desk.outcomes() == ["planned"] * 300


def test_a_sheet_can_be_named(desk: Desk) -> None:
    book = Workbook()
    for name in ("A", "B"):
        sheet = book.create_sheet(name)
        sheet.append(["ID", f"Pole {name}"])
        sheet.append(["x1", "y"])
    del book["Sheet"]
    file = desk.folder / "dane.xlsx"
    book.save(file)
    assert "sheet" in init(desk, file).stderr
    named = init(desk, file, "--sheet", "B")
    assert "sheet" not in named.stderr
    assert "pole_b: {column: Pole B}" in named.stdout


# --- JSON

KEYS = {
    "version", "exit_code", "reason", "input", "output", "source", "campaign_id", "columns",
    "proposals", "left_out", "left_to_answer", "mapping",
}  # fmt: skip


def test_json_has_the_proposals_with_their_evidence(desk: Desk, crm: Path) -> None:
    target = desk.folder / "crm.yaml"
    found: dict[str, Any] = init(desk, crm, "--json", "-o", target).summary
    assert set(found) == KEYS
    assert found["exit_code"] == 1
    assert found["reason"] == "questions"
    assert found["input"] == {"path": str(crm), "rows": 12}
    assert found["mapping"] == target.read_text(encoding="utf-8")
    assert [each["key"] for each in found["left_to_answer"]] == ["campaign", "update"]
    identifier, status, city = found["proposals"]
    assert (identifier["target"], identifier["active"]) == ("identifier", True)
    assert status["lookup"] == [
        {"text": "Kontakt", "count": 6}, {"text": "Nie dzwonić", "count": 6},
    ]  # fmt: skip
    assert city["rule"] == {"column": "Miasto"}
    assert {each["code"] for each in identifier["evidence"]} == {"check-one-row"}


def test_json_is_one_object_also_on_failure(desk: Desk) -> None:
    shown = init(desk, desk.folder / "none.csv", "--json")
    assert shown.exit_code == 2
    assert set(shown.summary) == KEYS
    assert (shown.summary["exit_code"], shown.summary["reason"]) == (2, "input")
    assert "there is no file" in shown.stderr


# --- the program


def test_standard_output_is_always_utf8(desk: Desk, crm: Path) -> None:
    done = ended(
        python(
            "-m", "bulk_update", "mapping", "init", crm,
            environment={"PYTHONIOENCODING": "cp1250", "BULK_UPDATE_STATE": str(desk.state)},
        )
    )  # fmt: skip
    assert "Nie dzwonić" in done.stdout


def test_hostile_cells_cannot_move_the_cursor(desk: Desk) -> None:
    bad = ["\x1b[31mred", "\u202eevil", "{x}", "# y", "z\u2028w", "- v"] * 2
    shown = init(desk, desk.file(rows(ID=IDS, Uwagi=bad)))
    assert all(line.isprintable() for line in shown.stdout.split("\n"))


@pytest.fixture
def service(server: ScriptedServer) -> LiveService:
    """The system that `--live` reads."""
    service = server.script = LiveService()
    return service


def live_init(desk: Desk, *given: object) -> Ended:
    words = ("mapping", "init", *map(str, given), "--state", str(desk.state))
    return start(*words, environment=desk.environment)


def live_file(desk: Desk, **changes: list[str]) -> Path:
    columns = {
        "ID": IDS,
        "Status": ["Kontakt", "Nie dzwonić"] * 6,
        "Opiekun": ["j.kowalska"] * 12,
    }
    return desk.file(rows(**{**columns, **changes}))


def test_values_that_the_campaign_has_make_lines_active(desk: Desk, service: LiveService) -> None:
    target = desk.folder / "crm.yaml"
    found = live_init(desk, live_file(desk), "-o", target, "--live", "--campaign", "00001")
    assert found.exit_code == 0, found.stderr
    text = target.read_text(encoding="utf-8")
    assert 'campaign: "00001"\n' in text
    assert "\n  status: {column: Status}\n" in text
    assert "\n  agent_login: {column: Opiekun}\n" in text
    assert service.sent == []
    assert desk("run", desk.folder / "crm.csv", "-m", target, "--yes").exit_code == 0
    assert service.sent[0] == (IDS[0], {"status_id": "3", "agent_login": "j.kowalska"})


@pytest.mark.parametrize(
    "changes",
    [
        {"Status": ["Kontakt", "Sprzedaż"] * 6, "Opiekun": ["j.kowalska", "x"] * 6},
        {"Status": ["3", "4"] * 6, "Opiekun": ["p.nowak"] * 12},
        {"Status": ["kontakt"] * 12, "Opiekun": ["m.zielinski"] * 12},
        {"Status": ["Kontakt", "-"] * 6, "Opiekun": ["j.kowalska", "-"] * 6},
        {"Status": [""] * 12, "Opiekun": [""] * 12},
    ],
)
def test_other_values_make_no_line_active(
    desk: Desk, service: LiveService, changes: dict[str, list[str]]
) -> None:
    del service
    found = live_init(desk, live_file(desk, **changes), "--live", "--campaign", "00001")
    assert found.exit_code == 1
    assert "\n  status" not in found.stdout
    assert "\n  agent_login" not in found.stdout


def test_two_columns_with_names_of_statuses_are_a_question(
    desk: Desk, service: LiveService
) -> None:
    del service
    file = live_file(desk, **{"Status rekordu": ["Kontakt"] * 12})
    found = live_init(desk, file, "--live", "--campaign", "00001")
    assert "\n  status: " not in found.stdout
    assert 'the evidence for "Status", "Status rekordu" is equally strong' in " ".join(
        found.stdout.replace("\n##", "").split()
    )


def test_names_count_only_if_every_campaign_of_the_file_has_them(
    desk: Desk, server: ScriptedServer
) -> None:
    service = server.script = LiveService("00001", "00002")
    service.statuses["00002"] = [("30", "Kontakt", "CALL")]
    campaigns = {"Kampania": ["00001", "00002"] * 6}
    only_common = {**campaigns, "Status": ["Kontakt"] * 12}
    assert (
        "\n  status: {column: Status}\n"
        in live_init(desk, live_file(desk, **only_common), "--live").stdout
    )
    assert "\n  status: " not in live_init(desk, live_file(desk, **campaigns), "--live").stdout


def test_live_without_a_campaign_says_so_and_reads_nothing(
    desk: Desk, service: LiveService
) -> None:
    found = live_init(desk, live_file(desk), "--live")
    assert "name it with --campaign" in found.stderr
    assert service.reads == []


def test_a_refused_list_is_a_notice_and_a_refused_password_ends_with_4(
    desk: Desk, service: LiveService
) -> None:
    service.refusals["00001", "agents"] = 403
    found = live_init(desk, live_file(desk), "--live", "--campaign", "00001")
    assert "the agents of campaign 00001 cannot be read (HTTP 403)" in found.stderr
    assert "\n  status: {column: Status}\n" in found.stdout
    assert "\n  agent_login" not in found.stdout
    service.refusals["00001", "statuses"] = 401
    assert live_init(desk, live_file(desk), "--live", "--campaign", "00001").exit_code == 4


def test_a_campaign_that_is_not_valid_is_refused(desk: Desk, crm: Path) -> None:
    found = init(desk, crm, "--campaign", "1")
    assert found.exit_code == 2
    assert "--campaign" in found.stderr
