"""The whole way from a file to an undo in a real browser, as different people go it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest
from browser import PHONE_WIDTH, Scheme, Visiting
from command_line import let_rest
from playwright.sync_api import expect
from pydantic import SecretStr
from walking import Walk
from web_runs import wait_for

from bulk_update.sandbox import Record, RunningSandbox, running_sandbox
from bulk_update.sandbox.store import made_up_identifiers
from bulk_update.settings import Settings
from bulk_update.web.server import RunningPage, running_page

KNOWN = tuple(islice(made_up_identifiers(), 60))
"""Identifiers of records that the sandbox has."""

HEADER = "Nr klienta;Status;Termin;Miasto"
BAD_DATE = "31.02.2026 10:00"
CITIES = ["Łódź", "Gdynia", "Żółć", "Sopot"]
ROWS = (
    f"{KNOWN[0]};Kontakt;2026-12-24 10:00;{CITIES[0]}",
    f"{KNOWN[1]};Nie dzwonić;;{CITIES[1]}",
    f"{KNOWN[2]};Kontakt;;{CITIES[2]}",
    f"{KNOWN[3]};Odmowa;;{CITIES[3]}",
    f"{KNOWN[4]};Kontakt;{BAD_DATE};Gdynia",
)
HOSTILE = "<img src=x onerror=alert(1)>\"'</script><script>alert(1)</script>{{7*7}}&\u202e"
"""Markup, a template, and a character that turns the direction of a text."""

CAMPAIGN = "Campaign (its id, five characters)"


@contextmanager
def page_of(sandbox: RunningSandbox, state: Path, *, rate: float = 20.0) -> Iterator[RunningPage]:
    """Serve the page for a system that is a sandbox."""
    settings = Settings(
        base_url=sandbox.url,
        username="sandbox",
        password=SecretStr("sandbox"),
        state=state,
        rate=rate,
    )
    with running_page(settings) as running:
        yield running


@pytest.fixture
def system() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


def written(folder: Path, *rows: str, name: str = "klienci.csv") -> Path:
    """Write a file as Excel does in Poland."""
    path = folder / name
    text = "".join(f"{row}\r\n" for row in (HEADER, *rows))
    path.write_bytes(text.encode("cp1250"))
    let_rest(path)
    return path


# --- the steps


def choose_file(walk: Walk, path: Path) -> None:
    walk.arrive("Choose a file")
    walk.hand_over(path)
    walk.press("button", "Continue")


def choose_table(walk: Walk) -> None:
    walk.arrive("Is this the right table?")
    walk.press("radio", "Windows-1250")
    walk.press("button", "Go on to the columns")


def choose_columns(walk: Walk) -> None:
    walk.arrive("Where does each column go?")
    walk.write("00001", label=CAMPAIGN)
    goals = {
        "Nr klienta": "Record identifier",
        "Status": "Status",
        "Termin": "Next call",
        "Miasto": "Campaign field",
    }
    for column, goal in goals.items():
        walk.choose(goal, label="%(column)s goes to", column=column)
    iso = walk.said("date and time {format}").format(format=walk.written("YYYY-MM-DD hh:mm"))
    walk.choose(iso, label=f"{walk.said('Read as')} (Termin)")
    walk.write("miasto", label=f"{walk.said('Name of the field')} (Miasto)")
    walk.press("button", "Check the values")


def choose_values(walk: Walk) -> None:
    walk.arrive("What do the values mean?")
    walk.choose("Kontakt", label="What to send for %(text)s", text="Odmowa")
    walk.press("button", "Show the preview")


def confirm(walk: Walk, count: int, *, heading: str = "Confirm") -> None:
    walk.arrive(heading)
    walk.write(str(count), label="Type %(count)s to confirm", count=count)
    send = walk.counted("Send %(shown)s record", "Send %(shown)s records", count)
    walk.press("button", send)


def await_report(walk: Walk, outcomes: dict[str, int]) -> str:
    """Wait for the report, and return the run's id."""
    page = walk.visit.page
    page.wait_for_url("**/report*")
    walk.look("Report")
    found = page.locator("table").first.locator("tbody tr")
    assert [
        (row.locator("code").last.inner_text(), int(row.locator("td").first.inner_text()))
        for row in found.all()
    ] == list(outcomes.items())
    (run_id,) = re.findall(r"/run/([\w-]+)/report", page.url)
    return str(run_id)


def records(system: RunningSandbox) -> list[Record]:
    """Return the records of the rows."""
    found = [system.record("00001", identifier) for identifier in KNOWN[: len(ROWS)]]
    return [record for record in found if record is not None]


def puts(system: RunningSandbox) -> list[str]:
    """Return the paths of the requests that changed records, in order."""
    return [each.raw_path for each in system.received if each.method == "PUT"]


def await_puts(system: RunningSandbox, *, more_than: int) -> None:
    wait_for(lambda: len(puts(system)) > more_than)


def statuses(system: RunningSandbox) -> list[str]:
    return [record.status_id for record in records(system)]


# --- the walks


