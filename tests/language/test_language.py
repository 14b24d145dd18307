"""The language of a person, and the forms of Polish nouns."""

from __future__ import annotations

from gettext import GNUTranslations
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from bulk_update.language import language, plural_of, preferred_language, speaking


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "en"),
        ({"LANG": "pl_PL.UTF-8"}, "pl"),
        ({"LANG": "pl"}, "pl"),
        ({"LANG": "PL-pl"}, "pl"),
        ({"LANG": "plx_XX"}, "en"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LC_ALL": "C.UTF-8", "LANG": "pl_PL.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "pl_PL", "LANG": "de_DE"}, "pl"),
    ],
)
def test_the_locale_decides_which_language_is_preferred(
    environ: dict[str, str], expected: str
) -> None:
    assert preferred_language(environ) == expected


@pytest.mark.parametrize(
    ("count", "noun"),
    [
        (0, "wierszy"),
        (1, "wiersz"),
        (2, "wiersze"),
        (5, "wierszy"),
        (12, "wierszy"),
        (21, "wierszy"),
        (22, "wiersze"),
        (25, "wierszy"),
        (112, "wierszy"),
        (122, "wiersze"),
    ],
)
def test_a_polish_noun_has_the_form_for_its_number(count: int, noun: str) -> None:
    assert plural_of(count, ("wiersz", "wiersze", "wierszy"), language="pl") == noun


def test_the_forms_are_those_of_a_compiled_polish_catalogue() -> None:
    catalogue, file = Catalog(locale="pl"), BytesIO()
    catalogue.add(("one", "many"), ("0", "1", "2"))
    write_mo(file, catalogue)
    file.seek(0)
    compiled = GNUTranslations(file)
    for count in range(2000):
        form = plural_of(count, ("0", "1", "2"), language="pl")
        assert form == compiled.ngettext("one", "many", count)


def test_a_language_holds_for_a_block() -> None:
    with speaking("pl"):
        assert language() == "pl"
    assert language() == "en"
