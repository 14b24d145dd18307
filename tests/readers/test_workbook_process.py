"""Whatever a workbook does to the process that parses it, the main process continues."""

from __future__ import annotations

import io
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from threading import Timer

import psutil
import pytest
from made_workbooks import data_sheet, made, parts, shared, sheet
from reading import CORPORA, read, refusal

from bulk_update.errors import InputError
from bulk_update.messages import told
from bulk_update.readers.workbook.messages import Message, SilenceError, receive, send
from bulk_update.readers.workbook.process import LEAN_IMPORTS, workbook_process
from bulk_update.readers.workbook.server import serve

OK = CORPORA / "xlsx" / "ok.xlsx"


def replies(*requests: Message) -> list[Message]:
    """Return the replies of a server that runs in this process."""
    inbox, outbox = io.BytesIO(), io.BytesIO()
    for request in requests:
        send(inbox, request)
    inbox.seek(0)
    serve(inbox, outbox)
    outbox.seek(0)
    found = []
    while outbox.tell() < len(outbox.getvalue()):
        found.append(receive(outbox))
    return found


def test_a_server_lists_the_sheets_and_replies_to_requests_until_its_input_ends() -> None:
    rows = {"do": "rows", "sheet": 0, "after": 1, "width": 2, "rows": 2, "columns": [0]}
    rows["gaps"] = []
    assert replies({"path": str(OK)}, {"do": "head", "sheet": 0, "until": 2}, rows) == [
        {"sheets": [["Sheet", True, "table"]]},
        {"rows": [[1, ["id", "name"]], [2, ["A1", "x"]]]},
        {"rows": [[2, ["A1", "x"]], [3, ["A2", "Żółw"]]], "merged": []},
        {"rows": [[4, ["A3", "z"]]], "merged": []},
        {"hidden_rows": 0, "hidden_columns": [], "asks_to_recalculate": False},
    ]


def test_a_server_refuses_an_invalid_workbook_in_one_reply(tmp_path: Path) -> None:
    path = made(tmp_path, "<worksheet>")
    [listed, refused] = replies({"path": str(path)}, {"do": "head", "sheet": 0, "until": 2})
    assert "sheets" in listed
    assert "is malformed, in line 1" in told(refused["refused"])


def test_a_server_without_requests_ends() -> None:
    assert replies() == []


@pytest.mark.parametrize("content", [b"", b"\0\0", b"\0\0\0\5ab"])
def test_an_incomplete_message_counts_as_no_message(content: bytes) -> None:
    with pytest.raises(SilenceError):
        receive(io.BytesIO(content))


def test_a_surrogate_can_be_sent_between_processes() -> None:
    stream = io.BytesIO()
    send(stream, {"rows": ["\ud83d"]})
    stream.seek(0)
    assert receive(stream) == {"rows": ["\ud83d"]}


def test_a_process_that_dies_means_an_unusable_file_and_not_a_crash() -> None:
    with workbook_process(OK) as process:
        process.ask({"path": str(OK)})
        with pytest.raises(InputError, match="the workbook could not be parsed"):
            process.ask({"do": "something unknown"})
        with pytest.raises(InputError, match="the workbook could not be parsed"):
            process.ask({"do": "head", "sheet": 0, "until": 2})


def test_a_process_that_does_not_reply_is_stopped() -> None:
    started = time.monotonic()
    with (
        workbook_process(OK, stuck_seconds=0.5) as process,
        pytest.raises(InputError, match="took more than 0 s without a reply"),
    ):
        process.next_reply()
    assert time.monotonic() - started < 10


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot limit CPU time")
def test_a_process_that_computes_too_long_is_stopped() -> None:
    path = CORPORA / "xlsx" / "rows_120k.xlsx"
    with (
        workbook_process(path, cpu_seconds=0.001) as process,
        pytest.raises(InputError, match="took more than 0 s of CPU time"),
    ):
        process.ask({"path": str(path)})


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot limit CPU time")
def test_a_process_that_has_to_wait_for_a_busy_machine_is_not_stopped() -> None:
    with workbook_process(OK, cpu_seconds=1.0) as process:
        [child] = psutil.Process().children()
        child.suspend()
        waker = Timer(1.5, child.resume)
        waker.start()
        assert "sheets" in process.ask({"path": str(OK)})
        assert not waker.is_alive()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps the limit for certain")
def test_a_workbook_that_needs_too_much_memory_is_refused(tmp_path: Path) -> None:
    # One character outside the basic plane makes all others of its piece take four bytes.
    cell = '<c r="B2" t="s"><v>0</v></c>'
    text = ("a" * 60 + "\U0001f469") * 1_600_000
    strings = shared(f"<t>{text}</t>")
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts({"Data": data_sheet(cell)}, strings=strings).items():
            archive.writestr(name, content)
    message = refusal(tmp_path / "a.xlsx", start_parser=workbook_process)
    assert "the workbook needs more than 600 MB of memory" in message
    assert "Save the sheet as .csv" in message


def test_nothing_private_reaches_the_process_and_nothing_is_left_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BULK_UPDATE_PASSWORD", "canary")
    with workbook_process(OK) as process:
        process.ask({"path": str(OK)})
        [child] = psutil.Process().children()
        assert "BULK_UPDATE_PASSWORD" not in child.environ()
    assert not psutil.Process().children()


def test_the_process_imports_neither_pandas_nor_the_mapping() -> None:
    program = (
        "import sys, bulk_update.readers.workbook.server as s;"
        "print(*[m for m in ('pandas', 'pydantic', 'bulk_update.mapping') if m in sys.modules])"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == ""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process has loaded")
def test_the_process_loads_nothing_that_openpyxl_could_do_without() -> None:
    with workbook_process(OK) as process:
        process.ask({"path": str(OK)})
        [child] = psutil.Process().children()
        loaded = [mapped.path for mapped in child.memory_maps()]
    assert [path for path in loaded if "/numpy/" in path or "/PIL/" in path] == []


def test_a_relative_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path, sheet('<row r="2"><c r="A2"><v>1</v></c></row>'))
    monkeypatch.chdir(tmp_path)
    assert read(Path("made.xlsx"), start_parser=workbook_process).cells == [["1", ""]]
    assert "made.xlsx, sheet" in refusal(
        Path("made.xlsx"), ["absent"], start_parser=workbook_process
    )


def test_the_process_imports_no_part_of_openpyxl_that_handles_whole_workbooks() -> None:
    program = LEAN_IMPORTS + "import bulk_update.readers.workbook.server; print(*sys.modules)"
    command = [sys.executable, "-P", "-c", program, *sys.path]
    printed = subprocess.run(  # noqa: S603 - our own program, without a shell
        command, check=True, capture_output=True, text=True
    ).stdout
    heavy = {"openpyxl.cell.cell", "openpyxl.worksheet.worksheet", "openpyxl.writer.excel"}
    assert not heavy & {*printed.split()}, "openpyxl.__init__ has changed: see LEAN_IMPORTS"
