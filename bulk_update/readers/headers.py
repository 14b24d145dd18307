"""The header row: its columns, and whether they include those that the mapping names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bulk_update.columns import (
    FAILED_COLUMNS,
    ORIGIN_COLUMNS,
    OUTCOME_COLUMNS,
    ColumnSearch,
    column_key,
    find_columns,
    nearest_name,
)
from bulk_update.errors import InputError, MappingError
from bulk_update.records import Issue, Param

HINT_ROWS = 20
"""How many of the first rows are searched for a header below the expected row."""

_SHOWN_COLUMNS = 30
_WIDEST_GAP = 100


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a table.

    `names` are cleaned, without unnamed columns at the end and without `added`. `width` is the
    number of all cells in the header row. `added` are the columns that this program appended; only
    a `failed.csv` has any.
    """

    names: tuple[str, ...]
    width: int
    added: tuple[str, ...] = ()

    @property
    def is_failed_csv(self) -> bool:
        """Whether this program wrote the file for correction."""
        return bool(self.added)

    @property
    def names_origins(self) -> bool:
        """Whether the file states for each row which row of which run it corrects."""
        return self.added == FAILED_COLUMNS

    @property
    def named_width(self) -> int:
        """The number of columns, including the added ones."""
        return len(self.names) + len(self.added)

    def column(self, index: int) -> str:
        """Return how messages refer to a column."""
        name = self.names[index] if index < len(self.names) else ""
        return f'column "{name}"' if name else f"column {index + 1}"


def header_of(cells: Sequence[str]) -> Header:
    """Read the cells of a header row."""
    names = [column_key(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    for added in (FAILED_COLUMNS, OUTCOME_COLUMNS):
        if tuple(names[-len(added) :]) == added:
            own = [column_key(unguarded(cell)) for cell in cells[: len(names) - len(added)]]
            return Header(tuple(own), len(cells), added)
    return Header(tuple(names), len(cells))


def refuse_incomplete_failed_file(place: str | Issue, header: Header) -> None:
    """Raise InputError for a failed file some of whose added columns were deleted or moved.

    Read like any other file, its cells would keep the apostrophes that guard them, and changes
    that a spreadsheet program made would not be undone.
    """
    found = [name for name in header.names if name in FAILED_COLUMNS]
    is_torn = len(found) > 1 or (header.is_failed_csv and set(found) & set(ORIGIN_COLUMNS))
    if is_torn:
        params: dict[str, Param] = {
            "path": place,
            "found": (*found, *header.added),
            "columns": FAILED_COLUMNS,
        }
        raise InputError(Issue("input", params, "torn-failed-file"))


def gaps_of(header: Header) -> list[tuple[int, int]]:
    """Return the spans of more adjacent unnamed columns than any table has, as (start, end).

    A stray word in a sheet's last column creates 16,000 of them, which each row would then have.
    """
    gaps: list[tuple[int, int]] = []
    start = 0
    for index, name in enumerate(header.names):
        if name:
            if index - start > _WIDEST_GAP:
                gaps.append((start, index))
            start = index + 1
    return gaps


def without_gaps(header: Header, gaps: Sequence[tuple[int, int]]) -> Header:
    """Return the header without the columns of the gaps."""
    names = list(header.names)
    for start, end in reversed(gaps):
        del names[start:end]
    left_out = len(header.names) - len(names)
    return replace(header, names=tuple(names), width=header.width - left_out)


def positions_without_gaps(
    positions: Mapping[str, int], gaps: Sequence[tuple[int, int]]
) -> dict[str, int]:
    """Return the positions of columns by name, without the columns of the gaps."""
    return {
        name: position - sum(end - start for start, end in gaps if end <= position)
        for name, position in positions.items()
    }


def unguarded(cell: str) -> str:
    """Remove the apostrophe that keeps a cell of our output files from becoming a formula."""
    return cell.removeprefix("'")


def misfit(
    place: str | Issue,
    header: Header,
    search: ColumnSearch,
    *,
    rows: Mapping[int, Sequence[str]],
    mapped: Sequence[str],
) -> MappingError:
    """Return the error for mapped columns that are missing or occur twice.

    `rows` are the table's first rows by number. If one of them looks like the header, the hint
    says so.
    """
    faults = [_missing(name, header) for name in search.missing]
    faults += [_doubled(name, header) for name in search.doubled]
    number = header_row_among(rows, mapped)
    params: dict[str, Param] = {
        "place": place,
        "faults": joined_issues(faults, variant="and-fault"),
        "header": _columns_in(header),
        "row": number,
    }
    variant = "columns-missing" if search.missing else "columns-doubled"
    issue = Issue("mapping", params, "columns-in-other-row" if number else variant)
    return MappingError(issue, columns=(*search.missing, *search.doubled))


def joined_issues(issues: Sequence[Issue], *, variant: str) -> Issue:
    """Return one issue that joins several, two at a time, so that they nest only a few levels."""
    if len(issues) == 1:
        return issues[0]
    middle = len(issues) // 2
    one, other = (
        joined_issues(half, variant=variant) for half in (issues[:middle], issues[middle:])
    )
    return Issue(one.code, {"one": one, "other": other}, variant)


def require_columns(search: ColumnSearch, names: Sequence[str], *, place: str) -> None:
    """Raise MappingError unless a search found each column once among the names of a header."""
    if not search.complete:
        raise misfit(place, Header(tuple(names), len(names)), search, rows={}, mapped=())


def header_row_among(rows: Mapping[int, Sequence[str]], mapped: Sequence[str]) -> int:
    """Return the number of the row that looks like a table's header, or 0 if none does."""
    for number, cells in rows.items():
        if find_columns(header_of(cells).names, mapped).complete:
            return number
    return 0


def _missing(name: str, header: Header) -> Issue:
    nearest = nearest_name(name, [known for known in header.names if known])
    if nearest:
        return Issue("mapping", {"name": name, "near": nearest}, "missing-column-near")
    return Issue("mapping", {"name": name}, "missing-column")


def _doubled(name: str, header: Header) -> Issue:
    *first, last = [i + 1 for i, known in enumerate(header.names) if known == column_key(name)]
    params: dict[str, Param] = {"name": name, "first": tuple(map(str, first)), "last": last}
    return Issue("mapping", params, "doubled-column")


def _columns_in(header: Header) -> Issue:
    names = tuple(name for name in header.names if name)
    if not names:
        return Issue("mapping", variant="blank-header")
    params: dict[str, Param] = {
        "count": len(names),
        "names": names[:_SHOWN_COLUMNS],
        "left_out": max(0, len(names) - _SHOWN_COLUMNS),
    }
    return Issue("mapping", params, "header")
