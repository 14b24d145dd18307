"""The same columns next month: the answers are taken over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from web_client import Browser, browsing, text_of
from web_drafts import answered
from web_forms import answer, at_rest, checked

from bulk_update.web.answers import Goal
from bulk_update.web.drafts import Draft
from bulk_update.web.examining import table_of
from bulk_update.web.recognition import recognise, taken_over

GOALS = {"Nr klienta": "identifier", "Status": "status", "Miasto": "record_fields"}
OCTOBER = "Nr klienta;Status;Miasto\n00100007;Kontakt;Gdynia\n00100014;Kontakt;Łódź\n"
NOVEMBER = "Status;NR  KLIENTA;miasto\nKontakt;00100021;Gdynia\nKontakt;00100028;Łódź\n"


def upload(browser: Browser, text: str, *, rehearsal: bool = True) -> str:
    """Upload a file; return the address of the screen that follows."""
    response = browser.upload("listopad.csv", text.encode(), rehearsal=rehearsal, follow=False)
    return str(response.headers["location"])


def latest(browser: Browser) -> Draft:
    return browser.service.drafts.recent()[0]


def test_the_same_columns_lead_to_the_preview(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        earlier = answered(browser, OCTOBER, GOALS, name="pazdziernik.csv")
        screen = upload(browser, NOVEMBER)
        shown = text_of(checked(browser, screen))
        draft = latest(browser)

    assert screen == f"/draft/{draft.id}/preview"
    assert draft.id != earlier.id
    assert "As last time, with pazdziernik.csv. Change the columns" in shown
    assert "2 records would change." in shown
    assert (draft.campaign, draft.columns["NR KLIENTA"].goal) == ("00001", Goal.IDENTIFIER)
    assert draft.values.job == "pazdziernik", "the same job as last time"


def test_dates_in_another_notation_lead_to_how_they_are_read(tmp_path: Path) -> None:
    goals = {
        "Nr klienta": "identifier",
        "Termin": 'next_call_date ["datetime",["%d.%m.%Y %H:%M"],"","","leading"]',
    }
    before = "Nr klienta;Termin\n00100007;31.12.2030 10:00\n00100014;30.12.2030 10:00\n"
    after = "Termin;Nr klienta\n2030-12-31 10:00;00100007\n2030-12-30 10:00;00100014\n"
    one = (
        "Termin;Nr klienta\n2030-12-31 10:00;00100007\n30.12.2030 10:00;00100014\n"
        "29.12.2030 10:00;00100021\n"
    )
    said = "Dates or numbers are written in another way than last time"
    with browsing(tmp_path) as browser:
        first = answered(browser, before, goals)
        screens = [checked(browser, upload(browser, after))]
        draft = latest(browser)
        screens.append(browser.get(f"/draft/{draft.id}/values"))
        few = text_of(checked(browser, upload(browser, one)))
        usual = text_of(browser.get(f"/draft/{first.id}/values"))

    for screen in screens:
        assert said in text_of(screen)
        assert f'<a href="/draft/{draft.id}/columns#reading-0">' in screen.text
    assert said not in few
    assert said not in usual


def test_new_columns_are_named_and_not_used(tmp_path: Path) -> None:
    more = (
        "Status;NR KLIENTA;miasto;Uwagi;Saldo\n"
        "Kontakt;00100021;Gdynia;x;1\n"
        "Kontakt;00100028;Łódź;y;2\n"
    )
    with browsing(tmp_path) as browser:
        answered(browser, OCTOBER, GOALS, name="pazdziernik.csv")
        shown = text_of(checked(browser, upload(browser, more)))

    assert "2 columns are new and not used: Uwagi, Saldo." in shown


def test_changing_the_columns_ends_the_likeness(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        answered(browser, OCTOBER, GOALS)
        checked(browser, upload(browser, NOVEMBER))
        draft = latest(browser)
        answer(browser, f"/draft/{draft.id}/columns", field_2="inne")
        shown = text_of(checked(browser, f"/draft/{draft.id}/preview"))

    assert "As last time" not in shown
    assert latest(browser).columns["miasto"].field == "inne"


def test_a_file_that_lacks_a_used_column_is_another_one(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        answered(browser, OCTOBER, GOALS)
        screen = upload(browser, "Nr klienta;Status\n00100021;Kontakt\n00100028;Kontakt\n")

    assert screen.endswith("/columns")


def test_what_was_never_checked_is_not_recognised(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        answered(browser, OCTOBER, {"Nr klienta": "identifier"})
        screen = upload(browser, NOVEMBER)

    assert screen.endswith("/columns")


def test_after_questions_about_the_table_a_button_takes_the_answers_over(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        answered(browser, OCTOBER, GOALS, name="pazdziernik.csv")
        draft = browser.service.drafts.create("listopad.csv", rehearsal=True)
        browser.service.drafts.input_path(draft.id).write_bytes(NOVEMBER.encode())
        at_rest(browser, draft)
        shown = text_of(browser.get(f"/draft/{draft.id}/columns"))
        response = browser.post(
            f"/draft/{draft.id}/as-last-time", {"revision": str(draft.revision)}
        )

    assert "These columns are known They are those of pazdziernik.csv. No column is new." in shown
    assert response.headers["location"] == f"/draft/{draft.id}/preview"


def test_without_an_earlier_file_the_button_leads_back(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = browser.service.drafts.create("listopad.csv", rehearsal=True)
        browser.service.drafts.input_path(draft.id).write_bytes(NOVEMBER.encode())
        response = browser.post(f"/draft/{draft.id}/as-last-time", {"revision": "1"})

    assert response.headers["location"] == f"/draft/{draft.id}/columns"


def test_a_status_that_is_new_is_asked_for(tmp_path: Path) -> None:
    goals = {"Nr klienta": "identifier", "Status": "status_lookup"}
    first = "Nr klienta;Status\n00100007;Kontakt\n00100014;Kontakt\n"
    with browsing(tmp_path) as browser:
        draft = answered(browser, first, goals)
        answer(browser, f"/draft/{draft.id}/values")
        checked(browser, f"/draft/{draft.id}/preview")
        same = upload(browser, first.replace("7;", "8;"))
        other = upload(browser, first.replace("7;Kontakt", "7;Umówiony"))

    assert same.endswith("/preview")
    assert other.endswith("/values")


def test_ids_of_the_sandbox_are_not_taken_over_to_the_live_system(tmp_path: Path) -> None:
    goals = {"Nr klienta": "identifier", "Status": "status_lookup"}
    with browsing(tmp_path) as browser:
        draft = answered(browser, OCTOBER, goals)
        answer(browser, f"/draft/{draft.id}/values")
        checked(browser, f"/draft/{draft.id}/preview")
        live = browser.service.drafts.create("listopad.csv", rehearsal=False)
        browser.service.drafts.input_path(live.id).write_bytes(NOVEMBER.encode())
        found = recognise(browser.service.drafts, live, table_of(browser.service, live))
        assert found is not None
        taken = taken_over(live, found)

    assert taken.columns["Status"].goal is Goal.STATUS_LOOKUP
    assert taken.values.of("Status").lookup == {}
    assert taken.campaign is None


def test_ids_of_one_live_system_are_not_taken_over_to_another(tmp_path: Path) -> None:
    goals = {"Nr klienta": "identifier", "Status": "status_lookup"}
    with browsing(tmp_path, base_url=None) as browser:
        draft = answered(browser, OCTOBER, goals)
        drafts = browser.service.drafts
        acme, other = "https://acme.thulium.com", "https://other.thulium.com"
        before = drafts.get(draft.id)
        before = replace(before, rehearsal=False, base_url=acme, run_id="20260101-000000-abcd")
        drafts.save(before, revision=before.revision)
        now = drafts.create("listopad.csv", rehearsal=False, base_url=other)
        drafts.input_path(now.id).write_bytes(NOVEMBER.encode())
        found = recognise(drafts, now, table_of(browser.service, replace(now, base_url=None)))
        assert found is not None
        taken = taken_over(now, found)

    assert taken.columns["Status"].goal is Goal.STATUS_LOOKUP
    assert taken.values.of("Status").lookup == {}
    assert taken.campaign is None
