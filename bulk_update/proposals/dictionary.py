"""The words that the names of columns are made of, in Polish and English, without accents."""

from __future__ import annotations

from typing import NamedTuple


class Names(NamedTuple):
    """The names of a target, by how strongly they suggest it."""

    likely: tuple[str, ...]
    possible: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


OBJECTS = _set(
    "contact contacts lead leads deal deals account accounts customer customers client clients "
    "record records person people company prospect opportunity case cases ticket debtor subscriber "
    "member patient candidate s "
    "kontakt kontaktu klient klienta klienci kontrahent kontrahenta rekord rekordu sprawa sprawy "
    "dluznik dluznika abonent abonenta osoba osoby firma firmy szansa szansy pacjent pacjenta "
    "kandydat kandydata zgloszenie zgloszenia transakcja transakcji leada"
)
"""Words for a record. `Deal - ID` is an id, whatever the record is called."""

IDENTIFIERS = Names(
    own=("identifier", "identyfikator"),
    likely=(
        "id", "external id", "id external", "id zewnetrzne", "zewnetrzne id", "unique id",
        "unique identifier", "unikalny identyfikator", "crm id", "id crm", "id w crm", "uid",
        "guid", "uuid", "external identifier", "identyfikator zewnetrzny", "id systemowe",
        "system id",
    ),
    possible=(
        "nr", "numer", "number", "no", "kod", "code", "symbol", "klucz", "key", "akronim",
        "ref", "reference", "sygnatura", "nr ewidencyjny", "numer ewidencyjny", "external key",
        "nr umowy", "numer umowy", "contract number", "contract id", "id umowy", "nr polisy",
        "numer polisy", "policy number", "reference number", "numer referencyjny",
        "identyfikator umowy", "nr kartoteki", "numer kartoteki",
    ),
)  # fmt: skip
KEYS_OF_AN_OBJECT = _set("nr numer number no num kod code sygnatura")
"""Alone, they may mean anything; with an object ("Nr sprawy"), they mean its identifier."""

STATUSES = Names(
    likely=("status", "call status", "status name", "nazwa statusu", "status label"),
    possible=(
        "status id", "id statusu", "wynik", "rezultat", "result", "outcome", "disposition",
        "call result", "call outcome", "call disposition", "wynik rozmowy", "rezultat rozmowy",
        "status rozmowy", "status polaczenia", "wynik polaczenia", "dyspozycja", "status call",
        "kod wyniku", "disposition code",
    ),
)  # fmt: skip

AGENTS = Names(
    own=("agent login",),
    likely=(
        "owner", "owner id", "owner name", "sales owner", "agent", "agent name", "agenta login",
        "login agenta", "assigned to", "assigned by", "assigned", "assignee", "assigned user",
        "assigned user name", "assigned agent", "responsible", "responsible user", "opiekun",
        "wlasciciel", "handlowiec", "konsultant", "doradca", "windykator", "operator",
        "odpowiedzialny", "odpowiedzialna", "przypisany do", "przypisany", "przypisana do",
        "przydzielony do", "prowadzacy", "opiekun handlowy", "sales rep", "sales person",
        "salesperson", "sales representative", "przedstawiciel", "przedstawiciel handlowy",
        "account manager", "imie i nazwisko agenta", "przypisany agent",
        "uzytkownik odpowiedzialny",
    ),
    possible=(
        "login", "user", "user name", "username", "uzytkownik", "pracownik", "agent id",
        "manager", "assigned by id", "assigned user id", "agent number", "numer agenta",
    ),
)  # fmt: skip

CAMPAIGNS = Names(
    likely=(
        "kampania", "campaign", "campaign id", "id kampanii", "kampania id", "numer kampanii",
        "nr kampanii", "kod kampanii", "identyfikator kampanii", "outbound", "outbound id",
    ),
)  # fmt: skip


NEXT = _set(
    "next nastepny nastepna nastepne nastepnego nastepnej kolejny kolejna kolejne kolejnego "
    "kolejnej planned planowany planowana planowane planowanego planowanej zaplanowany "
    "zaplanowana zaplanowanego scheduled upcoming ponowny ponowna ponownego ponownej"
)
ACTIONS = _set(
    "call contact activity action kontakt kontaktu telefon telefonu rozmowa rozmowy polaczenie "
    "polaczenia dzialanie dzialania czynnosc czynnosci aktywnosc aktywnosci krok kroku "
    "followup phone oddzwonienia"
)
WHEN = _set(
    "date time datetime data termin terminu czas godzina at on of due dzien day i and deadline"
)
CALLBACKS = (
    "callback", "call back", "recall", "oddzwonic", "oddzwonienie", "oddzwonienia", "oddzwon",
    "follow up", "followup", "przedzwonic", "zadzwonic", "reminder",
    "przypomnienie", "przypomnienia",
)  # fmt: skip
DEADLINES = _set("termin terminu deadline")
REMINDERS = _set("reminder przypomnienie przypomnienia") | WHEN
"""Reminders may be of a call or of anything else."""

MADE_OR_CHANGED = _set(
    "created create creation createdate modified modify modification updated update "
    "utworzenia utworzono utworzyl utworzony utworzona dodano dodania dodal modyfikacji "
    "zmodyfikowano zmodyfikowal aktualizacji zaktualizowano zmiany edycji edited edytowano "
    "zalozenia wprowadzenia imported importu"
)
LAST = _set("last ostatni ostatnia ostatnie ostatniej ostatniego latest recent")
OF_THE_PAST = _set(
    "activity contact contacted call called login logged viewed visit visited seen engagement "
    "kontakt kontaktu rozmowa rozmowy polaczenie polaczenia aktywnosc aktywnosci logowania "
    "logowanie wizyty dzialanie dzialania sync synchronization synchronizacji touch touched"
)
BESIDES_THE_PAST = _set("date time datetime data at on of by id for") | OBJECTS
CALLED = ("call date", "called at", "called on", "data polaczenia", "contacted at")
ROW_NUMBERS = (
    "lp", "l p", "row", "row number", "row no", "row id", "nr wiersza", "numer wiersza", "index",
    "liczba porzadkowa", "poz", "pozycja", "nr poz", "lp nr", "wiersz", "line", "line number",
)  # fmt: skip
CHECKSUMS = _set("checksum hash etag rowversion md5 sha1 sha256 crc")
DELIVERIES = _set("dost dostawy dostawczy shipping delivery wysylki wysylkowy ship")
READ_ONLY = "(do not modify)"

NEGATIONS = _set(
    "not nie no dont optout unsubscribed unsubscribe rezygnacja rezygnuje zrezygnowal sprzeciw "
    "brak bez dnc blokada zablokowany blocked wypisany wypisano wypis cofnieta cofniecie odmowa "
    "odmowil never exclude excluded disabled inactive nieaktywny wylaczony zakaz zastrzezony "
    "suppressed bounced invalid anulowany without none refused zastrzezenie"
)

EXPORTS = _set("eksport export eksportuj wyslij send sync synchronizuj synchronizacja")
"""A yes/no column with such a name says which rows take part."""
TO_DO = _set(
    "update change modify import export send sync aktualizacji modyfikacji zmiany edycji eksportu "
    "importu wysylki wyslania synchronizacji updated changed modified imported exported sent "
    "synced zaktualizowania"
)
"""After "do" or "to (be)", these words also say which rows take part."""
