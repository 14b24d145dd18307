"""The way back: a corrected file means what the person changed, and nothing else."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from command_line import Desk
from openpyxl import load_workbook
from scripted_server import Reaction, Received, ScriptedServer, response

COLUMNS = ("ID", "Telefon", "Saldo", "Data", "VIP", "Kod")
FIELDS = {name.lower(): {"column": name} for name in COLUMNS[1:]}
BAD = "zły"


def refuses_nine(request: Received, _count: int) -> Reaction:
    return Reaction(response(404)) if request.identifier.endswith("9") else Reaction()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(refuses_nine) as running:
        yield running


def mapping(desk: Desk) -> Path:
    kod = {"column": "Kod", "pattern": "[0-9]{2}.[0-9]{3}"}
    return desk.mapping(update={"record_fields": {**FIELDS, "kod": kod}})


def rows(*rows: tuple[str, ...]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=";").writerows([COLUMNS, *rows])
    return file.getvalue()


ROWS = (
    ("00100", "48600100200", "2698.70", "2027-01-29", "TRUE", BAD),
    ("00200", "48600100201", "100.25", "2027-02-01", "FALSE", BAD),
    ("00300", "48600100202", "12.05", "2027-02-02", "TRUE", BAD),
)
POLISH = {
    "00100": "100", "00200": "200", "00300": "300", "48600100200": "4,86E+10",
    "48600100201": "4,86E+10", "48600100202": "4,86E+10", "2027-01-29": "29.01.2027",
    "2027-02-01": "01.02.2027", "2027-02-02": "02.02.2027", "TRUE": "PRAWDA", "FALSE": "FAŁSZ",
    "12.05": "12.maj",
}  # fmt: skip
ENGLISH = {
    **POLISH, "2698.70": "2698.7", "2027-01-29": "1/29/2027", "2027-02-01": "2/1/2027",
    "2027-02-02": "2/2/2027", "TRUE": "TRUE", "FALSE": "FALSE", "12.05": "12.05",
    "48600100200": "4.86E+10", "48600100201": "4.86E+10", "48600100202": "4.86E+10",
}  # fmt: skip


def failed(desk: Desk) -> list[list[str]]:
    return list(csv.reader(io.StringIO(desk.text("failed.csv")), delimiter=";"))


def corrected(
    desk: Desk, change: Callable[[list[str]], list[str]], name: str = "fixed.csv"
) -> Path:
    """Save failed.csv again, each row changed."""
    header, *found = failed(desk)
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=";").writerows([header, *map(change, found)])
    return desk.file(file.getvalue(), name=name)


def sent(server: ScriptedServer) -> list[tuple[str, dict[str, Any]]]:
    found = ((r.identifier, json.loads(r.body)["record_fields"]) for r in server.requests)
    return sorted(found, key=lambda each: each[0])  # several workers send


def ran(desk: Desk, *content: tuple[str, ...]) -> None:
    desk("run", desk.file(rows(*content)), "-m", mapping(desk), "--yes")


def body(row: tuple[str, ...], **changed: str) -> dict[str, str]:
    return {
        **{name.lower(): text for name, text in zip(COLUMNS[1:], row[1:], strict=True)},
        **changed,
    }


def bodies(rows: Sequence[tuple[str, ...]], **changed: str) -> list[tuple[str, dict[str, str]]]:
    return sorted(((row[0], body(row, **changed)) for row in rows), key=lambda each: each[0])


@pytest.mark.parametrize("disguise", [POLISH, ENGLISH, {}], ids=["Polish", "English", "none"])
def test_what_a_program_changed_by_itself_is_sent_as_it_was(
    desk: Desk, server: ScriptedServer, disguise: dict[str, str]
) -> None:
    ran(desk, *ROWS)

    def change(row: list[str]) -> list[str]:
        return [*(disguise.get(cell, cell) for cell in row[:5]), "80-001", *row[6:]]

    ended = desk("run", corrected(desk, change), "-m", mapping(desk), "--yes")
    assert ended.exit_code == 0, ended.stderr
    assert sent(server) == bodies(ROWS, kod="80-001")
    assert ("got the original text back" in ended.stderr) is bool(disguise)


def test_a_column_with_one_unchanged_cell_is_used_unchanged(
    desk: Desk, server: ScriptedServer
) -> None:
    ran(desk, *(("1", "0012", "x", "y", "z", BAD), ("2", "0013", "x", "y", "z", BAD)))

    def change(row: list[str]) -> list[str]:
        return [row[0], "12" if row[0] == "1" else row[1], *row[2:5], "80-001", *row[6:]]

    assert desk("run", corrected(desk, change), "-m", mapping(desk), "--yes").exit_code == 0
    assert [each["telefon"] for _, each in sent(server)] == ["12", "0013"]


def test_a_cell_that_a_reason_names_is_taken_as_the_person_left_it(
    desk: Desk, server: ScriptedServer
) -> None:
    ran(desk, ("1", "x", "y", "z", "a", "0080x001"))
    change = lambda row: [*row[:5], "80-001", *row[6:]]  # noqa: E731
    assert desk("run", corrected(desk, change), "-m", mapping(desk), "--yes").exit_code == 0
    assert sent(server)[0][1]["kod"] == "80-001"


def test_another_identifier_is_refused_even_when_it_is_tried_again(
    desk: Desk, server: ScriptedServer
) -> None:
    ran(desk, *ROWS)
    change = lambda row: ["777", *row[1:5], "80-001", *row[6:]] if row[0] == "00200" else row  # noqa: E731
    for _ in range(2):
        desk("run", corrected(desk, change), "-m", mapping(desk), "--yes")
        codes = [row["code"] for row in desk.results()]
        assert codes.count("changed-identifier") == 1
        assert '("00200")' in next(
            row["message"] for row in desk.results() if row["code"] == "changed-identifier"
        )
        change = lambda row: row  # noqa: E731
    assert server.requests == []


@pytest.mark.parametrize(("identifier", "code"), [("", "no-identifier"), ("9", "http-404")])
def test_an_identifier_that_was_refused_may_be_replaced(
    desk: Desk, server: ScriptedServer, identifier: str, code: str
) -> None:
    ran(desk, (identifier, "x", "y", "z", "a", "80-001"), ("5", "x", "y", "z", "a", "80-001"))
    assert [row["code"] for row in desk.results()] == [code, ""]
    change = lambda row: ["8", *row[1:]]  # noqa: E731
    assert desk("run", corrected(desk, change), "-m", mapping(desk), "--yes").exit_code == 0
    assert server.identifiers[-1] == "8"


@pytest.mark.parametrize(
    ("row", "run", "outcome"),
    [
        ("", "", "updated"),
        ("2", "", "invalid bad-correction"),
        ("", "this", "invalid bad-correction"),
        ("99", "this", "invalid bad-correction"),
        ("two", "this", "invalid bad-correction"),
        ("2", "20200101-000000-none", "updated"),
    ],
    ids=["new", "no run", "no row", "unknown row", "no number", "unknown run"],
)
def test_row_and_run_name_the_original_or_neither_does(
    desk: Desk, row: str, run: str, outcome: str
) -> None:
    ran(desk, ROWS[0])

    def change(cells: list[str]) -> list[str]:
        return [*cells[:5], "80-001", row, cells[7] if run == "this" else run, *cells[8:]]

    ended = desk("run", corrected(desk, change), "-m", mapping(desk), "--yes")
    assert desk.outcomes() == [outcome]
    assert ("the ledger does not have the run" in ended.stderr) is run.startswith("2020")


def test_two_rows_that_correct_the_same_row_are_both_refused(desk: Desk) -> None:
    ran(desk, *ROWS[:2])
    change = lambda row: [*row[:6], "2", *row[7:]]  # noqa: E731
    desk("run", corrected(desk, change), "-m", mapping(desk), "--yes")
    assert desk.outcomes() == ["invalid bad-correction"] * 2


def test_every_kind_of_text_in_the_workbook_is_restored(desk: Desk, server: ScriptedServer) -> None:
    odd = ("a1", "=1+1", "'quoted", "_x0041_", "#N/A x", BAD)
    ran(desk, odd, *ROWS)
    book = load_workbook(desk.out / "failed.xlsx")
    for row in book["failed"].iter_rows(min_row=2):
        row[5].value = "80-001"
    book.save(desk.folder / "fixed.xlsx")
    ended = desk("run", desk.folder / "fixed.xlsx", "-m", mapping(desk), "--yes")
    assert ended.exit_code == 0, ended.stderr
    assert sent(server) == bodies((odd, *ROWS), kod="80-001")
    assert "original text" not in ended.stderr


def test_a_workbook_that_was_typed_again_is_restored(desk: Desk, server: ScriptedServer) -> None:
    ran(desk, *ROWS)
    book = load_workbook(desk.out / "failed.xlsx")
    sheet = book["failed"]
    for row in sheet.iter_rows(min_row=2):
        row[5].value = "80-001"
        for cell, make in ((row[0], int), (row[1], int), (row[2], float)):
            cell.number_format = "General"
            cell.value = make(str(cell.value))
        row[3].value = date.fromisoformat(str(row[3].value))
        row[4].value = row[4].value == "TRUE"
        row[6].value = int(str(row[6].value))
    book.save(desk.folder / "fixed.xlsx")
    ended = desk("run", desk.folder / "fixed.xlsx", "-m", mapping(desk), "--yes")
    assert ended.exit_code == 0, ended.stderr + desk.text("results.csv")
    assert sent(server) == bodies(ROWS, kod="80-001")


def test_a_file_of_an_older_version_keeps_working(desk: Desk, server: ScriptedServer) -> None:
    ran(desk, ROWS[0])
    header, row = failed(desk)
    old = [[*cells[:6], *cells[8:]] for cells in (header, [*row[:5], "80-001", *row[6:]])]
    text = "".join(";".join(cells) + "\n" for cells in old)
    assert desk("run", desk.file(text, name="old.csv"), "-m", mapping(desk), "--yes").exit_code == 0
    assert sent(server) == [("00100", body(ROWS[0], kod="80-001"))]


def later(desk: Desk, *content: tuple[str, ...], update: dict[str, Any] | None = None) -> None:
    """Send something else to the same records with another job."""
    other = desk.mapping(name="other.yaml", update=update or {"record_fields": FIELDS})
    file = desk.file(rows(*content), name="later.csv")
    assert desk("run", file, "-m", other, "--yes").exit_code == 0


def test_a_correction_gives_way_to_a_later_run_that_set_its_fields(desk: Desk) -> None:
    ran(desk, *ROWS)
    change = lambda row: [*row[:5], "80-001", *row[6:]]  # noqa: E731
    fixed = corrected(desk, change)
    newer = (ROWS[0][0], "5", *ROWS[0][2:5], "80-001")
    same = (*ROWS[1][:5], "80-001")
    later(desk, newer, same)
    other_field = {"record_fields": {"inne": {"column": "Telefon"}}}
    later(desk, ("00300", "7", "", "", "", ""), update=other_field)
    desk("run", fixed, "-m", mapping(desk), "--yes")
    assert desk.outcomes() == ["superseded superseded", "updated", "updated"]


def test_corrections_of_the_same_run_do_not_count_as_later(desk: Desk) -> None:
    ran(desk, *ROWS)
    first = corrected(desk, lambda row: [*row[:5], "80-001", *row[6:]], name="first.csv")
    second = corrected(desk, lambda row: [*row[:5], "80-002", *row[6:]], name="second.csv")
    assert desk("run", first, "-m", mapping(desk), "--yes").exit_code == 0
    assert desk("run", second, "-m", mapping(desk), "--yes").exit_code == 0
    assert desk.outcomes() == ["updated"] * 3


LETTERS = (
    ("1", "Łódź", "źle", "x", "y", BAD),
    ("2", "Kraków", "ąę", "x", "y", BAD),
)


@pytest.mark.parametrize("encoding", ["cp1250", "iso8859-2", "cp852", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_another_encoding_and_delimiter_are_used_if_unchanged_cells_prove_them(
    desk: Desk, server: ScriptedServer, encoding: str, delimiter: str
) -> None:
    ran(desk, *LETTERS)
    fixed = corrected(desk, lambda row: [*row[:4], "śćż", "80-001", *row[6:]])
    text = fixed.read_text(encoding="utf-8").replace(";", delimiter)
    fixed.write_text(text.replace("zły", "zly"), encoding=encoding, newline="")
    ended = desk("run", fixed, "-m", mapping(desk), "--yes")
    assert ended.exit_code == 0, ended.stderr
    assert sent(server) == bodies(LETTERS, kod="80-001", vip="śćż")
    proven = f"the file is not UTF-8 but {encoding}" in ended.stderr
    assert proven is (encoding != "utf-16")


@pytest.mark.parametrize(
    "change",
    [
        lambda row: [row[0], "Łomża", "ćma", "x", "y", "80-001", *row[6:]],
        lambda row: [*row[:6], *row[8:]],
    ],
    ids=["no cell is as it was", "an older file"],
)
def test_an_unproven_encoding_is_refused(
    desk: Desk, server: ScriptedServer, change: Callable[[list[str]], list[str]]
) -> None:
    ran(desk, *LETTERS)
    header, *found = failed(desk)
    is_whole = len(change(header)) == len(header)
    rows_now = [header if is_whole else change(header), *map(change, found)]
    lines = map(";".join, rows_now)
    fixed = desk.folder / "fixed.csv"
    fixed.write_text("\n".join(lines), encoding="cp1250", newline="")
    ended = desk("run", fixed, "-m", mapping(desk), "--yes")
    assert (ended.exit_code, server.requests) == (2, [])
    assert "add --encoding cp1250" in ended.stderr


def test_the_column_names_prove_an_encoding(desk: Desk) -> None:
    source = desk.file("ID;Kod;Zażółć\n00100;x;y\n", name="source.csv")
    kod = {"column": "Kod", "pattern": "[0-9]{2}-[0-9]{3}"}
    names = desk.mapping(update={"record_fields": {"kod": kod}})
    desk("run", source, "-m", names, "--yes")
    fixed = corrected(desk, lambda row: [row[0], "80-001", *row[2:]])
    fixed.write_bytes(fixed.read_bytes().decode().encode("cp1250"))
    ended = desk("run", fixed, "-m", names, "--yes")
    assert ended.exit_code == 0, ended.stderr
    assert "not UTF-8 but cp1250, as its unchanged cells show" in ended.stderr


def test_letters_that_the_encoding_lacks_are_restored(desk: Desk, server: ScriptedServer) -> None:
    rare = ("3", "Łódź \u2713", "x", "y", "z", BAD)
    ran(desk, *LETTERS, rare)
    fixed = corrected(desk, lambda row: [*row[:5], "80-001", *row[6:]])
    text = fixed.read_text(encoding="utf-8").replace("zły", "zly")
    fixed.write_bytes(text.encode("cp1250", "replace"))
    assert desk("run", fixed, "-m", mapping(desk), "--yes").exit_code == 0
    assert sent(server)[-1] == ("3", body(rare, kod="80-001"))


SOFFICE = shutil.which("soffice")
CSV_FILTER = "Text - txt - csv (StarCalc)"
SEMICOLONS = "59,34,76,1"


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of LibreOffice, which it takes seconds to create."""
    return tmp_path_factory.mktemp("office")


