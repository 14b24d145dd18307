"""The meaning of column names, by an exact dictionary of Polish and English words.

Names are not compared by similarity: "Lead Source" is similar to "Lead Owner" but means something
else. A column whose name is not in the dictionary can only be a field of the campaign.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from itertools import pairwise
from typing import NamedTuple

from bulk_update.columns import column_key
from bulk_update.proposals.header_words import Words, words_of


class Target(StrEnum):
    """A part of the mapping that a column can fill, by its key."""

    CAMPAIGN = "campaign"
    IDENTIFIER = "identifier"
    STATUS = "status_id"
    AGENT = "agent_login"
    NEXT_CALL = "next_call_date"
    FIELD = "record_fields"


class NameMatch(IntEnum):
    """How strongly a column's name suggests a target; active lines need at least `LIKELY`."""

    NONE = 0
    POSSIBLE = 1
    """The name is used for this target, but also for other things."""
    LIKELY = 2
    OWN = 3
    """The name that Thulium itself uses."""


class Veto(StrEnum):
    """Why a column is never proposed."""

    SYSTEM_DATE = "system-date"
    """When or by whom the record was created, changed or last called."""
    ROW_NUMBER = "row-number"
    CHECKSUM = "checksum"
    READ_ONLY = "read-only"
    """`(Do Not Modify) …` of Dynamics."""
    DELIVERY_ADDRESS = "delivery-address"
    TWIN = "twin"
    """The id for a name in another column: `Lead Owner.id` beside `Lead Owner`."""


@dataclass(frozen=True, slots=True)
class NameEvidence:
    """What a column's name suggests: its targets, a veto, and whether it is negated.

    A `negated` name, such as "Do Not Call", inverts the meaning of yes and no.
    """

    words: Words
    matches: dict[Target, NameMatch]
    veto: Veto | None = None
    negated: bool = False

    def match(self, target: Target) -> NameMatch:
        """Return how strongly the name suggests a target."""
        return self.matches.get(target, NameMatch.NONE)


class _Names(NamedTuple):
    """The names of a target, by how strongly they suggest it."""

    likely: tuple[str, ...]
    possible: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OBJECTS = _set(
    "contact contacts lead leads deal deals account accounts customer customers client clients "
    "record records person people company prospect opportunity case cases ticket debtor subscriber "
    "member patient candidate s "
    "kontakt kontaktu klient klienta klienci kontrahent kontrahenta rekord rekordu sprawa sprawy "
    "dluznik dluznika abonent abonenta osoba osoby firma firmy szansa szansy pacjent pacjenta "
    "kandydat kandydata zgloszenie zgloszenia transakcja transakcji leada"
)
"""Words for a record. `Deal - ID` is an id, whatever the record is called."""

