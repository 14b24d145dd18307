"""The page about a run: complete, self-contained, and inert whatever the data holds."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_update.records import Status
from bulk_update.report import (
    AttentionRow,
    OutcomeCount,
    Page,
    PausedFor,
    RankedReason,
    RequestsOverTime,
    StatusMoved,
    page_text,
)
from bulk_update.report.charts import HEIGHT, WIDTH, share_bars, time_bars
from bulk_update.report.table_rows import MOST_CHARACTERS, MOST_ROWS

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><style>*{display:none}",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "\u2028alert(1)\u2029",
    "\u202egpj.exe\u2066",
    "\x00\x1b[31m\r\n",
    "\ud800",
    "&lt;b&gt; &amp;amp;",
    "]]>",
    "x" * 5000,
    "ż" * 301,
]
KINDS = {"script", "style", "meta", "table", "h1", "svg", "img", "link", "iframe", "form", "a"}


@dataclass
class Seen(HTMLParser):
    """What a browser finds in a page: its elements, their attributes and texts."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the signature is HTMLParser's
        self._open = ""

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self._open, []).append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def seen(text: str) -> Seen:
    found = Seen()
    found.feed(text)
    found.close()
    return found


def rows_of(count: int, text: str = "bad") -> Iterator[AttentionRow]:
    return (
        AttentionRow(number, "00001", text, "invalid", "bad-date", text, (text, "", text))
        for number in range(2, count + 2)
    )


def page(text: str = "text", *, rows: int = 3, **changes: Any) -> Page:
    values: dict[str, Any] = {
        "run_id": "20260301-021500-k3f9",
        "command": "run",
        "job": text,
        "is_plan": False,
        "data_rows": rows,
        "outcomes": (OutcomeCount(Status.INVALID, rows, text),),
        "stopped": text,
        "needing_attention": rows,
        "attention": rows_of(rows, text),
        "columns": (text, "Blank", "Last"),
        "reasons": (RankedReason("invalid", text, rows, 2, text, text),),
        "requests": RequestsOverTime(0, 9_000_000, 1.0, (1, 0, 3), (PausedFor(5, 12.0),)),
        "status_moves": (StatusMoved(text, text, rows),),
        "parameters": ((text, text),),
        "commands": (text,),
        **changes,
    }
    return Page(**values)


def rendered(shown: Page) -> str:
    return page_text(shown, version="1.0")


