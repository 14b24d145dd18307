"""How to read a file without a mapping: determined strictly, or left as a question."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_workbooks import packed, parts, sheet
from reading import write
from workbook_thread import workbook_thread

from bulk_update.errors import InputError
from bulk_update.proposals import SourceEvidence
from bulk_update.readers.survey import SurveyedSource, survey_source
from bulk_update.records import FileKind, SourceOptions

ROWS = "1;Łódź\n2;Śrem\n3;Żywiec\n"


def survey(path: Path, **named: str) -> SurveyedSource:
    options = SourceOptions(**named)  # type: ignore[arg-type]
    return survey_source(path, options, start_parser=workbook_thread)


def lines(evidence: SourceEvidence) -> dict[str, str | int]:
    return {line.key: line.value for line in evidence.lines}


def options(evidence: SourceEvidence) -> dict[str, tuple[str, ...]]:
    """Return the texts of each undecided line."""
    found = {}
    for option in evidence.options:
        assert option.remark is not None
        shown = option.remark.params.get("words") or option.remark.params.get("names")
        assert isinstance(shown, tuple)
        found[str(option.value)] = shown
    return found


# --- files whose name does not tell


def test_the_kind_of_a_file_is_named_if_its_name_does_not_say(tmp_path: Path) -> None:
    found = survey(write(tmp_path, f"ID;Miasto\n{ROWS}", name="crm.dat"))
    assert lines(found.evidence)["kind"] == "text"
    assert found.options.kind is FileKind.TEXT
    found = survey(workbook(tmp_path, Dane=TABLE).rename(tmp_path / "crm.20271101"))
    assert lines(found.evidence)["kind"] == "workbook"


def test_an_archive_without_a_file_extension_is_not_a_table(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="zip archive"):
        survey(write(tmp_path, b"PK\x03\x04" + b"\0" * 200, name="crm.dat"))


# --- quotation marks


@pytest.mark.parametrize("cell", ['"ALFA" Sp. z o.o.', 'x 24"\n2;"ALFA" Ltd\n3;"BETA" Ltd'])
def test_text_after_a_quotation_mark_proves_that_it_encloses_nothing(
    tmp_path: Path, cell: str
) -> None:
    found = survey(write(tmp_path, f"ID;Miasto\n1;{cell}\n9;Sopot\n"))
    assert lines(found.evidence)["quote"] == "none"
    assert found.evidence.is_table_certain
    assert found.options.quotes_are_text


@pytest.mark.parametrize(
    "cell",
    ['"ALFA"\n2;monitor 24"\n3;"BETA\n4;Hurt "GAMA"', '"Firma "ALFA" Sp. z o.o."'],
)
def test_other_quotation_marks_are_asked_about(tmp_path: Path, cell: str) -> None:
    found = survey(write(tmp_path, f"ID;Miasto\n1;{cell}\n9;Sopot\n"))
    assert "quote" not in lines(found.evidence)
    assert "quote" in found.evidence.open
    assert not found.evidence.is_table_certain


def test_a_file_that_fits_no_reading_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row 2: there is text after a closing quote"):
        survey(write(tmp_path, 'ID;Miasto\n1;"ALFA" Sp;x;y\n2;x\n'))


def test_the_question_about_quotation_marks_shows_a_cell_that_they_do_not_enclose(
    tmp_path: Path,
) -> None:
    found = survey(write(tmp_path, 'ID;Nazwa\n1;"Firma ""A"" 1"\n2;"x" y\n'))
    assert found.evidence.open["quote"].params["text"] == '"x" y'


def test_another_delimiter_that_splits_amounts_does_not_hide_quotes_that_are_text(
    tmp_path: Path,
) -> None:
    rows = "".join(f'{n};"ALFA" Ltd;1.234,{n}\n' for n in range(10, 20))
    found = survey(write(tmp_path, f"ID;Firma;Saldo\n{rows}"))
    assert (lines(found.evidence)["delimiter"], lines(found.evidence)["quote"]) == (";", "none")


# --- encodings


def test_utf8_is_detected(tmp_path: Path) -> None:
    found = survey(write(tmp_path, f"ID;Miasto\n{ROWS}"))
    assert lines(found.evidence) == {"encoding": "utf-8", "delimiter": ";", "header_row": 1}
    assert found.evidence.open == {}
    assert found.options == SourceOptions(delimiter=";")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_needs_no_line(tmp_path: Path, encoding: str) -> None:
    found = survey(write(tmp_path, f"ID;Miasto\n{ROWS}".encode(encoding)))
    assert lines(found.evidence) == {"delimiter": ";", "header_row": 1}


def test_ascii_says_nothing_about_the_encoding(tmp_path: Path) -> None:
    found = survey(write(tmp_path, "ID;Miasto\n1;Sopot\n"))
    assert "encoding" not in lines(found.evidence)
    assert [note.code for note in found.evidence.notes] == ["ascii-only"]


@pytest.mark.parametrize(
    ("encoding", "readings"),
    [
        ("cp1250", {"cp1250": ("Śrem", "Ząbki"), "cp1252": ("Œrem", "Z¹bki")}),
        (
            "iso8859_2",
            {
                "cp1250": ("¦rem", "Z±bki"),
                "iso8859_2": ("Śrem", "Ząbki"),
                "cp1252": ("¦rem", "Z±bki"),
            },
        ),
    ],
)
def test_several_encodings_are_shown_and_none_is_chosen(
    tmp_path: Path, encoding: str, readings: dict[str, tuple[str, ...]]
) -> None:
    text = "ID;Miasto\n1;Łódź\n2;Śrem\n3;Ząbki\n"
    found = survey(write(tmp_path, text.encode(encoding)))
    assert list(found.evidence.open) == ["encoding"]
    assert not found.evidence.is_encoding_certain
    assert found.options.encoding == "cp1250"
    shown = options(found.evidence)
    assert set(shown) == set(readings)
    for codec, words in readings.items():
        assert set(words) <= set(shown[codec])


def test_words_that_all_encodings_read_the_same_leave_the_question_open(tmp_path: Path) -> None:
    found = survey(write(tmp_path, "ID;Miasto\n1;Rzeszów\n".encode("cp1250")))
    assert set(options(found.evidence).values()) == {("Rzeszów",)}
    assert list(found.evidence.open) == ["encoding"]


def test_a_named_encoding_is_certain(tmp_path: Path) -> None:
    path = write(tmp_path, f"ID;Miasto\n{ROWS}".encode("cp1250"))
    found = survey(path, encoding="cp1250")
    assert lines(found.evidence)["encoding"] == "cp1250"
    assert found.evidence.open == {}


def test_a_file_in_no_usual_encoding_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, b"ID;Miasto\n1;\x81\x8d\x9d\n")
    with pytest.raises(InputError, match="is not UTF-8"):
        survey(path)


# --- delimiters


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_that_all_rows_agree_on_is_found(tmp_path: Path, delimiter: str) -> None:
    text = f"ID;Miasto;X\n{ROWS.replace(chr(10), ';x' + chr(10))}".replace(";", delimiter)
    found = survey(write(tmp_path, text))
    assert lines(found.evidence)["delimiter"] == delimiter
    assert found.options.delimiter == delimiter


@pytest.mark.parametrize(
    "text",
    [
        "ID;Saldo;Uwagi\n1;2,50;a\n2;3,50;b\n",
        "Nazwisko, imię;Miasto\nNowak;Łódź\nDąb;Śrem\n",
        'ID;Uwagi\n1;"a, b; c"\n2;"d, e"\n',
        "ID;Miasto\n1;a,b\n2;c,d\n3;e,f\n",
    ],
)
def test_another_delimiter_in_the_cells_does_not_matter(tmp_path: Path, text: str) -> None:
    found = survey(write(tmp_path, text))
    assert (lines(found.evidence)["delimiter"], found.evidence.open) == (";", {})


def test_two_delimiters_that_fit_are_both_shown(tmp_path: Path) -> None:
    found = survey(write(tmp_path, "a;b,c;d\n1;2,3;4\n5;6,7;8\n"))
    assert list(found.evidence.open) == ["delimiter"]
    assert not found.evidence.is_table_certain
    assert options(found.evidence) == {",": ("a;b", "c;d"), ";": ("a", "b,c", "d")}


def test_a_named_delimiter_is_certain(tmp_path: Path) -> None:
    found = survey(write(tmp_path, "a;b,c;d\n1;2,3;4\n"), delimiter=",")
    assert (lines(found.evidence)["delimiter"], found.evidence.open) == (",", {})


def test_a_list_of_identifiers_has_no_delimiter(tmp_path: Path) -> None:
    found = survey(write(tmp_path, "ID\nA1\nA2\n"))
    assert lines(found.evidence) == {"header_row": 1}


def test_rows_of_another_width_are_counted(tmp_path: Path) -> None:
    found = survey(write(tmp_path, "ID;Miasto\n1;a\n2\n3;c\n"))
    assert found.evidence.notes[-1].params == {"count": 1}


# --- header rows


def test_a_header_below_titles_is_found(tmp_path: Path) -> None:
    found = survey(write(tmp_path, "Raport miesięczny;;\n\nID;Miasto;Status\n1;a;b\n2;c;d\n"))
    assert lines(found.evidence)["header_row"] == 3
    assert found.options.header_row == 3
    assert found.evidence.open == {}


@pytest.mark.parametrize(
    "text", ["1;2027-01-01;a@b.pl\n2;2027-01-02;c@d.pl\n", "ID;12,50;Miasto\n1;2;a\n"]
)
def test_a_row_of_values_is_not_a_certain_header(tmp_path: Path, text: str) -> None:
    found = survey(write(tmp_path, text))
    assert list(found.evidence.open) == ["header_row"]
    assert not found.evidence.is_table_certain


def test_a_file_that_is_damaged_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="never closed"):
        survey(write(tmp_path, 'ID;Miasto\n1;"a\n2;b\n'))
    with pytest.raises(InputError, match="blank lines"):
        survey(write(tmp_path, "\n  \n", name="blank.csv"))


# --- workbooks

HEADER = '<row r="1"><c r="A1" t="str"><v>ID</v></c><c r="B1" t="str"><v>Miasto</v></c></row>'
ROW = '<row r="2"><c r="A2" t="str"><v>1</v></c><c r="B2" t="str"><v>a</v></c></row>'
TABLE = sheet(ROW, header=HEADER)
TITLE = '<row r="1"><c r="A1" t="str"><v>Instrukcja</v></c></row>'
PROSE = sheet('<row r="2"><c r="A2" t="str"><v>Czytaj</v></c></row>', header=TITLE)


def workbook(tmp_path: Path, **sheets: str) -> Path:
    return packed(tmp_path / "crm.xlsx", parts(sheets))


def test_the_only_sheet_needs_no_line(tmp_path: Path) -> None:
    found = survey(workbook(tmp_path, Dane=TABLE))
    assert lines(found.evidence) == {"header_row": 1}
    assert found.options == SourceOptions(sheet="Dane")


def test_the_only_sheet_with_a_table_is_found(tmp_path: Path) -> None:
    found = survey(workbook(tmp_path, Opis=PROSE, Dane=TABLE, Puste=sheet("", header="")))
    assert lines(found.evidence) == {"sheet": "Dane", "header_row": 1}
    assert found.evidence.open == {}


def test_several_sheets_with_tables_are_all_shown(tmp_path: Path) -> None:
    found = survey(workbook(tmp_path, Styczeń=TABLE, Luty=TABLE))
    assert options(found.evidence) == {"Styczeń": ("ID", "Miasto"), "Luty": ("ID", "Miasto")}
    assert not found.evidence.is_table_certain
    assert survey(workbook(tmp_path, Styczeń=TABLE, Luty=TABLE), sheet="Luty").evidence.open == {}


def test_a_workbook_without_a_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no visible sheet has a table"):
        survey(workbook(tmp_path, Puste=sheet("", header="")))


# --- what a person has decided


def test_a_header_row_that_is_named_is_certain(tmp_path: Path) -> None:
    path = write(tmp_path, "Raport;\nNr;Miasto\n123;456\n0001;Lublin\n")
    found = survey_source(path, SourceOptions(), header_row=3)
    assert found.options.header_row == 3
    assert "header_row" not in found.evidence.open


def test_a_header_row_that_is_named_is_certain_in_a_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path, Dane=TABLE)
    found = survey_source(path, SourceOptions(), header_row=2, start_parser=workbook_thread)
    assert found.options.header_row == 2
    assert "header_row" not in found.evidence.open


@pytest.mark.parametrize("row", [2, 99])
def test_a_blank_row_is_not_taken_for_the_header(tmp_path: Path, row: int) -> None:
    path = write(tmp_path, "Nr;Miasto\n;\n0001;Lublin\n")
    assert survey_source(path, SourceOptions(), header_row=row).options.header_row == 1


def test_quotation_marks_that_are_said_to_be_text_are_not_asked_about(tmp_path: Path) -> None:
    path = write(tmp_path, 'ID;Nazwa\n1;"ALFA" i "BETA\n2;x\n')
    assert "quote" in survey_source(path, SourceOptions()).evidence.open
    found = survey_source(path, SourceOptions(quotes_are_text=True))
    assert found.options.quotes_are_text
    assert lines(found.evidence)["quote"] == "none"
    assert "quote" not in found.evidence.open
