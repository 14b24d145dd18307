"""Which file of a pattern is meant: the newest one that is complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from bulk_update.errors import InputError
from bulk_update.records import Issue, Param
from bulk_update.sources.source import Found

_WILDCARDS = "*?["
_UNFINISHED_STARTS = ("~$", ".")
"""Lock files of Excel and LibreOffice (`.~lock.*`), and hidden files."""
_UNFINISHED_ENDS = (".part", ".tmp", ".filepart")


class Newest(NamedTuple):
    """The newest complete file, and newer files whose marker is missing."""

    file: Found
    unmarked: tuple[str, ...] = ()


def is_pattern(text: str) -> bool:
    """Return whether a name has wildcards."""
    return any(wildcard in text for wildcard in _WILDCARDS)


def base_name(name: str) -> str:
    """Return the last part of a path or a URL."""
    return name.replace("\\", "/").rpartition("/")[2]


def folder_name(name: str) -> str:
    """Return a path or a URL up to and including its last separator."""
    return name.removesuffix(base_name(name))


def marker_of(name: str, marker: str) -> str:
    """Return the full name of a file's marker; `{}` in `marker` is the file's own name."""
    base = base_name(name)
    return name.removesuffix(base) + marker.replace("{}", base)


def choose_newest(
    found: Iterable[Found],
    *,
    pattern: str,
    marker: str | None = None,
    has: Callable[[str], bool] = lambda _name: True,
) -> Newest:
    """Choose the newest file, ignoring lock files, unfinished uploads, empty files and markers.

    With a `marker`, a file counts only if it has one. Raises InputError if no file is left, or if
    two files are the newest.
    """
    every = list(found)
    files = [file for file in every if file.size and not _is_unfinished(base_name(file.name))]
    if marker is not None:
        markers = {marker_of(file.name, marker) for file in every}
        files = [file for file in files if file.name not in markers]
    unmarked: list[str] = []
    for group in _latest_first(files):
        complete = [f for f in group if marker is None or has(marker_of(f.name, marker))]
        unmarked += [file.name for file in group if file not in complete]
        if len(complete) > 1:
            raise InputError(_of_one_time(complete))
        if complete:
            return Newest(complete[0], tuple(unmarked))
    if marker is not None and unmarked:
        raise InputError(_without_marker(unmarked[0], marker))
    params: dict[str, Param] = {"pattern": pattern, "ignored": len(every)}
    raise InputError(Issue("input", params, "only-ignored" if every else "no-match"))


def _is_unfinished(name: str) -> bool:
    return name.startswith(_UNFINISHED_STARTS) or name.lower().endswith(_UNFINISHED_ENDS)


def _latest_first(files: Iterable[Found]) -> Iterator[list[Found]]:
    """Yield the files in groups of the same time."""
    time_of = attrgetter("modified_at_us")
    for _, group in groupby(sorted(files, key=time_of, reverse=True), key=time_of):
        yield sorted(group, key=attrgetter("name"))


def _of_one_time(files: Sequence[Found]) -> Issue:
    first, second, *others = files
    params: dict[str, Param] = {"one": first.name, "other": second.name}
    return Issue(
        "several-newest",
        {**params, "left_out": len(others), "moment": first.modified_at_us},
    )


def _without_marker(name: str, marker: str) -> Issue:
    return Issue("no-marker", {"path": name, "marker": marker_of(name, marker)})


def missing_marker(name: str, marker: str) -> InputError:
    """Return the error for a file that lies there without its marker."""
    return InputError(_without_marker(name, marker))