def data_of(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


PLAIN = {kind: len(seen(rendered(page())).of(kind)) for kind in KINDS}


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_no_value_adds_an_element_an_attribute_or_an_invisible_character(text: str) -> None:
    shown = rendered(page(text))
    found = seen(shown)
    assert {kind: len(found.of(kind)) for kind in KINDS} == PLAIN
    assert not [name for _, attributes in found.tags for name in attributes if name[:2] == "on"]
    assert not re.search("[\x00-\x08\x0b-\x1f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800]", shown)
    assert len(data_of(shown)["rows"]) == 3


@given(st.text())
def test_any_text_is_inert(text: str) -> None:
    found = seen(rendered(page(text)))
    assert {kind: len(found.of(kind)) for kind in KINDS} == PLAIN


def test_a_value_is_shown_as_it_is() -> None:
    found = seen(rendered(page('<b> & "it\'s"')))
    assert '<b> & "it\'s"' in "".join(found.texts["td"])


def test_words_in_backticks_are_code_and_stay_inert() -> None:
    shown = rendered(page("set `<b>` or `last`"))
    assert "set <code>&lt;b&gt;</code> or <code>last</code>" in shown


def test_the_policy_allows_this_script_and_this_style_and_nothing_else() -> None:
    text = rendered(page())
    (policy,) = (each["content"] or "" for each in seen(text).of("meta") if "http-equiv" in each)
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert script
    assert style
    hashes = [
        f"'sha256-{b64encode(sha256(found[1].encode()).digest()).decode()}'"
        for found in (script, style)
    ]
    assert policy.split("; ") == [
        "default-src 'none'",
        f"script-src {hashes[0]}",
        f"style-src {hashes[1]}",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_the_page_names_no_address_and_styles_nothing_inline() -> None:
    text = re.sub(r"sha256-[\w+/=]+", "", rendered(page()))
    assert not re.search(r"https?:|//[a-z]|@import|url\(", text)
    assert not [each for _, each in seen(text).tags if {"src", "href", "style"} & set(each)]


def test_a_page_without_rows_has_no_script_and_says_so() -> None:
    text = rendered(page(rows=0, outcomes=(), reasons=(), status_moves=(), requests=None))
    assert seen(text).of("script") == []
    assert "No row needs attention." in text


@pytest.mark.parametrize(
    ("changes", "standing", "headline"),
    [
        ({"rows": 0, "data_rows": 1, "stopped": "",
          "outcomes": (OutcomeCount(Status.UPDATED, 1, ""),)},
         "Finished without problems", "1 of 1 row was updated."),
        ({"stopped": "", "data_rows": 1000}, "Finished",
         "0 of 1,000 rows were updated; 3 need attention."),
        ({"rows": 1, "stopped": "", "left_to_send": 2, "data_rows": 5}, "Unfinished",
         "0 of 5 rows were updated; 1 needs attention; 2 are left to send."),
        ({}, "Stopped", "0 of 3 rows were updated; 3 need attention."),
        ({"is_sending": True}, "Sending now", "0 of 3 rows were updated; 3 need attention."),
        ({"is_plan": True}, "Refused", "0 of 3 rows would be sent; 3 need attention."),
        ({"is_plan": True, "stopped": "", "rows": 0, "data_rows": 9,
          "outcomes": (OutcomeCount(Status.PLANNED, 9, ""),)},
         "Plan: nothing was sent", "9 of 9 rows would be sent."),
    ],
)  # fmt: skip
def test_the_first_lines_say_what_happened(
    changes: dict[str, Any], standing: str, headline: str
) -> None:
    found = seen(rendered(page(**changes)))
    assert found.texts["h1"] == [headline]
    assert standing in found.texts["p"]


def test_every_row_is_in_the_data_and_the_first_hundred_are_in_the_page() -> None:
    text = rendered(page(rows=101))
    body = text[text.index('<table id="rows">') : text.index("<script")]
    assert [row[0] for row in data_of(text)["rows"]] == list(range(2, 103))
    assert re.findall(r'<th scope="row" class="count">(\d+)</th>', body) == [
        str(number) for number in range(2, 102)
    ]
    assert "The first 100 rows are shown. All of them are in failed.csv." in text
    assert "<noscript>" not in rendered(page(rows=100))


@pytest.mark.parametrize("text", ["bad", "<" * 1000, "ż" * 1000, "\x00" * 1000], ids=ascii)
def test_a_page_of_any_rows_takes_at_most_ten_megabytes_and_counts_the_others(text: str) -> None:
    rows = MOST_ROWS + 12_400
    shown = rendered(page(text, rows=rows))
    kept = len(data_of(shown)["rows"])
    assert len(shown.encode()) <= 10_000_000
    assert kept <= MOST_ROWS
    assert f"holds the first {kept:,}; {rows - kept:,} more are in failed.csv." in shown
    assert kept == MOST_ROWS or text != "bad"


def test_a_cell_has_at_most_300_characters() -> None:
    row = data_of(rendered(page("x" * 301)))["rows"][0]
    assert max(map(len, map(str, row))) == MOST_CHARACTERS
    assert row[-1].endswith("x…")


def test_the_cells_of_a_row_are_shown_with_their_columns_and_blank_ones_are_not() -> None:
    rows = [AttentionRow(2, "00001", "7", "invalid", "bad", "x", ("7", "", "Łódź", "surplus"))]
    text = rendered(page(rows=1, attention=rows, columns=("ID", "Status", "Miasto")))
    shown = re.search('<td class="cells">(.*?)</td>', text)
    assert shown
    assert re.findall("<b>(.*?)</b> (.*?)</span>", shown[1]) == [
        ("ID", "7"), ("Miasto", "Łódź"), ("", "surplus")
    ]  # fmt: skip
    assert data_of(text)["columns"] == ["ID", "Status", "Miasto"]
    assert data_of(text)["cells"] == [["7", "", "Łódź", "surplus"]]


def test_original_cells_never_crowd_out_rows() -> None:
    wide = ("x" * 1000,) * 50
    rows = (
        AttentionRow(number, "00001", "7", "invalid", "bad-date", "bad", wide)
        for number in range(MOST_ROWS)
    )
    text = rendered(page(rows=MOST_ROWS, attention=rows, columns=("a",) * 50))
    data = data_of(text)
    assert len(data["rows"]) == MOST_ROWS
    assert 100 < len(data["cells"]) < 200
    assert {len(cell) for row in data["cells"] for cell in row} == {MOST_CHARACTERS}
    assert f"It holds the cells of the first {len(data['cells'])}; all are in failed.csv." in text
    assert len(text.encode()) <= 10_000_000


def test_every_chart_has_a_text_alternative() -> None:
    text = rendered(page())
    charts = [each for each in seen(text).of("svg") if each.get("aria-hidden") != "true"]
    ids = {each["id"] for _, each in seen(text).tags if each.get("id")}
    assert len(charts) == 3
    for chart in charts:
        assert chart["role"] == "img"
        assert set((chart["aria-labelledby"] or "").split()) <= ids


def test_tables_have_captions_and_every_heading_its_scope() -> None:
    found = seen(rendered(page()))
    assert len(found.of("caption")) == len(found.of("table")) == 3
    assert {each.get("scope") for each in found.of("th")} == {"col", "row"}
    ids = [each["id"] for _, each in found.tags if each.get("id")]
    assert len(ids) == len(set(ids))
    named = [each["aria-labelledby"] or "" for _, each in found.tags if "aria-labelledby" in each]
    assert {name for names in named for name in names.split()} <= set(ids)


@given(st.lists(st.integers(1, 10**7), max_size=11))
def test_the_shares_fill_the_chart_and_each_can_be_seen(rows: list[int]) -> None:
    outcomes = [OutcomeCount(Status.UPDATED, count, "") for count in rows]
    bars = share_bars(outcomes)
    assert len(bars) == len(rows)
    assert all(bar.width > 1 for bar in bars)
    assert not bars or sum(bar.width for bar in bars) == pytest.approx(WIDTH, abs=1)


@given(st.lists(st.integers(0, 10**6), max_size=60))
def test_a_span_without_requests_is_a_gap(counts: list[int]) -> None:
    bars = time_bars(counts)
    assert len(bars) == sum(map(bool, counts))
    assert all(bar.y >= 0 and bar.y + bar.height <= HEIGHT + 0.01 for bar in bars)
    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH + 0.01 for bar in bars)
    assert not bars or max(bar.height for bar in bars) == HEIGHT