@pytest.mark.parametrize(
    ("language", "scheme", "width", "scripts", "has_mouse"),
    [
        pytest.param("en", "dark", 1280, True, True, id="english, script, mouse"),
        pytest.param("pl", "light", PHONE_WIDTH, False, False, id="polish, phone, keys, no script"),
        pytest.param("pl", "dark", PHONE_WIDTH, True, False, id="polish, phone, keys, script"),
    ],
)
def test_the_whole_way_from_a_file_to_its_undo(
    tmp_path: Path,
    system: RunningSandbox,
    visit: Visiting,
    language: str,
    scheme: Scheme,
    width: int,
    *,
    scripts: bool,
    has_mouse: bool,
) -> None:
    with page_of(system, tmp_path / "state") as served:
        walk = Walk(
            visit(served.link(), scheme=scheme, width=width, scripts=scripts), has_mouse=has_mouse
        )
        walk.switch_to(language)

        choose_file(walk, written(tmp_path, *ROWS))
        choose_table(walk)
        choose_columns(walk)
        choose_values(walk)
        walk.arrive("What would change")
        walk.press("link", "Next: confirmation")
        confirm(walk, 4)
        first = await_report(walk, {"updated": 4, "invalid": 1})
        assert statuses(system) == ["3", "4", "3", "3", "1"]
        assert [record.record_fields.get("miasto") for record in records(system)[:4]] == CITIES

        walk.write("2026-12-31 10:00", label="%(column)s of row %(row)s", column="Termin", row=6)
        walk.press("button", "Check the corrected rows")
        walk.arrive("What would change")
        walk.press("link", "Next: confirmation")
        confirm(walk, 1)
        await_report(walk, {"updated": 1})
        assert statuses(system) == ["3", "4", "3", "3", "3"]

        walk.press("link", "History")
        walk.arrive("History")
        row = (
            walk.visit.page.get_by_role("row").filter(has_text="klienci.csv").filter(has_text=first)
        )
        walk.press("link", "Undo…", within=row.first)
        walk.arrive("Undo run %(run)s", run=first)
        walk.press("button", "Show what would change back")
        confirm(walk, 4, heading="What would change back")
        await_report(walk, {"updated": 4})
        assert statuses(system) == ["1", "1", "1", "1", "3"]

        assert walk.problems == []
        assert len(puts(system)) == 9


def test_a_file_with_known_columns_goes_on_as_last_time_and_is_sent_once(
    tmp_path: Path, system: RunningSandbox, visit: Visiting
) -> None:
    with page_of(system, tmp_path / "state") as served:
        walk = Walk(visit(served.link()))
        page = walk.visit.page
        choose_file(walk, written(tmp_path, *ROWS[:3]))
        choose_table(walk)
        choose_columns(walk)
        walk.arrive("What do the values mean?")
        walk.press("button", "Show the preview")
        walk.arrive("What would change")

        page.goto(f"http://127.0.0.1:{served.port}/")
        next_month = written(tmp_path, ROWS[1].replace("Gdynia", "Hel"), name="december.csv")
        choose_file(walk, next_month)
        choose_table(walk)
        walk.arrive("Where does each column go?")
        walk.press("button", "As last time")
        walk.arrive("What would change")
        walk.press("link", "Next: confirmation")
        confirming = page.url
        confirm(walk, 1)
        await_report(walk, {"updated": 1})

        page.goto(confirming)
        walk.look("Confirm, again")
        assert page.get_by_role("button", name="Send").count() == 0
        assert walk.problems == []
        assert len(puts(system)) == 1


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_sending_is_watched_stopped_and_continued(
    tmp_path: Path, system: RunningSandbox, visit: Visiting, *, scripts: bool
) -> None:
    rows = [f"{identifier};Kontakt;;Łódź" for identifier in KNOWN]
    with page_of(system, tmp_path / "state", rate=2.0) as served:
        walk = Walk(visit(served.link(), scripts=scripts))
        page = walk.visit.page
        choose_file(walk, written(tmp_path, *rows))
        choose_table(walk)
        choose_columns(walk)
        walk.arrive("Checking the file", renews=True)
        page.reload()
        expect(page.get_by_role("button", name="Show the preview")).to_be_visible()
        walk.press("button", "Show the preview")
        walk.arrive("What would change")
        walk.press("link", "Next: confirmation")
        confirm(walk, len(rows))
        for sent in (0, 2):
            await_puts(system, more_than=sent)
            walk.arrive("Sending", renews=not scripts)
            walk.press("button", "Stop after the rows on their way")
            walk.arrive("Stopped")
            walk.press("button", "Go on")
        walk.press("button", "Stop after the rows on their way")
        walk.arrive("Stopped")
        assert walk.problems == []
        assert len(set(puts(system))) == len(puts(system)) < len(rows)


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_hostile_cells_do_nothing_on_any_screen(
    tmp_path: Path, system: RunningSandbox, visit: Visiting, *, scripts: bool
) -> None:
    rows = (f"{KNOWN[0]};Kontakt;;{HOSTILE}", f"{HOSTILE};{HOSTILE};{HOSTILE};{HOSTILE}")
    path = tmp_path / "<img src=x onerror=alert(1)>.csv"
    path.write_text("".join(f"{row}\n" for row in (HEADER, *map(quoted, rows))), encoding="utf-8")
    let_rest(path)
    with page_of(system, tmp_path / "state") as served:
        walk = Walk(visit(served.link(), scripts=scripts))
        choose_file(walk, path)
        choose_columns(walk)
        walk.arrive("What do the values mean?")
        walk.press("button", "Show the preview")
        walk.arrive("What would change")
        walk.press("link", "Need attention")
        walk.arrive("What would change")
        walk.press("link", "Next: confirmation")
        confirm(walk, 1)
        await_report(walk, {"updated": 1, "invalid": 1})
        walk.press("link", "History")
        walk.arrive("History")
        assert walk.visit.page.locator("main img, main script").count() == 0
        assert walk.problems == []


def quoted(row: str) -> str:
    """Return a row whose cells may contain anything but a semicolon."""
    return ";".join('"' + cell.replace('"', '""') + '"' for cell in row.split(";"))
