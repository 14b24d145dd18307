"""Which language a person reads: asked for, or that of the environment or the system."""

from __future__ import annotations

import sys
from collections.abc import Mapping

LANGUAGES = ("en", "pl")
"""The first is that of the texts in the code."""

LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The order in which POSIX looks for the language of messages."""

_POLISH = 0x15
_PRIMARY_LANGUAGE = 0x3FF
"""The bits of a Windows language id that are the language without its country."""


def preferred_language(environ: Mapping[str, str]) -> str:
    """Return the language of a locale: Polish if the system speaks it, otherwise English."""
    for variable in LOCALE_VARIABLES:
        if locale := environ.get(variable):
            return "pl" if is_polish(locale) else "en"
    return "pl" if sys.platform == "win32" and _windows_is_polish() else "en"


def is_polish(locale: str) -> bool:
    """Return whether a locale such as `pl_PL.UTF-8` is Polish."""
    return locale.lower().replace("-", "_").partition(".")[0].partition("_")[0] == "pl"


def _windows_is_polish() -> bool:
    import ctypes  # noqa: PLC0415 - only Windows needs it

    windows = vars(ctypes).get("windll")
    number = windows.kernel32.GetUserDefaultUILanguage() if windows else 0
    return bool(number & _PRIMARY_LANGUAGE == _POLISH)
