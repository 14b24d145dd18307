"""The templates, and the environment that renders them: every value is escaped."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bulk_update.language import gettext, language, ngettext
from bulk_update.printable import printable

_FOLDER = Path(__file__).parent


def _shown(value: object) -> object:
    """Return what a template shows for a value, without invisible characters; markup is its own."""
    return printable(value, keep="\n") if type(value) is str else value


def _local_time(moment: datetime) -> str:
    """Return a time as this computer's clock shows it."""
    return moment.astimezone().strftime(
        "%d.%m.%Y, %H:%M" if language() == "pl" else "%Y-%m-%d %H:%M"
    )


def _letters(number: int) -> str:
    """Return what a spreadsheet program calls a column, counted from 1."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@cache
def environment() -> Environment:
    """Return the environment of all templates; `_` and `ngettext` translate."""
    made = Environment(
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        finalize=_shown,
        loader=FileSystemLoader(_FOLDER),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    made.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(letters=_letters, local_time=_local_time)
    return made
