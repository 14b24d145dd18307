"""The page as text: the template filled in, with the style, the script and the data inside.

The page loads nothing. Its Content-Security-Policy allows one script and one style, by the hashes
of the very texts that it contains. Every value is escaped, and invisible characters are shown as
codes. The same data always gives the same text.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from bulk_update.language import language
from bulk_update.messages import moment, number
from bulk_update.printable import printable
from bulk_update.report import charts, wording
from bulk_update.report.page import Page
from bulk_update.report.table_rows import KeptRows, kept_rows, script_json, shortened

SHOWN_ROWS = 100
"""Rows in the HTML itself; the script shows more."""

_MOST_BYTES_OF_CELLS = 400_000
"""In the HTML itself, where each has the name of its column."""

_FOLDER = Path(__file__).parent

_NAMES = re.compile(r"`([^`]*)`|(?<![\w./&#-])([a-z]+(?:_[a-z]+)+(?:\.\w+)?)(?![\w/-])")
"""What is in backticks, and the names of fields and keys, which alone have an underscore."""


def page_text(page: Page, *, version: str) -> str:
    """Return the whole page; `version` is that of this program."""
    kept = kept_rows(page.attention)
    shown = [json.loads(row) for row in kept.rows[:SHOWN_ROWS]]
    columns = [*map(shortened, page.columns)] if kept.cells else []
    style, script = _file("page.css"), _file("page.js")
    return _template().render(
        page=page,
        version=version,
        policy=policy_of(style=style, script=script),
        style=Markup(style),  # noqa: S704 - a file of this package
        script=Markup(script),  # noqa: S704 - a file of this package
        rows=shown,
        cells=_shown_cells(kept, columns),
        data=Markup(_data(kept, columns)),  # noqa: S704 - escaped by `script_json`
        label=wording.translated(wording.LABELS),
        language=language(),
        headline=wording.headline(page),
        standing=wording.standing(page),
        details=list(wording.details(page)),
        elsewhere=[*wording.rows_in_page(page, kept)],
        without_script=wording.rows_without_script(len(kept.rows), len(shown)),
        kept_status=wording.kept_status(page),
        more_reasons=wording.reasons_left_out(page),
        outcome_bars=charts.share_bars(page.outcomes),
        time_bars=charts.time_bars(page.requests.counts) if page.requests else [],
        peak=wording.peak(page.requests) if page.requests else "",
        most_rows=max((each.rows for each in page.reasons), default=0),
    )


def policy_of(*, style: str, script: str) -> str:
    """Return a policy that allows exactly this style and this script, and nothing else."""
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _data(kept: KeptRows, columns: list[str]) -> str:
    parts = {
        "labels": script_json(wording.translated(wording.SCRIPT_LABELS)),
        "page": str(SHOWN_ROWS),
        "columns": script_json(columns),
        "rows": _array(kept.rows),
        "cells": _array(kept.cells),
    }
    return "{" + ",".join(f'"{name}":{text}' for name, text in parts.items()) + "}"


def _array(texts: list[str]) -> str:
    return "[\n" + ",\n".join(texts) + "\n]"


def _shown_cells(kept: KeptRows, columns: list[str]) -> list[list[tuple[str, str]]]:
    """Return the named cells of each row in the HTML itself; nothing if no row has any."""
    shown: list[list[tuple[str, str]]] = []
    size = 0
    for text in kept.cells[:SHOWN_ROWS]:
        named = _named(columns, json.loads(text))
        size += sum(len(escape(part).encode()) for pair in named for part in pair)
        shown.append(named if size <= _MOST_BYTES_OF_CELLS else [])
    missing = min(len(kept.rows), SHOWN_ROWS) - len(shown) if shown else 0
    return [*shown, *[[] for _ in range(missing)]]


def _named(columns: list[str], cells: list[str]) -> list[tuple[str, str]]:
    """Return the cells that are not blank, with the names of their columns."""
    names = [*columns, *[""] * (len(cells) - len(columns))]
    return [(name, cell) for name, cell in zip(names, cells, strict=False) if cell]


def _shown(value: object) -> object:
    """Return what the template shows for a value; markup is the template's own."""
    return printable(value, keep="\n") if type(value) is str else value


def with_code(text: str) -> Markup:
    """Return one of our own texts as markup, in which `words` in backticks and names are code."""
    escaped = str(escape(printable(text)))
    return Markup(_NAMES.sub(_code, escaped))  # noqa: S704 - escaped


def _code(found: re.Match[str]) -> str:
    return f"<code>{found[1] if found[1] is not None else found[2]}</code>"


@cache
def _file(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True,
        finalize=_shown,
        loader=FileSystemLoader(_FOLDER),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(
        with_code=with_code, number=number, moment=moment, shortened=shortened
    )
    environment.globals.update(
        percent=wording.percent,
        pause=wording.pause,
        requests_made=wording.requests_made,
        share_of=charts.share_of,
        rows_with_reason=wording.rows_with_reason,
    )
    return environment.get_template("page.html")
