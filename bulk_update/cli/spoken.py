"""Commands whose help is in the current language.

Their texts stay English and are translated when the help is printed. click writes its own part of
the help in English; it is recognised and said again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import click

from bulk_update.language import LANGUAGES, N_, gettext, language

METAVARS = (
    N_("[OPTIONS]"),
    N_("COMMAND [ARGS]..."),
    N_("FILE"),
    N_("MAPPING"),
    N_("RUN"),
    N_("DIR"),
    N_("NAME"),
    N_("NAME|N"),
    N_("NAME=VALUE"),
    N_("CHAR"),
    N_("DURATION"),
    N_("AGE"),
    N_("WHEN"),
    N_("FIELD"),
)
"""Names of values in the usage and before the texts of options."""

_EXTRA = re.compile(r"\A  \[(?P<parts>[^\]]*)\]\Z")
"""What click adds to the text of an option."""

_DEFAULT = "default: "

LANGUAGE = [
    click.option(
        "--lang",
        type=click.Choice(sorted(LANGUAGES, reverse=True)),
        metavar="|".join(sorted(LANGUAGES, reverse=True)),
        expose_value=False,
        help="Language of what is printed: Polish or English (default: that of the system).",
    )
]
"""The option is read before the command line is parsed; here it has its help, and is checked."""


def metavar_in(text: str) -> str:
    """Return the name of a value in the current language, in brackets if it has some."""
    inner = text.strip("[]")
    return gettext(text) if inner == text or gettext(text) != text else f"[{gettext(inner)}]"


class SpokenCommand(click.Command):
    """A command that prints its help in the current language."""

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the text for the list of commands."""
        if language() == LANGUAGES[0]:
            return super().get_short_help_str(limit)
        with _translated(self):
            return super().get_short_help_str(limit)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return the parts of the usage line."""
        return list(map(metavar_in, super().collect_usage_pieces(ctx)))

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage line."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=gettext("Usage: "))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the text of the command."""
        with _translated(self):
            super().format_help_text(ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        options = [each for each in self.get_params(ctx) if isinstance(each, click.Option)]
        records = [(each, each.get_help_record(ctx)) for each in options]
        rows = [_translated_record(each, *record) for each, record in records if record]
        if rows:
            with formatter.section(gettext("Options")):
                formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example."""
        with _translated(self):
            super().format_epilog(ctx, formatter)


class SpokenGroup(SpokenCommand, click.Group):
    """A group of such commands."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, and the commands."""
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, each with its short text."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        limit = formatter.width - 6 - max(len(name) for name, _ in found)
        rows = [(name, each.get_short_help_str(limit)) for name, each in found if each]
        with formatter.section(gettext("Commands")):
            formatter.write_dl(rows)


@contextmanager
def _translated(command: click.Command) -> Iterator[None]:
    """Give a command its texts in the current language inside the block."""
    texts = command.help, command.short_help, command.epilog
    command.help, command.short_help, command.epilog = map(_said, texts)
    try:
        yield
    finally:
        command.help, command.short_help, command.epilog = texts


def _said(text: str | None) -> str | None:
    return text and gettext(text)


def _translated_record(option: click.Option, names: str, text: str) -> tuple[str, str]:
    """Return an option's names and its text with what click has added, translated."""
    before, space, metavar = names.rpartition(" ")
    help_text = option.help or ""
    extra = _EXTRA.sub(_translated_extra, text.removeprefix(help_text))
    return f"{before}{space}{metavar_in(metavar)}", f"{gettext(help_text)}{extra}"


def _translated_extra(found: re.Match[str]) -> str:
    return f"  [{'; '.join(map(_translated_part, found['parts'].split('; ')))}]"


def _translated_part(part: str) -> str:
    if part.startswith(_DEFAULT):
        return gettext("default: {value}").format(value=part.removeprefix(_DEFAULT))
    return gettext("required") if part == "required" else part