_IDENTIFIERS = _Names(
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
_KEYS_OF_AN_OBJECT = _set("nr numer number no num kod code sygnatura")
"""Alone, they may mean anything; with an object ("Nr sprawy"), they mean its identifier."""

_STATUSES = _Names(
    likely=("status", "call status", "status name", "nazwa statusu", "status label"),
    possible=(
        "status id", "id statusu", "wynik", "rezultat", "result", "outcome", "disposition",
        "call result", "call outcome", "call disposition", "wynik rozmowy", "rezultat rozmowy",
        "status rozmowy", "status polaczenia", "wynik polaczenia", "dyspozycja", "status call",
        "kod wyniku", "disposition code",
    ),
)  # fmt: skip

_AGENTS = _Names(
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

_CAMPAIGNS = _Names(
    likely=(
        "kampania", "campaign", "campaign id", "id kampanii", "kampania id", "numer kampanii",
        "nr kampanii", "kod kampanii", "identyfikator kampanii", "outbound", "outbound id",
    ),
)  # fmt: skip

_STATUS_ID = ("status", "id")
"""Thulium's own name: if there is also a `status`, this is the one that can be sent unchanged."""

_NEXT = _set(
    "next nastepny nastepna nastepne nastepnego nastepnej kolejny kolejna kolejne kolejnego "
    "kolejnej planned planowany planowana planowane planowanego planowanej zaplanowany "
    "zaplanowana zaplanowanego scheduled upcoming ponowny ponowna ponownego ponownej"
)
_ACTIONS = _set(
    "call contact activity action kontakt kontaktu telefon telefonu rozmowa rozmowy polaczenie "
    "polaczenia dzialanie dzialania czynnosc czynnosci aktywnosc aktywnosci krok kroku "
    "followup phone oddzwonienia"
)
_WHEN = _set(
    "date time datetime data termin terminu czas godzina at on of due dzien day i and deadline"
)
_CALLBACKS = (
    "callback", "call back", "recall", "oddzwonic", "oddzwonienie", "oddzwonienia", "oddzwon",
    "follow up", "followup", "przedzwonic", "zadzwonic", "reminder",
    "przypomnienie", "przypomnienia",
)  # fmt: skip
_DEADLINES = _set("termin terminu deadline")
_REMINDERS = _set("reminder przypomnienie przypomnienia") | _WHEN
"""Reminders may be of a call or of anything else."""

_MADE_OR_CHANGED = _set(
    "created create creation createdate modified modify modification updated update "
    "utworzenia utworzono utworzyl utworzony utworzona dodano dodania dodal modyfikacji "
    "zmodyfikowano zmodyfikowal aktualizacji zaktualizowano zmiany edycji edited edytowano "
    "zalozenia wprowadzenia imported importu"
)
_LAST = _set("last ostatni ostatnia ostatnie ostatniej ostatniego latest recent")
_OF_THE_PAST = _set(
    "activity contact contacted call called login logged viewed visit visited seen engagement "
    "kontakt kontaktu rozmowa rozmowy polaczenie polaczenia aktywnosc aktywnosci logowania "
    "logowanie wizyty dzialanie dzialania sync synchronization synchronizacji touch touched"
)
_BESIDES_THE_PAST = _set("date time datetime data at on of by id for") | _OBJECTS
_CALLED = ("call date", "called at", "called on", "data polaczenia", "contacted at")
_ROW_NUMBERS = (
    "lp", "l p", "row", "row number", "row no", "row id", "nr wiersza", "numer wiersza", "index",
    "liczba porzadkowa", "poz", "pozycja", "nr poz", "lp nr", "wiersz", "line", "line number",
)  # fmt: skip
_CHECKSUMS = _set("checksum hash etag rowversion md5 sha1 sha256 crc")
_DELIVERIES = _set("dost dostawy dostawczy shipping delivery wysylki wysylkowy ship")
_READ_ONLY = "(do not modify)"

_NEGATIONS = _set(
    "not nie no dont optout unsubscribed unsubscribe rezygnacja rezygnuje zrezygnowal sprzeciw "
    "brak bez dnc blokada zablokowany blocked wypisany wypisano wypis cofnieta cofniecie odmowa "
    "odmowil never exclude excluded disabled inactive nieaktywny wylaczony zakaz zastrzezony "
    "suppressed bounced invalid anulowany without none refused zastrzezenie"
)

_EXPORTS = _set("eksport export eksportuj wyslij send sync synchronizuj synchronizacja")
"""A yes/no column with such a name says which rows take part."""


def name_evidence(name: str, *, beside: Sequence[str] = ()) -> NameEvidence:
    """Return what a column's name suggests, given the other columns' names (`beside`)."""
    words = words_of(name)
    veto = _veto(name, words, beside)
    negated = _is_negated(words)
    if veto or negated:
        return NameEvidence(words, {}, veto, negated)
    return NameEvidence(words, dict(_matches(words)))


def is_read_only_key(name: str) -> bool:
    """Return whether a column is the record's own key in an export of Dynamics.

    It is called `(Do Not Modify) Contact`, after the kind of record.
    """
    rest = words_of(column_key(name).casefold().removeprefix(_READ_ONLY))
    return _is_read_only(name) and bool(rest) and _OBJECTS.issuperset(rest)


def decides_rows(name: str) -> bool:
    """Return whether a column's name says that it selects the rows that take part."""
    return bool(_EXPORTS & set(words_of(name)))


def _matches(words: Words) -> Iterator[tuple[Target, NameMatch]]:
    found = {
        Target.IDENTIFIER: _identifier(words),
        Target.STATUS: _listed(_STATUSES, words, _without_objects(words)),
        Target.AGENT: _listed(_AGENTS, words, _without_objects(words)),
        Target.CAMPAIGN: _listed(_CAMPAIGNS, words),
        Target.NEXT_CALL: _next_call(words),
    }
    yield from ((target, match) for target, match in found.items() if match)


def _identifier(words: Words) -> NameMatch:
    rest = _without_objects(words)
    if len(rest) == 1 and rest != words and rest[0] in _KEYS_OF_AN_OBJECT:
        return NameMatch.LIKELY
    return _listed(_IDENTIFIERS, words, rest)


def _next_call(words: Words) -> NameMatch:
    there = set(words)
    if not there <= _NEXT | _ACTIONS | _WHEN | _OBJECTS and not _calls_back(words):
        return NameMatch.NONE
    if words == ("next", "call", "date"):
        return NameMatch.OWN
    if _calls_back(words) or (there & _NEXT and there & _ACTIONS):
        return NameMatch.POSSIBLE if there <= _REMINDERS else NameMatch.LIKELY
    if there & _DEADLINES and there & _ACTIONS:
        return NameMatch.LIKELY
    return NameMatch.POSSIBLE if there & (_NEXT | _DEADLINES) else NameMatch.NONE


def _calls_back(words: Words) -> bool:
    rest = " ".join(word for word in words if word not in _WHEN)
    return rest in _CALLBACKS


def _listed(names: _Names, *forms: Words) -> NameMatch:
    texts = {" ".join(form) for form in forms}
    if texts & set(names.own):
        return NameMatch.OWN
    if texts & set(names.likely):
        return NameMatch.LIKELY
    return NameMatch.POSSIBLE if texts & set(names.possible) else NameMatch.NONE


def _without_objects(words: Words) -> Words:
    return tuple(word for word in words if word not in _OBJECTS)


def _veto(name: str, words: Words, beside: Sequence[str]) -> Veto | None:
    there = set(words)
    if _is_read_only(name):
        return None if is_read_only_key(name) else Veto.READ_ONLY
    if there & _MADE_OR_CHANGED or _is_past(words):
        return Veto.SYSTEM_DATE
    if " ".join(words) in _ROW_NUMBERS:
        return Veto.ROW_NUMBER
    if there & _CHECKSUMS:
        return Veto.CHECKSUM
    if there & _DELIVERIES:
        return Veto.DELIVERY_ADDRESS
    return Veto.TWIN if _is_twin(name, words, beside) else None


def _is_twin(name: str, words: Words, beside: Sequence[str]) -> bool:
    if words[-1:] != ("id",) or words[:-1] not in map(words_of, beside):
        return False
    is_suffix = column_key(name).casefold().endswith(".id")
    return is_suffix or (bool(_without_objects(words[:-1])) and words != _STATUS_ID)


def _is_read_only(name: str) -> bool:
    return column_key(name).casefold().startswith(_READ_ONLY)


def _is_past(words: Words) -> bool:
    there = set(words)
    if " ".join(words) in _CALLED:
        return True
    if not there & _LAST or not there & _OF_THE_PAST:
        return False
    return there <= _LAST | _OF_THE_PAST | _BESIDES_THE_PAST


def _is_negated(words: Words) -> bool:
    if _without_objects(words) == ("no",):  # "Customer No." is a number
        return False
    return bool(set(words) & _NEGATIONS) or ("opt", "out") in pairwise(words)
