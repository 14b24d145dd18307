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

from bulk_update.messages import duration, moment, number
from bulk_update.printable import printable
from bulk_update.report import charts, wording
from bulk_update.report.page import Page
from bulk_update.report.table_rows import kept_rows, script_json, shortened

SHOWN_ROWS = 100
"""Rows in the HTML itself; the script shows more."""

_FOLDER = Path(__file__).parent

_IN_BACKTICKS = re.compile("`([^`]*)`")


def page_text(page: Page, *, version: str) -> str:
    """Return the whole page; `version` is that of this program."""
    rows = kept_rows(page.attention)
    shown = [json.loads(row) for row in rows[:SHOWN_ROWS]]
    style, script = _file("page.css"), _file("page.js")
    return _template().render(
        page=page,
        version=version,
        policy=policy_of(style=style, script=script),
        style=Markup(style),  # noqa: S704 - a file of this package
        script=Markup(script),  # noqa: S704 - a file of this package
        rows=shown,
        data=Markup(_data(rows)),  # noqa: S704 - escaped by `script_json`
        kept=len(rows),
        label=wording.LABELS,
        headline=wording.headline(page),
        standing=wording.standing(page),
        details=list(wording.details(page)),
        elsewhere=wording.rows_in_page(page, len(rows)),
        without_script=wording.rows_without_script(len(rows), len(shown)),
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


def _data(rows: list[str]) -> str:
    labels = script_json(dict(wording.SCRIPT_LABELS))
    return f'{{"labels":{labels},"page":{SHOWN_ROWS},"rows":[\n' + ",\n".join(rows) + "\n]}"


def _shown(value: object) -> object:
    """Return what the template shows for a value; markup is the template's own."""
    return printable(value, keep="\n") if type(value) is str else value


def _percent(part: int, whole: int) -> str:
    if not whole:
        return "0 %"
    share = 100 * part / whole
    return f"{share:.1f} %" if share < 10 or 99 < share < 100 else f"{share:.0f} %"  # noqa: PLR2004 - places


def with_code(text: str) -> Markup:
    """Return one of our own texts as markup, in which `words` in backticks are code."""
    return Markup(_IN_BACKTICKS.sub(r"<code>\1</code>", str(escape(printable(text)))))  # noqa: S704 - escaped


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
        with_code=with_code, number=number, moment=moment, duration=duration, shortened=shortened
    )
    environment.globals.update(
        percent=_percent,
        share_of=charts.share_of,
        rows_with_reason=wording.rows_with_reason,
    )
    return environment.get_template("page.html")
