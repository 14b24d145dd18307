"""Screen 4: what the values mean, and why rows would be refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from web_client import Browser, browsing, text_of
from web_drafts import answered, values_path
from web_forms import answer, checked, form_of, names_in

from bulk_update.mapping import Duplicates
from bulk_update.sandbox import SandboxSettings, running_sandbox
from bulk_update.web.answers import ColumnValues
from bulk_update.web.drafts import Draft

STATUSES = (
    "Nr klienta;Status\n"
    "00100007;Kontakt\n"
    "00100014;Odmowa klienta\n"
    "00100021;Odmowa klienta\n"
    "00100028;Oddzwoniċ\n"
)
DATES = '["datetime",["%d.%m.%Y %H:%M"],"","","leading"]'
BOOLEAN = '["boolean",[],"","","leading"]'
WITH_STATUS = {"Nr klienta": "identifier", "Status": "status_lookup"}


def again(browser: Browser, draft: Draft, **given: str) -> str:
    """Answer the screen, and return its words after the check."""
    answer(browser, values_path(draft), then="values", **given)
    return text_of(checked(browser, values_path(draft)))


def values_of(browser: Browser, draft: Draft, column: str) -> ColumnValues:
    return browser.service.drafts.get(draft.id).values.of(column)


# --- which value each text means


def test_every_text_of_a_lookup_needs_an_answer_before_the_file_is_checked(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = answered(browser, STATUSES, WITH_STATUS)
        shown = browser.get(values_path(draft))
        refused = answer(browser, values_path(draft))

    assert draft.run_id is None
    assert "Status: what does each value mean?" in text_of(shown)
    assert "The file has not been checked with these answers yet." in text_of(shown)
    assert 'Status: "Odmowa klienta" has no value yet.' in text_of(refused)
    assert 'aria-describedby="error-lookup-1-0"' in refused.text


def test_a_text_that_is_a_status_of_the_campaign_is_chosen_already(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = answered(browser, STATUSES, WITH_STATUS)
        shown = browser.get(values_path(draft))
        fields = form_of(shown, values_path(draft))

    assert (fields["lookup-1-0"], fields["lookup-1-1"], fields["lookup-1-2"]) == ("", "3", "")
    assert 'did you mean "Oddzwonić"?' in text_of(shown)


def test_the_chosen_values_are_what_is_sent(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = answered(browser, STATUSES, WITH_STATUS)
        shown = again(browser, draft, lookup_1_0="8", lookup_1_2="6", leave_1_2="on")
        values = values_of(browser, draft, "Status")
        preview = text_of(browser.get(f"/draft/{draft.id}/preview"))

    assert values.lookup == {"Kontakt": "3", "Odmowa klienta": "8"}
    assert values.left_out == ("Oddzwoniċ",)
    assert "3 records would change. 1 row is left out." in shown
    assert "00100014 Do zadzwonienia (1) → Sprzedaż (8)" in preview
    assert "00100028" not in preview


def test_without_the_campaigns_statuses_ids_are_entered(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = answered(browser, STATUSES, WITH_STATUS, campaign="99999")
        names = names_in(browser.get(values_path(draft)), values_path(draft))
        answer(browser, values_path(draft), lookup_1_0=" 8 ", lookup_1_1="3", lookup_1_2="6")

    assert "lookup-1-0" in names
    assert values_of(browser, draft, "Status").lookup["Odmowa klienta"] == "8"


def test_names_that_the_campaign_does_not_know_can_be_replaced(tmp_path: Path) -> None:
    """The sandbox of a rehearsal learns the names of a mapping, so this is a system of its own."""
    settings = SandboxSettings(username="api", password="secret")
    with (
        running_sandbox(settings) as sandbox,
        browsing(tmp_path, base_url=sandbox.url, password="secret") as browser,
    ):
        goals = {"Nr klienta": "identifier", "Status": "status"}
        draft = answered(browser, STATUSES, goals, rehearsal=False)
        before = text_of(browser.get(values_path(draft)))
        after = again(browser, draft, lookup_1_0="Sprzedaż", leave_1_2="on")
        lookup = values_of(browser, draft, "Status").lookup

    assert "Status: values that are not statuses of this campaign" in before
    assert "1 record would change. 3 rows are refused." in before
    assert "3 records would change. 1 row is left out." in after
    assert lookup["Odmowa klienta"] == "Sprzedaż"
    assert lookup["Mój rekord"] == "Mój rekord", "what the next file may contain"


# --- what else cells may mean


def test_words_for_nothing_count_only_if_a_person_says_so(tmp_path: Path) -> None:
    text = "Nr klienta;Uwagi\n00100007;NULL\n00100014;brak\n00100021;ok\n"
    with browsing(tmp_path) as browser:
        draft = answered(browser, text, {"Nr klienta": "identifier", "Uwagi": "record_fields"})
        before = text_of(browser.get(f"/draft/{draft.id}/preview"))
        again(browser, draft, blank_1_0="on")
        after = text_of(browser.get(f"/draft/{draft.id}/preview"))

    assert "? → NULL" in before
    assert "? → NULL" not in after
    assert "? → brak" in after
    assert values_of(browser, draft, "Uwagi").blanks == ("NULL",)


def test_words_for_yes_and_no_are_asked_for(tmp_path: Path) -> None:
    text = "Nr klienta;VIP\n00100007;tak\n00100014;nie\n00100021;owszem\n"
    goals = {"Nr klienta": "identifier", "VIP": f"record_fields {BOOLEAN}"}
    with browsing(tmp_path) as browser:
        draft = answered(browser, text, goals)
        fields = form_of(browser.get(values_path(draft)), values_path(draft))
        before = text_of(browser.get(values_path(draft)))
        after = again(browser, draft, word_1_2="yes")

    assert [fields[f"word-1-{n}"] for n in range(3)] == ["yes", "no", ""]
    assert "2 records would change. 1 row is refused." in before
    assert "3 records would change." in after
    assert values_of(browser, draft, "VIP").true_words == ("tak", "owszem")


def test_signs_of_phone_numbers_are_removed_only_if_a_person_says_so(tmp_path: Path) -> None:
    text = "Nr klienta;Telefon\n00100007;600 700 800\n00100014;600-700-801\n"
    with browsing(tmp_path) as browser:
        draft = answered(browser, text, {"Nr klienta": "identifier", "Telefon": "record_fields"})
        before = text_of(browser.get(f"/draft/{draft.id}/preview"))
        again(browser, draft, remove_1="on")
        after = text_of(browser.get(f"/draft/{draft.id}/preview"))

    assert "? → 600-700-801" in before
    assert "? → 600700801" in after


def test_lost_zeros_are_added_only_if_a_person_says_so(tmp_path: Path) -> None:
    text = "Nr klienta;Uwagi\n00100007;a\n00100014;b\n12345678;c\n100021;d\n"
    with browsing(tmp_path) as browser:
        draft = answered(browser, text, {"Nr klienta": "identifier", "Uwagi": "record_fields"})
        before = text_of(browser.get(f"/draft/{draft.id}/preview"))
        again(browser, draft, pad_0="on")
        after = text_of(browser.get(f"/draft/{draft.id}/preview"))

    assert " 100021 " in before
    assert " 00100021 " in after


@pytest.mark.parametrize(("time", "sent"), [("", "00:00"), ("8:30", "08:30")])
def test_the_time_of_a_call_on_a_day_is_asked_for(tmp_path: Path, time: str, sent: str) -> None:
    text = "Nr klienta;Dzień\n00100007;31.12.2030\n00100014;30.12.2030\n"
    reading = '["date",["%d.%m.%Y"],"","","leading"]'
    with browsing(tmp_path) as browser:
        goals = {"Nr klienta": "identifier", "Dzień": f"next_call_date {reading}"}
        draft = answered(browser, text, goals)
        shown = again(browser, draft, time_1=time)
        preview = text_of(browser.get(f"/draft/{draft.id}/preview"))

    assert "At what time is the call due?" in shown
    assert f"→ 2030-12-31 {sent}" in preview


def test_a_time_that_is_none_is_a_mistake(tmp_path: Path) -> None:
    text = "Nr klienta;Dzień\n00100007;31.12.2030\n00100014;30.12.2030\n"
    reading = '["date",["%d.%m.%Y"],"","","leading"]'
    with browsing(tmp_path) as browser:
        goals = {"Nr klienta": "identifier", "Dzień": f"next_call_date {reading}"}
        draft = answered(browser, text, goals)
        shown = answer(browser, values_path(draft), time_1="25:00")

    assert 'Dzień: "25:00" is not a time of day' in text_of(shown)
    assert 'id="error-time-1"' in shown.text


# --- why rows are refused


def test_refused_rows_are_grouped_by_what_repairs_them(tmp_path: Path) -> None:
    text = (
        "Nr klienta;Termin\n"
        "00100007;31.12.2030 10:00\n"
        "1,23E+09;30.12.2030 10:00\n"
        "00100014;31.02.2030 10:00\n"
        "00100021;31.02.2030 10:00\n"
        "00100028;29.12.2030 10:00\n"
        "00100028;28.12.2030 10:00\n"
    )
    goals = {"Nr klienta": "identifier", "Termin": f"next_call_date {DATES}"}
    with browsing(tmp_path) as browser:
        draft = answered(browser, text, goals)
        response = browser.get(values_path(draft))
        shown = text_of(response)
        last = again(browser, draft, duplicates="last")

    both = "2 rows are left out: they differ from others for the same record."
    assert f"1 record would change. 3 rows are refused. {both}" in shown
    assert '"31.02.2030 10:00" is not a valid date' in shown
    assert "(2 rows, the first is 4)" in shown
    assert f'<a href="/draft/{draft.id}/columns#reading-1">' in response.text
    assert "Change how Termin is read" in shown
    assert "Cannot be corrected here" in shown
    assert response.text.count("<details") == 3
    only = "1 row is left out: it differs from another one for the same record."
    assert f"2 records would change. 3 rows are refused. {only}" in last
    assert browser.service.drafts.get(draft.id).values.duplicates is Duplicates.LAST


def test_nothing_offers_to_erase_a_field(tmp_path: Path) -> None:
    text = "Nr klienta;Uwagi\n00100007;a\n00100014;\n"
    with browsing(tmp_path) as browser:
        draft = answered(browser, text, {"Nr klienta": "identifier", "Uwagi": "record_fields"})
        shown = browser.get(values_path(draft))
        mapping = browser.get(f"/draft/{draft.id}/mapping.yaml").text

    assert "1 record would change." in text_of(shown)
    assert "on_blank" not in mapping
    assert "clear" not in mapping


def test_a_guard_that_stops_the_plan_is_shown_in_words(tmp_path: Path) -> None:
    text = "Nr klienta;Uwagi\n00100007;a\n00100014;--CLEAR--\n"
    with browsing(tmp_path) as browser:
        draft = answered(browser, text, {"Nr klienta": "identifier", "Uwagi": "record_fields"})
        values = text_of(browser.get(values_path(draft)))
        preview = browser.get(f"/draft/{draft.id}/preview")
        erasures = text_of(browser.get(f"/draft/{draft.id}/preview?view=erasures"))

    for shown in (values, text_of(preview)):
        assert "As it is, this plan must not be sent:" in shown
        assert "clear" in shown
    assert f"/draft/{draft.id}/confirm" not in preview.text.partition("<main")[2]
    assert "3 00100014 ? → erased" in erasures


def test_a_refusal_by_the_service_is_shown_in_words(tmp_path: Path) -> None:
    settings = SandboxSettings(username="api", password="secret")
    with (
        running_sandbox(settings) as sandbox,
        browsing(tmp_path, base_url=sandbox.url, password="wrong") as browser,
    ):
        goals = {"Nr klienta": "identifier", "Status": "status_id"}
        draft = answered(browser, STATUSES, goals, rehearsal=False)
        shown = checked(browser, values_path(draft))

    assert shown.status_code == 422
    assert "401" in text_of(shown).partition("Please correct this:")[2]
    assert "The service could not be asked." in text_of(shown)
    assert draft.run_id is None


# --- nothing is lost


def test_values_come_after_columns(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = answered(browser, STATUSES, {"Nr klienta": "identifier"})
        response = browser.get(values_path(draft))
        posted = browser.post(values_path(draft), {"revision": str(draft.revision)})

    assert response.headers["location"] == f"/draft/{draft.id}/columns"
    assert posted.headers["location"] == f"/draft/{draft.id}/columns?check=1"


def test_a_second_tab_with_old_answers_is_refused(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        draft = answered(browser, STATUSES, WITH_STATUS)
        old = form_of(browser.get(values_path(draft)), values_path(draft))
        again(browser, draft, lookup_1_0="8", lookup_1_2="6")
        refused = browser.post(values_path(draft), old)
        kept = values_of(browser, draft, "Status")

    assert refused.status_code == 409
    assert kept.lookup["Odmowa klienta"] == "8"


def test_a_deleted_plan_can_be_made_again(tmp_path: Path) -> None:
    with browsing(tmp_path) as browser:
        goals = {"Nr klienta": "identifier", "Status": "status_id"}
        draft = answered(browser, STATUSES, goals)
        saved = browser.service.drafts.save(
            replace(draft, run_id="20260101-000000-dead"), revision=draft.revision
        )
        shown = browser.follow(browser.get(f"/draft/{saved.id}/preview"))
        again_shown = again(browser, draft)

    assert "The file has not been checked with these answers yet." in text_of(shown)
    assert "4 records would change." in again_shown
