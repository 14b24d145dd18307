"""The Polish catalogues: what must be translated, and what is.

`python tests/support/catalogues.py` brings `bulk_update/language/pl/*.po` in step with the code:
new texts are added without a translation, texts that are gone are removed, and `pl.mo` is compiled.
Nothing is ever guessed: an entry without a translation fails a test until a person writes one.

| catalogue | its texts |
|---|---|
| `messages` | every sentence in `bulk_update.messages` |
| `help` | the command line's help |
| `report`, `web` | `_("...")` in these rooms and their templates |
| `console` | `_("...")` and `phrase("...")` everywhere else |
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import click
from babel.messages import pofile
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.mofile import write_mo

import bulk_update.messages
from bulk_update.cli.main import cli
from bulk_update.messages.entries import Entry

PACKAGE = Path(bulk_update.messages.__file__).parent.parent
FOLDER = PACKAGE / "language" / "pl"
COMPILED = FOLDER / "pl.mo"
DOMAINS = ("console", "help", "messages", "report", "web")
PLURAL_FORMS = (
    "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"
)

_METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.svg", "jinja2")]
_TEMPLATES = {"**": {"newstyle_gettext": "true", "trimmed": "true"}}

_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
"""So that the compiled file changes only when a text does."""

Text = str | tuple[str, str]
"""A text, or its singular and plural."""

_KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "N_": None,
    "phrase": None,
}


def texts_of(domain: str) -> set[Text]:
    """Return every text that a catalogue must have."""
    match domain:
        case "help":
            return set(_help_of(cli, click.Context(cli)))
        case "messages":
            return {*_sentences(), *_marked("messages")}
        case "console":
            rooms = {path.name for path in PACKAGE.iterdir()}
            return _marked(*rooms - {"messages", "report", "web", "__pycache__"})
        case _:
            return _marked(domain)


def _marked(*rooms: str) -> set[Text]:
    """Return the texts that are marked in the code and the templates of some rooms."""
    return {
        text
        for room in rooms
        for text in _extracted(PACKAGE / room)
        if text and (isinstance(text, str) or all(text))
    }


def _extracted(path: Path) -> Iterator[Text]:
    if path.is_dir():
        found = (
            each[2]
            for each in extract_from_dir(
                path,
                method_map=_METHODS,
                options_map=_TEMPLATES,
                keywords=_KEYWORDS,
            )
        )
    elif path.suffix == ".py":
        found = (each[1] for each in extract_from_file("python", path, keywords=_KEYWORDS))
    else:
        return
    for message in found:
        yield message if isinstance(message, str) else (message[0], message[1])


def _sentences() -> Iterator[str]:
    """Yield every sentence of the room `messages`: those of entries and of all other tables."""
    for module in pkgutil.iter_modules(bulk_update.messages.__path__, "bulk_update.messages."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Mapping) and not name.startswith("__"):
                yield from _texts_in(value)


def _texts_in(table: Mapping[object, object]) -> Iterator[str]:
    for value in table.values():
        if isinstance(value, Entry):
            yield from filter(None, (value.meaning, value.sentence, value.remedy))
            yield from filter(None, (value.remedy_of_undo,))
            yield from value.variants.values()
            yield from filter(None, value.hints.values())
        elif isinstance(value, str) and " " in value:
            yield value


def _help_of(command: click.Command, context: click.Context) -> Iterator[str]:
    yield from filter(None, (command.help, command.short_help, command.epilog))
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Option) and parameter.help:
            yield parameter.help
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _help_of(found, click.Context(found, parent=context, info_name=name))


def path_of(domain: str) -> Path:
    """Return the file of a catalogue."""
    return FOLDER / f"{domain}.po"


def read(domain: str) -> Catalog:
    """Return a catalogue as it is in its file."""
    path = path_of(domain)
    if not path.is_file():
        return Catalog(locale="pl")
    with path.open("rb") as file:
        return pofile.read_po(file, locale="pl", abort_invalid=True)


def renewed(domain: str) -> Catalog:
    """Return a catalogue with exactly the texts of the code, and the translations it has."""
    present, renewed = read(domain), Catalog(locale="pl", fuzzy=False)
    for text in sorted(texts_of(domain), key=_order):
        found = present.get(text if isinstance(text, str) else text[0])
        kept = found.string if found and found.id == text and not found.fuzzy else None
        renewed.add(text, kept if kept is not None else "" if isinstance(text, str) else ("",) * 3)
    return renewed


def _order(text: Text) -> str:
    return text if isinstance(text, str) else text[0]


def written(catalogue: Catalog) -> bytes:
    """Return the text of a catalogue's file: sorted, and without dates, so that it merges well."""
    file = BytesIO()
    pofile.write_po(file, catalogue, width=100, omit_header=True, no_location=True)
    header = 'msgid ""\nmsgstr ""\n"Language: pl\\n"\n'
    header += '"Content-Type: text/plain; charset=utf-8\\n"\n'
    header += f'"Plural-Forms: {PLURAL_FORMS}\\n"\n'
    return f"{header}\n{file.getvalue().decode()}".encode()


def compiled() -> bytes:
    """Return what the program reads: all catalogues in one, compiled."""
    everything = Catalog(locale="pl", fuzzy=False, creation_date=_NO_DATE, revision_date=_NO_DATE)
    for domain in DOMAINS:
        for message in read(domain):
            if message.id:
                everything.add(message.id, message.string)
    file = BytesIO()
    write_mo(file, everything)
    return file.getvalue()


def main() -> None:
    """Renew all catalogues and what is compiled from them."""
    for domain in DOMAINS:
        catalogue = renewed(domain)
        path_of(domain).write_bytes(written(catalogue))
        missing = sum(1 for message in catalogue if message.id and not _is_translated(message))
        sys.stdout.write(f"{domain}: {len(catalogue)} texts, {missing} without a translation\n")
    COMPILED.write_bytes(compiled())


def _is_translated(message: object) -> bool:
    string = message.string  # type: ignore[attr-defined]
    return all(string) if isinstance(string, tuple) else bool(string)


if __name__ == "__main__":
    main()
