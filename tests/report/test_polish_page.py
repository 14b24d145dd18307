"""The page about a run in Polish."""

from __future__ import annotations

import re
from dataclasses import replace

from test_page import data_of, page, rendered, seen

from bulk_update.language import speaking
from bulk_update.records import Status
from bulk_update.report import OutcomeCount, Page
from bulk_update.report.wording import LABELS, SCRIPT_LABELS, percent

GAP = "\N{NO-BREAK SPACE}"


def a_run() -> Page:
    updated, invalid = (
        OutcomeCount(Status.UPDATED, 1029, "-"),
        OutcomeCount(Status.INVALID, 205, "-"),
    )
    return page(
        "-",
        rows=1234,
        outcomes=(updated, invalid),
        needing_attention=205,
        left_to_send=22,
        tried_again=2,
        verified=(5, 1),
        reasons_left_out=5,
    )


def polish(shown: Page) -> str:
    with speaking("pl"):
        return rendered(shown)


def test_the_page_says_its_language() -> None:
    assert seen(polish(page())).of("html") == [{"lang": "pl"}]
    assert seen(rendered(page())).of("html") == [{"lang": "en"}]


def test_the_first_lines_say_what_happened() -> None:
    text = polish(a_run())
    (headline,) = seen(text).texts["h1"]
    assert headline.startswith(f"Zaktualizowano 1{GAP}029 z 1{GAP}234{GAP}wierszy; ")
    assert headline.endswith("; uwagi wymaga 205; do wysłania pozostają 22.")
    assert f"Więcej niż jednej próby wymagały 2{GAP}wiersze." in text
    assert f"Odczyt zwrotny: 5{GAP}rekordów pokazuje to, co wysłano, 1{GAP}różni się." in text
    assert f"Oraz 5{GAP}innych przyczyn." in text


def test_a_plan_says_what_would_be_sent() -> None:
    text = polish(replace(page(rows=2, needing_attention=0), is_plan=True, attention=iter(())))
    assert seen(text).texts["h1"] == [f"Do wysłania: 0 z 2{GAP}wierszy."]


def test_times_and_shares_are_written_in_polish() -> None:
    text = polish(a_run())
    assert (
        "4 żądania od 01.01.1970 00:00:00 UTC do 01.01.1970 00:00:09 UTC".replace("4 ", f"4{GAP}")
        in text
    )
    assert "12 s od 01.01.1970 00:00:00 UTC" in text
    with speaking("pl"):
        assert [percent(1, 1000), percent(1, 2), percent(0, 0)] == ["0,1 %", "50 %", "0 %"]


def test_no_label_is_left_in_english() -> None:
    said = re.sub(r"<(script|style).*?</\1>", "", polish(a_run()), flags=re.DOTALL)
    words = re.sub(r"<[^>]*>", " ", said)
    english = [text for text in LABELS.values() if re.search(rf"(?<!\w){text}(?!\w)", words)]
    assert english == []


def test_the_labels_of_the_script_are_polish() -> None:
    labels = data_of(polish(page()))["labels"]
    assert set(labels) == set(SCRIPT_LABELS)
    assert labels["sort"] == "Sortuj według kolumny {column}"


def test_a_page_after_a_polish_one_is_english_again() -> None:
    before = rendered(page())
    assert polish(page()) != before
    assert rendered(page()) == before
