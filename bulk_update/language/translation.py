"""The current language, and texts in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files

_LANGUAGE: ContextVar[str] = ContextVar("language", default="en")


def language() -> str:
    """Return the language that texts are shown in: `en` or `pl`."""
    return _LANGUAGE.get()


def set_language(name: str) -> None:
    """Show texts in this language from now on, in this context and in those it starts."""
    _LANGUAGE.set(name)


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Show texts in this language inside the block."""
    token = _LANGUAGE.set(name)
    try:
        yield
    finally:
        _LANGUAGE.reset(token)


def gettext(text: str) -> str:
    """Return a text of the code in the current language."""
    name = _LANGUAGE.get()
    return text if name == "en" or not text else _catalogue(name).gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """Return a text of the code in the current language, in the form for a number."""
    return _catalogue(language()).ngettext(one, many, count)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a text for the catalogue; it is translated where it is shown."""
    return text


@cache
def _catalogue(name: str) -> NullTranslations:
    if name == "en":
        return NullTranslations()
    with (files(__package__) / name / f"{name}.mo").open("rb") as compiled:
        return GNUTranslations(compiled)
