"""Screen 3: what each column holds, and where it goes."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from web_client import Browser, browsing, drafted, text_of
from web_drafts import answered
from web_forms import answer, at_rest, checked, form_of, names_in

from bulk_update.sandbox import SandboxSettings, running_sandbox
from bulk_update.web.answers import ColumnAnswer, Goal
from bulk_update.web.drafts import Draft

CSV = (
    "Nr klienta;Status;Następny kontakt;Saldo;Uwagi\n"
    "00100007;Kontakt;31.12.2030 10:00;1 234,50;a\n"
    "00100014;Nie dzwonić;30.12.2030 10:00;12,50;b\n"
    "00100021;Kontakt;29.12.2030 10:00;0,00;c\n"
)
FIELDS = {
    "goal-1": "status",
    "goal-2": "next_call_date",
    "goal-3": "record_fields",
    "goal-4": "unused",
    "campaign": "00001",
}


def draft_of(browser: Browser, text: str = CSV, name: str = "klienci.csv") -> Draft:
    return at_rest(browser, drafted(browser, name, text.encode(), rehearsal=True))


def path_of(draft: Draft) -> str:
    return f"/draft/{draft.id}/columns"


def problems_in(response: httpx.Response) -> str:
    """Return the words of the summary of errors."""
    found = response.text.partition('<section class="errors"')[2].partition("</section>")[0]
    return text_of(httpx.Response(200, text=found))


def post(browser: Browser, draft: Draft, **given: str) -> httpx.Response:
    fields = {"revision": str(browser.service.drafts.get(draft.id).revision), **FIELDS, **given}
    return browser.post(path_of(draft), {name.replace("_", "-"): v for name, v in fields.items()})


def test_every_column_is_shown_with_what_it_holds(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        shown = text_of(browser.get(path_of(draft_of(browser, CSV + "00100028;Kontakt;;;\n"))))

    assert "5 columns, 4 rows" in shown
    assert "Nr klienta 00100007 · 00100014 · 00100021 100 % 4" in shown
    assert "Status Kontakt · Nie dzwonić 100 % 2" in shown
    assert "Saldo 1 234,50 · 12,50 · 0,00 75 % 3" in shown


def test_only_certain_lines_are_chosen_already(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = draft_of(browser)
        fields = form_of(browser.get(path_of(draft)), path_of(draft))

    goals = {name: value for name, value in fields.items() if name.startswith("goal-")}
    assert goals == {
        "goal-0": "identifier",
        "goal-1": "",
        "goal-2": "next_call_date",
        "goal-3": "",
        "goal-4": "",
    }
    assert fields["campaign"] == ""
    assert fields["field-3"] == "saldo"
    assert fields["reading-2"] == '["datetime",["%d.%m.%Y %H:%M"],"","","leading"]'
    assert fields["reading-3"] == '["decimal",[],",","","leading"]'
    assert fields["reading-4"] == '["text",[],"","","leading"]'


def test_names_of_statuses_are_certain_once_the_campaign_is_known(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = draft_of(browser)
        shown = answer(browser, path_of(draft), campaign="00001")
        fields = form_of(shown, path_of(draft))

    assert (fields["goal-1"], fields["campaign"]) == ("status", "00001")
    assert "3 of 3 values are names of the campaign's statuses" in text_of(shown)


def test_what_is_not_decided_is_asked_for(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = draft_of(browser)
        shown = answer(browser, path_of(draft))

    assert shown.status_code == 422
    problems = problems_in(shown)
    assert "The campaign is missing" in problems
    assert "Status: not decided" in problems
    assert "Następny kontakt" not in problems
    assert 'id="error-goal-1"' in shown.text
    assert 'aria-describedby="error-goal-1 why-1"' in shown.text


def test_what_is_still_to_answer_is_linked_with_its_field(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = draft_of(browser)
        before = open_answers_in(browser.get(path_of(draft)))
        answer(browser, path_of(draft), campaign="00001", goal_1="status", goal_4="unused")
        after = open_answers_in(browser.get(path_of(draft)))
        answer(browser, path_of(draft), goal_3="record_fields", reading_3="")
        reading = open_answers_in(browser.get(path_of(draft)))
        answer(browser, path_of(draft), reading_3='["text",[],"","","leading"]')
        done = browser.get(path_of(draft)).text

    assert before == [
        ("campaign", "Campaign"), ("goal-1", "Status"), ("goal-3", "Saldo"), ("goal-4", "Uwagi"),
    ]  # fmt: skip
    assert after == [("goal-3", "Saldo")]
    assert reading == [("reading-3", "Saldo: how its cells are read")]
    assert "Still to answer" not in done


def open_answers_in(response: httpx.Response) -> list[tuple[str, str]]:
    """Return the fields and names of the list of open questions, without hidden ones."""
    return re.findall('<li><a href="#([a-z0-9-]+)">([^<]+)</a>', response.text)


def test_where_to_find_the_campaigns_id_is_said_at_its_field(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        shown = browser.get(path_of(draft_of(browser)))

    assert 'aria-describedby="campaign-hint"' in shown.text
    assert "It is in the addresses of the API, after outbounds/." in text_of(shown)


def test_a_campaign_that_the_system_lacks_is_a_mistake_on_this_screen(tmp_path: Path) -> None:
    with (
        running_sandbox(SandboxSettings(username="api", password="secret")) as sandbox,
        browsing(tmp_path, base_url=sandbox.url, password="secret") as browser,
    ):
        draft = at_rest(browser, drafted(browser, "klienci.csv", CSV.encode()))
        shown = answer(browser, path_of(draft), **{**FIELDS, "campaign": "99999"})
        values = browser.get(f"/draft/{draft.id}/values")
        corrected = answer(browser, path_of(draft), campaign="00001")

    assert shown.status_code == 422
    assert "has no campaign 99999" in problems_in(shown)
    assert '<a href="#campaign">' in shown.text
    for word in ("--live", "base URL", "could not be asked"):
        assert word not in text_of(shown)
    assert values.headers["location"] == f"/draft/{draft.id}/columns"
    assert "Where does each column go?" not in text_of(corrected)


def test_a_rehearsal_needs_no_campaign_of_the_sandbox(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = draft_of(browser)
        warned = text_of(answer(browser, path_of(draft), campaign="99999"))
        shown = answer(browser, path_of(draft), **{**FIELDS, "campaign": "99999"})

    assert "The sandbox does not have the campaigns of your system." in warned
    assert "Where does each column go?" not in text_of(shown)


def test_each_question_is_linked_with_its_answer(tmp_path: Path) -> None:
    text = (
        "Nr klienta;Telefon;Status;Saldo\n"
        "00100007;600 100 074;Kontakt;1,500\n"
        "00100014;600 100 081;Odmowa;2,500\n"
        "00100021;600 100 098;Kontakt;3,500\n"
    )
    goals = {
        "Nr klienta": "identifier",
        "Telefon": "record_fields",
        "Status": "status_lookup",
        "Saldo": 'record_fields ["text",[],"","","leading"]',
    }
    with browsing(tmp_path) as browser:
        new = draft_of(browser, text)
        before = browser.get(path_of(new)).text
        draft = answered(browser, text, goals)
        columns = browser.get(path_of(draft)).text
        values = browser.get(f"/draft/{draft.id}/values").text

    assert "the next screen asks whether to send phone numbers without spaces" in before
    assert 'href="values#' not in before, "it cannot be opened yet"
    for place in ("values#remove-1", "values#words-2", "#reading-3"):
        assert f'(<a href="{place}">answer under' in columns
    assert 'id="remove-1"' in values
    assert 'id="words-2"' in values
    assert "600 100 074 as 600100074" in values
    for index in (1, 2):
        assert f'<a href="/draft/{draft.id}/columns#goal-{index}">' in values


def test_no_word_of_a_mapping_is_shown(tmp_path: Path) -> None:
    rows = (
        f"{100000 + n:08};2030-12-30 10:{n};{n}.5;{n};2030-12-{n};600 100 0{n}\n"
        for n in range(10, 32)
    )
    text = (
        f"Nr klienta;Termin;Saldo;Sztuki;Data;Telefon\n{''.join(rows)}"
        "100014;31.02.2030;ok. 100;abc;n/d;brak\n"
    )
    with browsing(tmp_path) as browser:
        draft = draft_of(browser, text)
        shown = text_of(browser.get(path_of(draft)))
        browser.post("/language", {"language": "pl", "back": "/"})
        in_polish = text_of(browser.get(path_of(draft)))

    assert "date and time YYYY-MM-DD hh:mm" in shown
    assert "data i godzina RRRR-MM-DD gg:mm" in in_polish
    assert "YYYY" not in in_polish
    for word in ("ISO 8601", "decimal,", '"decimal"', "integer", "pad:", "mapping", "type"):
        assert word not in shown


def test_columns_that_are_not_decided_can_be_left_out_at_once(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = draft_of(browser)
        answer(browser, path_of(draft), campaign="00001", then="leave-out")
        goals = {name: a.goal for name, a in browser.service.drafts.get(draft.id).columns.items()}

    assert goals == {
        "Nr klienta": Goal.IDENTIFIER,
        "Status": Goal.UNUSED,
        "Następny kontakt": Goal.NEXT_CALL,
        "Saldo": Goal.UNUSED,
        "Uwagi": Goal.UNUSED,
    }


@pytest.mark.parametrize(
    ("given", "problem", "field"),
    [
        ({"campaign": "1"}, '"1" is not a campaign\'s id', "campaign"),
        ({"goal-4": "identifier"}, "Uwagi: another column goes to Record identifier", "goal-4"),
        ({"goal-4": "status_id"}, "Uwagi: another column goes to Status", "goal-4"),
        ({"goal-4": "agent_login", "goal-3": "agent_lookup"}, "Saldo: another column", "goal-3"),
        (
            {"goal-4": "record_fields", "field-4": "saldo"},
            "Uwagi: another column goes to saldo, too",
            "field-4",
        ),
        ({"field-3": "  "}, "Saldo: the name of the campaign's field is missing", "field-3"),
        ({"field-3": "a\x07b"}, "invisible characters", "field-3"),
        ({"goal-0": "unused"}, "No column is the record identifier", "goal-0"),
        (
            {"goal-1": "unused", "goal-2": "unused", "goal-3": "unused"},
            "Nothing would change",
            "goal-0",
        ),
        ({"reading-3": ""}, "Saldo: choose how its cells are read", "reading-3"),
        ({"reading-3": "[]"}, "Saldo: choose how its cells are read", "reading-3"),
        ({"reading-2": '["text",[],"","","leading"]'}, "choose how its dates are", "reading-2"),
        ({"goal-3": "nonsense"}, "Saldo: not decided", "goal-3"),
    ],
)
def test_a_mistake_is_shown_where_it_can_be_corrected(
    tmp_path: Path, given: dict[str, str], problem: str, field: str
) -> None:
    with browsing(tmp_path) as browser:
        draft = draft_of(browser)
        fields = form_of(browser.get(path_of(draft)), path_of(draft)) | FIELDS | given
        shown = browser.follow(browser.post(path_of(draft), fields))

    assert problem in problems_in(shown)
    assert f'id="error-{field}"' in shown.text
    assert f'href="#{field}"' in shown.text
    assert f'id="{field}"' in shown.text


def test_answers_with_mistakes_are_kept(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = draft_of(browser)
        answer(browser, path_of(draft), campaign="x", goal_3="record_fields", field_3="dług")
        fields = form_of(browser.get(path_of(draft)), path_of(draft))

    assert (fields["campaign"], fields["goal-3"], fields["field-3"]) == (
        "x", "record_fields", "dług",
    )  # fmt: skip


def test_a_name_that_a_mapping_refuses_is_a_mistake_on_this_screen(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = draft_of(browser)
        shown = answer(
            browser, path_of(draft), **{**FIELDS, "goal-4": "record_fields", "field-4": "<<"}
        )

    assert shown.status_code in {200, 422}
    assert "The page made a mistake" not in shown.text


def test_dates_that_can_be_read_in_two_ways_are_asked_about(tmp_path: Path) -> None:
    dates = "Nr klienta;Termin\n00100007;01.02.2030\n00100014;03.04.2030\n00100021;05.06.2030\n"
    with browsing(tmp_path) as browser:
        draft = draft_of(browser, dates)
        fields = form_of(browser.get(path_of(draft)), path_of(draft))
        shown = browser.get(path_of(draft)).text

    assert (fields["goal-1"], fields["reading-1"]) == ("", "")
    assert "date DD.MM.YYYY" in shown
    assert "date MM.DD.YYYY" in shown


def test_a_column_that_a_mapping_cannot_name_can_only_be_left_out(tmp_path: Path) -> None:
    doubled = "Nr klienta;Uwagi;Uwagi;;a\u202eb\n00100007;a;b;c;d\n00100014;b;c;d;e\n"
    with browsing(tmp_path) as browser:
        draft = draft_of(browser, doubled)
        shown = browser.get(path_of(draft))
        stored = answer(browser, path_of(draft), campaign="00001", then="leave-out")
        columns = browser.service.drafts.get(draft.id).columns

    assert "several columns have this name" in text_of(shown)
    names = names_in(shown, path_of(draft))
    assert {"goal-0", "field-0"} <= names
    assert not {"goal-1", "goal-2"} & names
    assert columns["Uwagi"] == ColumnAnswer(Goal.UNUSED)
    assert "Nothing would change" in problems_in(stored)


def test_hostile_names_and_cells_are_text(tmp_path: Path) -> None:
    hostile = (
        'Nr klienta;<script>alert(1)</script>;{{ 7 * 7 }};"a""><b>"\n'
        "00100007;<img src=x onerror=alert(1)>;{% raw %};\u202eabc\n"
        "00100014;&amp;;%(x)s;' or 1=1\n"
    )
    with browsing(tmp_path) as browser:
        draft = draft_of(browser, hostile)
        fields = {f"goal-{n}": "record_fields" for n in (1, 2, 3)} | {"goal-0": "identifier"}
        path = path_of(draft)
        shown = browser.get(path)
        after = answer(browser, path, campaign="00001", **fields)
        after = checked(browser, f"/draft/{draft.id}/preview")

    for page in (shown, after):
        assert page.status_code == 200
        for markup in ("<script>alert", "<img", "<b>", "\u202e"):
            assert markup not in page.text
        assert "49" not in text_of(page)
    assert "\\u202eabc" in text_of(after)
    assert "<img src=x onerror=alert(1)>" in text_of(after)


def test_another_tab_cannot_overwrite_answers_that_it_has_not_seen(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = draft_of(browser)
        old = form_of(browser.get(path_of(draft)), path_of(draft))
        answer(browser, path_of(draft), **FIELDS)
        refused = browser.post(path_of(draft), old)
        kept = browser.service.drafts.get(draft.id)

    assert refused.status_code == 409
    assert kept.campaign == "00001"


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 5000, "٣"])
def test_a_form_without_a_proper_revision_is_refused(tmp_path: Path, revision: str) -> None:
    with browsing(tmp_path) as browser:
        refused = post(browser, draft_of(browser), revision=revision)

    assert refused.status_code == 409


def test_looking_changes_nothing(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = draft_of(browser)
        for screen in ("columns", "values", "preview", "columns?check=1", "mapping.yaml"):
            browser.get(f"/draft/{draft.id}/{screen}")
        assert browser.service.drafts.get(draft.id) == draft
        assert not browser.service.drafts.mapping_path(draft.id).exists()


def test_the_same_answers_keep_the_plan(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = draft_of(browser)
        answer(browser, path_of(draft), **FIELDS)
        checked(browser, f"/draft/{draft.id}/values")
        planned = browser.service.drafts.get(draft.id).run_id
        answer(browser, path_of(draft))
        same = browser.service.drafts.get(draft.id).run_id
        answer(browser, path_of(draft), field_3="inne")
        checked(browser, f"/draft/{draft.id}/values")
        other = browser.service.drafts.get(draft.id).run_id

    assert planned == same
    assert other not in {None, planned}


def test_a_service_that_cannot_be_asked_stops_nobody(tmp_path: Path) -> None:
    with browsing(tmp_path, base_url="http://127.0.0.1:9") as browser:
        draft = at_rest(browser, drafted(browser, "klienci.csv", CSV.encode()))
        shown = answer(browser, path_of(draft), campaign="00001")

    assert "The service could not be asked." in text_of(shown)
    assert "Status: not decided" in problems_in(shown)


def test_a_file_that_cannot_be_read_leads_back_to_the_table(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = drafted(browser, "klienci.xlsx", b"no workbook", rehearsal=True)
        shown = browser.get(path_of(draft))

    assert shown.status_code == 422
    assert "klienci.xlsx" in problems_in(shown)
    assert str(tmp_path) not in shown.text
    assert f"/draft/{draft.id}/sheet" in shown.text


def test_the_screen_speaks_polish(tmp_path: Path) -> None:
    with browsing(tmp_path, language="pl") as browser:
        draft = draft_of(browser)
        shown = text_of(browser.get(f"{path_of(draft)}?check=1"))

    assert "Do czego służy każda kolumna?" in shown
    assert "Status: nie rozstrzygnięto." in shown
    assert "5 kolumn, 3 wiersze" in shown
    assert "Termin następnego kontaktu" in shown


def test_a_file_of_many_columns_can_be_answered(tmp_path: Path) -> None:
    names = ["ID", "Status", *(f"k{number}" for number in range(400))]
    text = f"{';'.join(names)}\n00100007;3{';v' * 400}\n"
    with browsing(tmp_path) as browser:
        draft = answered(browser, text, {"ID": "identifier", "Status": "status_id"})

    assert len(draft.columns) == len(names)
    assert draft.run_id is not None
