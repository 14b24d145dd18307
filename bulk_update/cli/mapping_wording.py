"""The findings of `mapping check`, as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from bulk_update.errors import MappingError, UnusableError
from bulk_update.job.check_mapping import FittingFile, MappingReport
from bulk_update.messages import counted, number, sentence_of
from bulk_update.printable import quoted, quoted_list

VERSION = 1
_NAMES = {"\t": "TAB"}


def report_text(report: MappingReport) -> str:
    """Describe a valid mapping: how its file is read, and what each column is used for."""
    lines = [f"{report.path}: the mapping is valid"]
    if report.file is not None:
        lines += [f"{report.file.path}: fits the mapping", *_file_lines(report.file)]
    width = max((len(quoted(used.column)) for used in report.columns), default=0)
    for used in report.columns:
        lines.append(f"  column   {quoted(used.column):{width}}  {', '.join(used.used_by)}")
    if report.file is not None and report.file.unused:
        unused = report.file.unused
        named = quoted_list(filter(None, unused), most=10)
        lines.append(f"  unused   {counted(len(unused), 'column')}: {named}".removesuffix(": "))
    lines += [f"  note     {sentence_of(notice)}" for notice in report.notices]
    return "\n".join(lines)


def _file_lines(file: FittingFile) -> list[str]:
    rows = f"  rows     {number(file.rows)}"
    if file.sheet is not None:
        return [rows, f"  sheet    {quoted(file.sheet)}"]
    delimiter = file.delimiter or ""
    shown = _NAMES.get(delimiter, quoted(delimiter))
    return [rows, f"  read as  {file.encoding}, delimiter {shown}"]


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
