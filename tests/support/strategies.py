"""One hypothesis strategy for each noun; property tests share them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from bulk_update.mapping import Mapping, load_mapping
from bulk_update.records import Cell, CellKind, Chunk, Issue, TypedCell

FIELDS = ("miasto", "saldo", "vip", "rok", "dzień", "imię")
CLEAR_TOKEN = "--CLEAR--"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A mapping and the rows of a file that it fits."""

    yaml: bytes
    mapping: Mapping
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    faulty: frozenset[int] = frozenset()
    """The numbers of the rows that are ragged or hold a control character."""

    @property
    def chunk(self) -> Chunk:
        return chunk_of(self.rows, width=len(self.header), faulty=self.faulty)


def chunk_of(
    rows: Sequence[Sequence[Cell]],
    *,
    width: int,
    first_number: int = 2,
    faulty: frozenset[int] = frozenset(),
) -> Chunk:
    """Return rows as a reader hands them over, numbered as below a header in row 1."""
    numbers = list(range(first_number, first_number + len(rows)))
    columns = {}
    for index in range(width):
        column = np.empty(len(rows), dtype=object)
        for place, row in enumerate(rows):
            column[place] = row[index]
        columns[index] = column
    frame = pd.DataFrame(columns, index=numbers, dtype=object)
    texts = [[c.text if isinstance(c, TypedCell) else c for c in row] for row in rows]
    cells = [json.dumps(row).encode() for row in texts]
    fault = Issue("ragged-row", "2 cells, but the header has 3")
    return Chunk(frame, cells, dict.fromkeys(sorted(faulty), fault))


def texts() -> st.SearchStrategy[str]:
    """Texts of cells: words, numbers, dates, blanks, the clear token, and anything printable."""
    dates = st.dates().map(str) | st.datetimes().map(lambda moment: f"{moment:%d.%m.%Y %H:%M}")
    numbers = st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str)
    words = st.sampled_from(["", " ", "\u00a0", CLEAR_TOKEN, "tak", "nie", "x", "Łódź", "00123"])
    anything = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
    return words | anything | numbers | dates | st.integers().map(str)


def typed_cells() -> st.SearchStrategy[TypedCell]:
    """Cells of workbooks that are more than text, of every kind."""
    numbers = st.decimals(allow_nan=False, allow_infinity=False, places=2, max_value=10**9)
    return st.one_of(
        numbers.map(lambda n: TypedCell(CellKind.NUMBER, f"{n:f}", n)),
        numbers.map(lambda n: TypedCell(CellKind.STYLED_NUMBER, f"{n:f}", n)),
        st.booleans().map(lambda b: TypedCell(CellKind.BOOLEAN, str(b).upper(), b)),
        st.dates(min_value=date(1900, 3, 1)).map(
            lambda day: TypedCell(CellKind.DATE, day.isoformat(), day)
        ),
        st.datetimes(min_value=datetime(1900, 3, 1)).map(  # noqa: DTZ001 - cells have no zone
            lambda moment: TypedCell(CellKind.DATETIME, f"{moment:%Y-%m-%d %H:%M:%S}", moment)
        ),
        st.times().map(lambda t: TypedCell(CellKind.TIME, f"{t:%H:%M:%S}", t)),
        st.just(TypedCell(CellKind.ERROR, "#N/A")),
        st.just(TypedCell(CellKind.NO_VALUE, "=A1+1")),
        st.integers(10**15, 10**20).map(lambda n: TypedCell(CellKind.NUMBER, str(n), Decimal(n))),
    )


def cells() -> st.SearchStrategy[Cell]:
    """Any cell of a text file or a workbook."""
    return texts() | typed_cells()


def identifiers() -> st.SearchStrategy[str]:
    """Texts that address a record, as awkward as the rules allow."""
    awkward = [
        "a/b",
        "a%2Fb",
        "a?x=1",
        "a#f",
        "../x",
        "%2e%2e",
        "12 3",
        "Łódź",
        "\uff11\uff12\uff13",
        "é",
    ]
    plain = st.from_regex(r"[0-9A-Z]{1,12}", fullmatch=True)
    return plain | st.sampled_from(awkward)


def rules(*, can_clear: bool = True) -> st.SearchStrategy[dict[str, object]]:
    """Return rules of one column, of every type and for any kind of blank."""
    types: list[dict[str, object]] = [
        {},
        {"case": "upper"},
        {"max_length": 8},
        {"pattern": r"\w+"},
        {"strip": False},
        {"type": "integer"},
        {"type": "decimal", "decimal": ","},
        {"type": "boolean"},
        {"type": "boolean", "true": ["x"], "false": ["nie"]},
        {"type": "date"},
        {"type": "datetime", "formats": ["%d.%m.%Y %H:%M"]},
        {"lookup": {"tak": "1", "nie": "0"}},
    ]
    on_blank = ["omit", "error", "clear"] if can_clear else ["omit", "error"]
    return st.builds(
        lambda kind, blank: {**kind, "on_blank": blank},
        st.sampled_from(types),
        st.sampled_from(on_blank),
    )


@st.composite
def mapping_contents(draw: st.DrawFn) -> dict[str, object]:
    """Mappings as a YAML file holds them; each field reads the column of its own name."""
    names = draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=4, unique=True))
    record_fields = {name: {"column": name, **draw(rules())} for name in names}
    update: dict[str, object] = {"record_fields": record_fields}
    if draw(st.booleans()):
        update["status_id"] = {"column": "Status", **draw(rules(can_clear=False))}
    if draw(st.booleans()):
        update["agent_login"] = {"value": "j.doe"}
    content: dict[str, object] = {
        "version": 1,
        "campaign": draw(st.sampled_from(["00001", {"column": "Kampania"}])),
        "identifier": {"column": "ID"},
        "update": dict(draw(st.permutations(list(update.items())))),
        "duplicates": draw(st.sampled_from(["error", "first", "last"])),
    }
    if draw(st.booleans()):
        content["where"] = {"column": "Eksport", "not_in": ["nie"]}
    return content


def yaml_of(content: dict[str, object]) -> bytes:
    """Return a mapping's content as a file; JSON is YAML."""
    return json.dumps(content, ensure_ascii=False).encode()


def mappings() -> st.SearchStrategy[Mapping]:
    """Valid mappings with any rules."""
    return mapping_contents().map(lambda content: load_mapping(yaml_of(content), path="m.yaml"))


@st.composite
def sheets(draw: st.DrawFn, *, cell: st.SearchStrategy[Cell] | None = None) -> Sheet:
    """Mappings with rows that have their columns, in any order, and some more."""
    yaml = yaml_of(draw(mapping_contents()))
    mapping = load_mapping(yaml, path="m.yaml")
    header = tuple(draw(st.permutations([*mapping.column_names, "Uwagi"])))
    any_cell = cells() if cell is None else cell
    by_name: dict[str, st.SearchStrategy[Cell]] = {
        "ID": identifiers() | any_cell,
        "Kampania": st.sampled_from(["00001", "00002", "1", ""]),
        "Eksport": st.sampled_from(["tak", "nie", " nie ", ""]),
    }
    row = st.tuples(*(by_name.get(name, any_cell) for name in header))
    rows = draw(st.lists(row, max_size=8))
    numbers = range(2, 2 + len(rows))
    faulty = draw(st.frozensets(st.sampled_from(numbers), max_size=2)) if rows else frozenset()
    return Sheet(yaml, mapping, header, tuple(rows), faulty)
