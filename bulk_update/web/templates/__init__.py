"""The templates, and the environment that renders them: every value is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bulk_update.language import gettext, language, ngettext
from bulk_update.printable import printable
from bulk_update.report import with_code
from bulk_update.web.field_titles import field_title

_FOLDER = Path(__file__).parent


def _exactly(text: str) -> Markup:
    """Return a text for an attribute that a form sends back, with its invisible characters."""
    return escape(text)


def _shown(value: object) -> object:
    """Return what a template shows for a value, without invisible characters; markup is its own."""
    return printable(value, keep="\n") if type(value) is str else value


def _gettext(text: str, /, **values: object) -> Markup:
    """Return a translated text, in which values are escaped and have no invisible characters."""
    return Markup(gettext(text)) % _all_shown(values)  # noqa: S704 - a text of ours


def _ngettext(one: str, many: str, count: int, /, **values: object) -> Markup:
    """Return a translated text in the form for a number, which is the value `num`."""
    return Markup(ngettext(one, many, count)) % _all_shown({"num": count, **values})  # noqa: S704


def _all_shown(values: Mapping[str, object]) -> dict[str, object]:
    return {name: _shown(value) for name, value in values.items()}


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
    made.newstyle_gettext = True  # type: ignore[attr-defined]  # values are filled in by _gettext
    made.globals.update(_=_gettext, gettext=_gettext, ngettext=_ngettext)
    made.filters.update(
        exactly=_exactly,
        field_title=field_title,
        letters=_letters,
        local_time=_local_time,
        with_code=with_code,
    )
    return made