def saved_by_calc(file: Path, kind: str, locale: str, profile: Path) -> Path:
    """Open a file with LibreOffice, which reads numbers and dates, and save it."""
    folder = file.parent / "saved"
    number = {"pl": 1045, "en": 1033}[locale]
    options = f"{SEMICOLONS},,{number},false,true"  # what looks like a number is one
    command = [
        str(SOFFICE), f"-env:UserInstallation={profile.as_uri()}", "--headless",
        f"--infilter=CSV:{options}", "--convert-to",
        f"csv:{CSV_FILTER}:{options}" if kind == "csv" else "xlsx",
        "--outdir", str(folder), str(file),
    ]  # fmt: skip
    if file.suffix == ".xlsx":
        del command[3]
    subprocess.run(command, check=True, capture_output=True, timeout=180)  # noqa: S603
    return folder / f"{file.stem}.{kind}"


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed")
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("locale", ["pl", "en"])
@pytest.mark.parametrize("source", ["failed.csv", "failed.xlsx"])
def test_a_file_saved_by_libreoffice_contains_only_the_changes_of_the_person(
    desk: Desk, server: ScriptedServer, profile: Path, source: str, locale: str, kind: str
) -> None:
    odd = ("a1", "'quoted", "_x0041_", "a\r\nb", "+48 600 100 200", BAD)
    content = (odd, *ROWS, ("00400", "0600100200", "1E5", "2027-02-03", "TRUE", BAD))
    ran(desk, *content)
    file = desk.folder / f"fixed{Path(source).suffix}"
    if source == "failed.csv":
        corrected(desk, lambda row: [*row[:5], "80-001", *row[6:]])
    else:
        book = load_workbook(desk.out / source)
        for row in book["failed"].iter_rows(min_row=2):
            row[5].value = "80-001"
        book.save(file)
    saved = saved_by_calc(file, kind, locale, profile)
    ended = desk("run", saved, "-m", mapping(desk), "--yes")
    assert ended.exit_code == 0, ended.stderr + desk.text("results.csv")
    assert sent(server) == bodies(content, kod="80-001")
