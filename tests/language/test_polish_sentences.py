"""Sentences, numbers and times as a Polish reader sees them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from for_each import for_each

from bulk_update.language import gettext, speaking
from bulk_update.messages import (
    CATALOGUE,
    counted,
    discreet_sentence,
    duration,
    hint_of,
    meaning_of,
    moment,
    number,
    remedy_of,
    remedy_unless_said,
    sentence_of,
    sentences_of,
    size,
    told,
)
from bulk_update.messages.catalogue import NOTES, PLAN, SENDING, STOPPED
from bulk_update.messages.remarks import Remark, remark_text
from bulk_update.messages.rendering import PLACEHOLDER
from bulk_update.printable import printable, quoted_list
from bulk_update.reasons import stored
from bulk_update.records import CellKind, Issue, Param, Status

SENTENCES = [
    (code, variant, sentence)
    for code, entry in CATALOGUE.items()
    for variant, sentence in {"": entry.sentence, **entry.variants}.items()
]
HOSTILE = (
    "", "{text}", "{0.__class__}", "{", "%s %(text)s", "\x00\x1b[31m\r\n\u202egpj.\u200b",
    '"; quoted', "\ud800", "Łódź 日本 😀", "x" * 20_000, "{text|a|b|c}", "9" * 5000,
)  # fmt: skip
OF_ANOTHER_KIND: tuple[Param, ...] = (
    0, -1, 10**30, 0.5, float("inf"), float("nan"), (), ("", "a"), CellKind.DATE,
)  # fmt: skip
GAP = "\N{NO-BREAK SPACE}"


@pytest.fixture(autouse=True)
def _in_polish() -> Iterator[None]:
    with speaking("pl"):
        yield


@for_each(("code", "variant", "sentence"), SENTENCES)
def test_hostile_parameters_cannot_break_a_sentence(code: str, variant: str, sentence: str) -> None:
    kept = "\n" if ":excerpt}" in sentence else ""
    translated = gettext(sentence)
    names = [found["name"] for found in PLACEHOLDER.finditer(sentence) if found["name"]]
    for text in HOSTILE:
        issue = Issue(code, dict.fromkeys(names, text), variant, ("Te\x1brmin", text))
        said = sentence_of(issue)
        assert said == printable(said, keep=kept)
        rest = said
        for part in filter(None, PLACEHOLDER.split(translated)[:: PLACEHOLDER.groups + 1]):
            assert part in rest
            rest = rest.partition(part)[2]
        assert told(stored([issue])) == said
    for value in OF_ANOTHER_KIND:
        said = sentence_of(Issue(code, dict.fromkeys(names, value), variant))
        assert said == printable(said, keep=kept)
        assert len(said) < 3000


def test_a_reason_names_its_columns() -> None:
    issues = (
        Issue("no-identifier", columns=("ID",)),
        Issue("blank", columns=("A", "B")),
        Issue("not-in-lookup", {"text": "Kontkt", "near": "Kontakt"}, "near", ("Status",)),
    )
    assert sentences_of(issues) == (
        'kolumna "ID": identyfikator jest pusty; kolumny "A", "B": komórka jest pusta; '
        'kolumna "Status": "Kontkt" nie występuje w lookup (czy chodziło o "Kontakt"?)'
    )


@pytest.mark.parametrize(
    ("issue", "sentence"),
    [
        (
            Issue("ragged-row", {"found": 1, "expected": 5}),
            f"wiersz ma 1{GAP}komórkę, a nagłówek 5{GAP}kolumn",
        ),
        (
            Issue("conflict", {"rows": 22, "first": 2, "last": 9}),
            (
                f"22{GAP}wiersze dotyczące tego samego rekordu różnią się (pierwszy to wiersz 2, "
                "ostatni to wiersz 9); żadnego z nich się nie wysyła"
            ),
        ),
        (
            Issue("needs-type", {"text": "12,5 %", "kind": CellKind.DATE}),
            '"12,5 %" to komórka z datą (sformatuj kolumnę jako tekst i wpisz wartość ponownie)',
        ),
        (
            Issue("http-404", {"status": 404}, "bare"),
            "HTTP 404 (nie znaleziono) bez wyjaśnienia",
        ),
        (
            Issue("unreachable", {"host": "a.pl", "port": 443, "error": "ECONNREFUSED"}, "system"),
            "a.pl:443: połączenie odrzucone",
        ),
        (
            Issue("unreachable", {"host": "a.pl", "port": 443, "error": "ENEW"}, "system"),
            "a.pl:443: błąd systemu ENEW",
        ),
        (
            Issue("unread-reference", {"what": "agents", "campaign": "00001", "status": 403}),
            "nie można odczytać danych kampanii 00001: konsultanci (HTTP 403)",
        ),
        (
            Issue("bad-date", {"text": "x", "formats": ("DD.MM.YYYY", "YYYY-MM-DD")}),
            '"x" nie jest prawidłową datą (oczekiwano DD.MM.RRRR lub RRRR-MM-DD)',
        ),
        (
            Issue("filter-words", {"words": ("tak", "2", "", "1"), "left_out": 3}),
            f'"tak" (2{GAP}wiersze), pusto (1{GAP}wiersz) i jeszcze 3',
        ),
        (
            Issue(
                "unusual-blanks",
                {"column": "A", "share": 12.5, "usual": 2.0, "runs": 5, "left_out": 0},
            ),
            (
                'puste komórki w kolumnie "A": 12,5 %, a zwykle jest do 2 % (na podstawie '
                f"ostatnich 5{GAP}przebiegów)"
            ),
        ),
    ],
    ids=lambda each: each.code if isinstance(each, Issue) else "",
)
def test_parameters_are_shown_in_polish(issue: Issue, sentence: str) -> None:
    assert sentence_of(issue) == sentence
    assert told(stored([issue])) == sentence


def test_a_stored_reason_is_said_in_the_language_of_the_reader() -> None:
    reasons = stored([Issue("blank", columns=("Miasto",))])
    assert told(reasons) == 'kolumna "Miasto": komórka jest pusta'
    with speaking("en"):
        assert told(reasons) == 'column "Miasto": the cell is blank'
    assert told(reasons) == 'kolumna "Miasto": komórka jest pusta'


def test_hints_remedies_and_meanings_are_polish() -> None:
    assert hint_of(Issue("no-consent", variant="no-terminal")) == (
        "Użyj --yes, aby wysłać bez potwierdzania."
    )
    assert remedy_of("http-503") == "użyj później `retry`"
    assert remedy_of("halted-401") == (
        "popraw nazwę użytkownika i hasło; `run` lub `apply` kontynuuje"
    )
    assert remedy_of("halted-401", is_undo=True) == (
        "popraw nazwę użytkownika i hasło; `apply` kontynuuje"
    )
    said = sentence_of(Issue("error-cell", {"text": "#N/A"}))
    assert remedy_unless_said("error-cell", said=said) == ""
    assert meaning_of(Status.REJECTED) == "API ostatecznie odrzuciło wiersz"
    assert meaning_of(Status.NOT_SENT, is_undo=True) == "jeszcze nie wysłane: wysyła je `apply`"
    assert discreet_sentence(Issue("not-in-lookup", {"text": "Kontkt"})) == (
        "komórka nie jest kluczem `lookup` reguły"
    )


@for_each(("code",), zip([*PLAN, *SENDING, *STOPPED, *NOTES]))
def test_no_remedy_of_an_undo_runs_its_file_which_would_send_what_it_restores(code: str) -> None:
    remedy = remedy_of(code, is_undo=True)
    assert remedy
    assert "`run`" not in remedy
    assert "wyślij jego plik" not in remedy


def test_remarks_are_polish() -> None:
    assert remark_text(Remark("next-call")) != "is this the time of the next call?"


def test_numbers_have_a_decimal_comma_and_spaces_between_thousands() -> None:
    assert number(1_234_567) == f"1{GAP}234{GAP}567"
    assert number(0.5) == "0,5"
    assert [counted(count, "row") for count in (0, 1, 2, 5, 1022)] == [
        f"0{GAP}wierszy", f"1{GAP}wiersz", f"2{GAP}wiersze", f"5{GAP}wierszy",
        f"1{GAP}022{GAP}wiersze",
    ]  # fmt: skip
    assert [duration(seconds) for seconds in (0.25, 3, 130, 3900)] == [
        "0,2 s", "3 s", "2 min 10 s", "1 h 5 min",
    ]  # fmt: skip
    assert [size(count) for count in (1, 999, 1234, 5 * 10**15)] == [
        f"1{GAP}bajt", f"999{GAP}bajtów", "1,2 KB", f"5{GAP}000 TB",
    ]  # fmt: skip


def test_times_have_the_day_first() -> None:
    assert moment(1_772_331_300_999_999) == "01.03.2026 02:15:00 UTC"
    assert moment(None) == "-"


def test_a_long_list_is_cut() -> None:
    assert quoted_list(["a", "b", "c"], most=2) == '"a", "b" i jeszcze 1'
