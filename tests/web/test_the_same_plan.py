"""The mapping of a draft plans the file on the command line as the page planned it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from web_client import Browser, browsing, drafted
from web_forms import answer, at_rest, checked

from bulk_update.job.check import check_file
from bulk_update.job.request import Request, RunOptions
from bulk_update.web.answers import Goal
from bulk_update.web.checking import Check
from bulk_update.web.examining import table_of

HEADER = "Nr klienta;Kampania;Status;Id statusu;Opiekun;Termin;Saldo;VIP;Telefon;Dzień;Sztuk"
ROWS = (
    "00100007;00001;Kontakt;3;j.kowalska;31.12.2030 10:00;1 234,50;tak;600 700 800;31.12.2030;5",
    "00100014;00001;Odmowa;4;a.wisniewska;30.12.2030 09:30;12,50;nie;600-700-801;01.02.2030;12",
    "00100021;00001;Nie dzwonić;6;p.nowak;29.12.2030 08:00;0,00;n/d;600 700 802;05.11.2030;7",
    "00100028;00001;Kontakt;3;j.kowalska;31.02.2030 10:00;7,25;nie;600 700 803;02.03.2030;1",
    "00100028;00001;Kontakt;3;j.kowalska;31.01.2030 10:00;7,20;nie;600 700 803;02.03.2030;1",
    "1,23E+09;00001;Kontakt;3;j.kowalska;31.01.2030 10:00;7,20;nie;600 700 803;02.03.2030;1",
)
CSV = "\n".join([HEADER, *ROWS, ""]).encode("cp1250")

COLUMNS = {name: str(index) for index, name in enumerate(HEADER.split(";"))}
DECIMAL = '["decimal",[],",","","leading"]'
MOMENT = '["datetime",["%d.%m.%Y %H:%M"],"","","leading"]'
DAY = '["date",["%d.%m.%Y"],"","","leading"]'
WHOLE = '["integer",[],"","","leading"]'
BOOLEAN = '["boolean",[],"","","leading"]'

PLANS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "status": ({"Status": "status"}, {}),
    "status with a value left out": ({"Status": "status"}, {"leave Status Odmowa": "on"}),
    "status with a value replaced": ({"Status": "status"}, {"lookup Status Odmowa": "Sprzedaż"}),
    "status_lookup": (
        {"Status": "status_lookup"},
        {
            "lookup Status Kontakt": "3",
            "lookup Status Odmowa": "8",
            "lookup Status Nie dzwonić": "4",
        },
    ),
    "status_id": ({"Id statusu": "status_id"}, {}),
    "agent_login": ({"Opiekun": "agent_login"}, {}),
    "agent_lookup": (
        {"Opiekun": "agent_lookup"},
        {
            "lookup Opiekun j.kowalska": "p.nowak",
            "lookup Opiekun a.wisniewska": "a.wisniewska",
            "leave Opiekun p.nowak": "on",
        },
    ),
    "next_call_date": ({"Termin": f"next_call_date {MOMENT}"}, {}),
    "next_call_date without a time": ({"Dzień": f"next_call_date {DAY}"}, {"time Dzień": "9:15"}),
    "record_fields": (
        {
            "Saldo": f"record_fields {DECIMAL}",
            "VIP": f"record_fields {BOOLEAN}",
            "Telefon": "record_fields",
            "Dzień": f"record_fields {DAY}",
            "Sztuk": f"record_fields {WHOLE}",
        },
        {"blank VIP n/d": "on", "remove Telefon": "on", "duplicates": "last"},
    ),
    "campaign": ({"Kampania": "campaign", "Status": "status"}, {}),
    "identifier": ({"Status": "status", "Id statusu": "unused"}, {"duplicates": "first"}),
}


def decide(browser: Browser, draft_id: str, goals: dict[str, str]) -> None:
    """Answer the screen of columns; what is not named is not used."""
    path = f"/draft/{draft_id}/columns"
    fields = {"goal-0": "identifier"} | {f"goal-{n}": "unused" for n in range(1, len(COLUMNS))}
    for name, wanted in goals.items():
        goal, _, reading = wanted.partition(" ")
        fields[f"goal-{COLUMNS[name]}"] = goal
        fields |= {f"reading-{COLUMNS[name]}": reading} if reading else {}
    answer(browser, path, campaign="00001", **fields)


def place_of(browser: Browser, draft_id: str, name: str) -> str:
    """Return the field of a form for a name such as `lookup Status Odmowa`."""
    kind, *rest = name.split(" ", 2)
    if not rest:
        return kind
    index = COLUMNS[rest[0]]
    if len(rest) == 1:
        return f"{kind}-{index}"
    drafts = browser.service.drafts
    column = table_of(browser.service, drafts.get(draft_id)).columns[int(index)]
    texts = column.blank_words if kind == "blank" else column.values or ()
    return f"{kind}-{index}-{[text for text, _ in texts].index(rest[1])}"


def planned_by_page(browser: Browser, goals: dict[str, str], values: dict[str, str]) -> str:
    """Go through the screens until the draft is planned; return its id."""
    draft_id = at_rest(browser, drafted(browser, "klienci.csv", CSV, rehearsal=True)).id
    answer(browser, f"/draft/{draft_id}/sheet", encoding="cp1250")
    decide(browser, draft_id, goals)
    given = {place_of(browser, draft_id, name): value for name, value in values.items()}
    answer(browser, f"/draft/{draft_id}/values", **given)
    checked(browser, f"/draft/{draft_id}/preview")
    assert browser.service.drafts.get(draft_id).run_id, browser.get(
        f"/draft/{draft_id}/values?check=1"
    ).text
    return draft_id


def requests_in(folder: Path) -> list[dict[str, object]]:
    text = (folder / "requests.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("name", PLANS)
def test_the_command_line_plans_the_downloaded_mapping_alike(tmp_path: Path, name: str) -> None:
    with browsing(tmp_path / "state") as browser:
        draft_id = planned_by_page(browser, *PLANS[name])
        draft = browser.service.drafts.get(draft_id)
        options = browser.service.options_for(draft)
        (tmp_path / "m.yaml").write_bytes(browser.get(f"/draft/{draft_id}/mapping.yaml").content)
        (tmp_path / "klienci.csv").write_bytes(CSV)
        os.utime(tmp_path / "klienci.csv", (0, 0))
        settings = options.settings.model_copy(update={"state": tmp_path / "other"})
        report = check_file(
            Request(
                tmp_path / "klienci.csv",
                tmp_path / "m.yaml",
                RunOptions(settings, out=tmp_path / "out"),
            ),
            Check(0),
        )
        assert options.out is not None
        by_page = json.loads((options.out / "summary.json").read_text(encoding="utf-8"))
    assert requests_in(tmp_path / "out") == requests_in(options.out)
    assert {str(key): count for key, count in report.summary.outcomes.items()} == (
        by_page["outcomes"]
    )
    assert requests_in(options.out), "nothing would be sent"


def test_every_goal_is_tried() -> None:
    tried = {goal.split(" ")[0] for goals, _ in PLANS.values() for goal in goals.values()}
    assert {str(goal) for goal in Goal} - tried == {"identifier"}  # in all of them
