"""The findings of `mapping check`, as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from bulk_update.cli.layout import padded, width_of
from bulk_update.errors import MappingError, UnusableError
from bulk_update.job.check_mapping import FittingFile, MappingReport
from bulk_update.language import N_, gettext
from bulk_update.messages import number, phrase, sentence_of
from bulk_update.printable import quoted, quoted_list

VERSION = 1
_NAMES = {"\t": "TAB"}
_LABELS = (
    N_("rows"),
    N_("sheet"),
    N_("read as"),
    N_("column"),
    N_("unused"),
    N_("note"),
)


def report_text(report: MappingReport) -> str:
    """Describe a valid mapping: how its file is read, and what each column is used for."""
    lines = [phrase("{path:line}: the mapping is valid", path=report.path)]
    if report.file is not None:
        fits = phrase("{path:line}: fits the mapping", path=str(report.file.path))
        lines += [fits, *_file_lines(report.file)]
    width = max((len(quoted(used.column)) for used in report.columns), default=0)
    for used in report.columns:
        lines.append(f"{_label('column')}{quoted(used.column):{width}}  {', '.join(used.used_by)}")
    if report.file is not None and report.file.unused:
        unused = report.file.unused
        named = quoted_list(filter(None, unused), most=10)
        count = phrase("{columns:columns}", columns=len(unused))
        lines.append(f"{_label('unused')}{count}: {named}".removesuffix(": "))
    lines += [f"{_label('note')}{sentence_of(notice)}" for notice in report.notices]
    return "\n".join(lines)


def _file_lines(file: FittingFile) -> list[str]:
    rows = f"{_label('rows')}{number(file.rows)}"
    if file.sheet is not None:
        return [rows, f"{_label('sheet')}{quoted(file.sheet)}"]
    delimiter = file.delimiter or ""
    shown = _NAMES.get(delimiter, quoted(delimiter))
    read_as = phrase(
        "{encoding:plain}, delimiter {delimiter:line}",
        encoding=file.encoding or "",
        delimiter=shown,
    )
    return [rows, f"{_label('read as')}{read_as}"]


def _label(name: str) -> str:
    columns = max(width_of(gettext(each)) for each in _LABELS)
    return f"  {padded(gettext(name), columns)}  "


def report_json(report: MappingReport) -> str:
    """Return one JSON object that always has all keys, with a line break at the end."""
    first = report.problems[0] if report.problems else None
    found = {
        "version": VERSION,
        "exit_code": report.exit_code,
        "reason": first.reason if first else None,
        "problems": [text for problem in report.problems for text in _texts(problem)],
        "mapping": {
            "path": report.path,
            "name": report.name,
            "columns": [asdict(used) for used in report.columns] if report.name else None,
        },
        "file": _file_object(report.file),
        "notices": [sentence_of(notice) for notice in report.notices],
    }
    return json.dumps(found, indent=2) + "\n"


def _texts(problem: UnusableError) -> tuple[str, ...]:
    faults = problem.faults if isinstance(problem, MappingError) else ()
    return tuple(map(sentence_of, faults)) or (str(problem),)


def _file_object(file: FittingFile | None) -> dict[str, Any]:
    names = FittingFile.__dataclass_fields__
    return asdict(file) if file is not None else dict.fromkeys(names)
