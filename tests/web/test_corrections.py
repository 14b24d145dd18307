"""Correcting rows in the report: what may be typed, what is kept, and which rows are shown how."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from command_line import MAPPING
from web_client import Browser, browsing, drafted, text_of
from web_forms import form_of
from web_runs import KNOWN

from bulk_update.web.corrections import plan_draft
from bulk_update.web.drafts import Draft

HEADER = "ID;Status;Termin;Saldo;Telefon;VIP;Uwagi"
PLAIN = "3;;;;;"
UPDATE = {
    "status_id": {"column": "Status", "lookup": {"Kontakt": 3, "Nie dzwonić": 4}},
    "next_call_date": {"column": "Termin", "type": "datetime", "time": "09:00"},
    "record_fields": {
        "saldo": {"column": "Saldo", "type": "decimal"},
        "telefon": {"column": "Telefon", "remove": "-", "pattern": "[0-9]{9}"},
        "vip": {"column": "VIP", "type": "boolean"},
        "uwagi": {"column": "Uwagi"},
    },
}
CELL = {"Status": 1, "Termin": 2, "Saldo": 3, "Telefon": 4, "VIP": 5, "Uwagi": 6}


@dataclass
class Report:
    """The report of a plan, on which rows are corrected."""

    browser: Browser
    run_id: str

    @property
    def url(self) -> str:
        return f"/run/{self.run_id}/report"

    @property
    def action(self) -> str:
        return f"/run/{self.run_id}/correct"

    @property
    def fields(self) -> dict[str, str]:
        return form_of(self.browser.get(self.url), self.action)

    def correct(self, **cells: str) -> Any:
        """Type into cells, `Column_row`, and check."""
        typed = {field_of(name): text for name, text in cells.items()}
        return self.browser.post(self.action, {**self.fields, **typed})

    def bodies(self, response: Any) -> dict[int, Mapping[str, Any]]:
        """Return what the plan that a correction led to would send, by number of the row."""
        assert response.status_code == 303, text_of(response)
        draft = self.browser.service.drafts.get(response.headers["location"].split("/")[2])
        path = self.browser.service.drafts.folder(draft.id) / "results" / "requests.jsonl"
        lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
        return {line["row"]: line["body"] for line in lines}


def field_of(name: str) -> str:
    column, _, row = name.rpartition("_")
    return f"cell-{row}-{CELL[column]}"


def report_of(browser: Browser, *rows: str, **keys: Any) -> Report:
    """Plan rows; the first one is in row 2."""
    text = "".join(f"{row}\n" for row in (HEADER, *rows))
    draft = drafted(browser, "klienci.csv", text.encode(), rehearsal=True)
    content = {**MAPPING, "update": UPDATE, **keys}
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in content.items())
    browser.service.drafts.mapping_path(draft.id).write_text(lines, encoding="utf-8")
    return Report(browser, str(planned(browser, draft).run_id))


def planned(browser: Browser, draft: Draft) -> Draft:
    report = plan_draft(browser.service, draft)
    saved = replace(draft, run_id=report.summary.run_id)
    return browser.service.drafts.save(saved, revision=draft.revision)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("corrections")) as browser:
        yield browser


@pytest.fixture(scope="module")
def wrong(browser: Browser) -> Report:
    """Rows of which each has one wrong cell; blank lines and good rows lie between them."""
    return report_of(
        browser,
        f"{KNOWN[0]};Kontakt;2027-01-01;;;;",
        "",
        f"{KNOWN[1]};Odmowa;;;;;",
        f"{KNOWN[2]};;soon;;;;",
        f"{KNOWN[3]};;;much;;;",
        f"{KNOWN[4]};;;;6007008;;",
        f"{KNOWN[5]};;;;;perhaps;",
    )


def test_what_has_one_meaning_is_accepted_however_people_write_it(wrong: Report) -> None:
    response = wrong.correct(
        Status_4="Nie dzwonić",
        Termin_5="28.02.2027",
        Saldo_6="1 234,50",
        Telefon_7="600 700 (800)",
        VIP_8="yes",
    )
    assert wrong.bodies(response) == {
        4: {"status_id": "4"},
        5: {"next_call_date": "2027-02-28 09:00"},
        6: {"record_fields": {"saldo": "1234.50"}},
        7: {"record_fields": {"telefon": "600700800"}},
        8: {"record_fields": {"vip": "1"}},
    }


def test_rows_keep_the_numbers_of_the_original_file(wrong: Report) -> None:
    response = wrong.correct(Termin_5="2027-02-28", VIP_8="no")
    preview = wrong.browser.get(response.headers["location"])
    assert '<td class="number">5</td>' in preview.text
    assert '<td class="number">8</td>' in preview.text
    assert '<td class="number">2</td>' not in preview.text
    assert "with the row numbers of its file" in text_of(preview)


def test_a_row_far_down_in_the_file_keeps_its_number(browser: Browser) -> None:
    blank = [""] * 20_000
    report = report_of(browser, *blank, f"{KNOWN[1]};;soon;;;;", *blank, f"{KNOWN[2]};;no;;;;")
    response = report.correct(Termin_20002="2027-02-28", Termin_40003="2027-02-28")
    assert list(report.bodies(response)) == [20_002, 40_003]


@pytest.mark.parametrize(
    ("language", "accepted"),
    [
        ("en", "YYYY-MM-DD hh:mm or DD.MM.YYYY hh:mm"),
        ("pl", "RRRR-MM-DD gg:mm lub DD.MM.RRRR gg:mm"),
    ],
)
def test_what_is_ambiguous_is_answered_with_what_is_accepted_and_kept(
    wrong: Report, language: str, accepted: str
) -> None:
    browser = wrong.browser
    before = {each.id for each in browser.service.drafts.recent()}
    browser.post("/language", {"language": language, "back": "/"})
    refused = wrong.correct(Termin_5="03/04/2027", Saldo_6="12,5")
    browser.post("/language", {"language": "en", "back": "/"})
    assert refused.status_code == 422
    assert accepted in text_of(refused)
    assert 'href="#cell-5-2"' in refused.text
    assert form_of(refused, wrong.action)["cell-5-2"] == "03/04/2027"
    assert {each.id for each in browser.service.drafts.recent()} == before
    assert wrong.fields["cell-5-2"] == "03/04/2027"
    assert wrong.fields["cell-6-3"] == "12,5"


def test_each_cell_that_is_not_accepted_is_named_at_its_field(browser: Browser) -> None:
    report = report_of(browser, f"{KNOWN[6]};Odmowa;soon;;;;")
    refused = report.correct(Termin_2="later")
    for name in ("cell-2-1", "cell-2-2"):
        assert f'<li id="error-{name}"><a href="#{name}">Row 2: ' in refused.text
        field = refused.text.partition(f' name="{name}"')[2].partition(">")[0]
        assert f'aria-describedby="why-2 error-{name}" ' in f"{field} "
        assert 'aria-invalid="true"' in field


def test_a_column_with_a_list_of_values_is_a_list_to_choose_from(wrong: Report) -> None:
    wrong.browser.post(wrong.action, {"forget": "all"})
    shown = wrong.browser.get(wrong.url).text
    listed = shown.partition('<select id="cell-4-1"')[2].partition("</select>")[0]
    values = [part.partition('"')[0] for part in listed.split('value="')[1:]]
    assert values == ["Odmowa", "", "Kontakt", "Nie dzwonić"]
    assert '<option value="Odmowa" selected>' in listed
    assert '<select id="cell-8-5"' in shown
    assert '<input id="cell-5-2"' in shown


def test_what_was_typed_is_still_there_after_going_back(wrong: Report) -> None:
    wrong.browser.post(wrong.action, {"forget": "all"})
    response = wrong.correct(Status_4="Kontakt", Termin_5="28.02.2027")
    assert f'href="{wrong.url}"' in wrong.browser.get(response.headers["location"]).text
    assert (wrong.fields["cell-4-1"], wrong.fields["cell-5-2"]) == ("Kontakt", "28.02.2027")
    assert "In the file: soon" in text_of(wrong.browser.get(wrong.url))
    wrong.correct(Termin_5="soon")  # as in the file
    assert (wrong.fields["cell-4-1"], wrong.fields["cell-5-2"]) == ("Kontakt", "soon")
    wrong.browser.post(wrong.action, {"forget": "all"})
    assert wrong.fields["cell-4-1"] == "Odmowa"


def test_what_was_typed_goes_with_its_run(browser: Browser) -> None:
    report = report_of(browser, f"{KNOWN[9]};;soon;;;;")
    report.correct(Termin_2="never")
    kept = browser.service.drafts.typed_corrections / f"{report.run_id}.json"
    assert kept.stat().st_mode & 0o077 == 0
    browser.post(f"/run/{report.run_id}/delete")
    assert not kept.exists()


def test_what_must_be_corrected_comes_before_the_other_cells(wrong: Report) -> None:
    shown = wrong.browser.get(wrong.url).text
    row = shown.partition(f"Row 5 · <bdi>{KNOWN[2]}</bdi>")[2].partition("</li>")[0]
    places = [
        row.index(part) for part in ('id="why-5"', "To correct:", 'id="cell-5-2"', "<details>")
    ]
    assert places == sorted(places)
    assert "6 other cells" in row


@pytest.mark.parametrize(("policy", "left_out"), [("first", 3), ("last", 2)])
def test_a_row_that_another_one_replaced_is_sent_only_if_a_person_wants_it(
    browser: Browser, policy: str, left_out: int
) -> None:
    rows = [f"{KNOWN[7]};Kontakt;;;;;", f"{KNOWN[7]};Nie dzwonić;;;;;", f"{KNOWN[8]};;soon;;;;"]
    report = report_of(browser, *rows, duplicates=policy)
    shown = text_of(browser.get(report.url))
    assert "its values replace those of the other row" in shown
    assert "delete these rows first" in shown
    response = report.correct(Termin_4="2027-02-28")
    assert list(report.bodies(response)) == [4]
    wanted = browser.post(report.action, {**report.fields, f"send-{left_out}": "on"})
    assert sorted(report.bodies(wanted)) == [left_out, 4]
    assert report.fields[f"send-{left_out}"] == "on"


def test_the_same_rows_are_counted_everywhere(browser: Browser) -> None:
    rows = [
        f"{KNOWN[10]};Kontakt;;;;;", f"{KNOWN[10]};Nie dzwonić;;;;;", f"{KNOWN[10]};Kontakt;;;;;",
        f"{KNOWN[11]};;soon;;;;",
    ]  # fmt: skip
    report = report_of(browser, *rows, duplicates="first")
    draft = next(each for each in browser.service.drafts.recent() if each.run_id == report.run_id)
    preview = text_of(browser.get(f"/draft/{draft.id}/preview"))
    assert (
        "1 row is refused. 1 row is left out: it differs from another one for the same record. "
        "1 row only repeats another one."
    ) in preview
    assert "Need attention 2" in preview
    shown = browser.get(report.url)
    assert "another row is for the same record (1 identical) 2" in text_of(shown)
    assert shown.text.count('id="why-') == 2
