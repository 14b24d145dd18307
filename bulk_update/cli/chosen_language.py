"""The language of what a command prints: asked for, or that of the environment or the system.

It is known before the command line is parsed, so that help and usage errors are in it as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bulk_update.errors import UsageError
from bulk_update.language import LANGUAGES, preferred_language
from bulk_update.records import Issue, Param

OPTION = "--lang"
VARIABLE = "BULK_UPDATE_LANG"


def chosen_language(words: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return the language of the command line, else of the environment, else of the system.

    An unknown one on the command line is left to the parser, which refuses it. Raises UsageError
    for an unknown one in the environment.
    """
    asked = [word for word in _given(words) if word in LANGUAGES]
    if asked:
        return asked[-1]
    named = environ.get(VARIABLE, "")
    if named and named not in LANGUAGES:
        params: dict[str, Param] = {
            "option": VARIABLE,
            "text": named,
            "languages": tuple(sorted(LANGUAGES)),
        }
        raise UsageError(Issue("usage", params, "language"))
    return named or preferred_language(environ)


def _given(words: Sequence[str]) -> Iterator[str]:
    """Yield the values of `--lang`, wherever it is on the command line."""
    for index, word in enumerate(words):
        if word == "--":
            return
        if word == OPTION and index + 1 < len(words):
            yield words[index + 1]
        elif word.startswith(f"{OPTION}="):
            yield word.removeprefix(f"{OPTION}=")
