"""Surveys a file without a mapping: how to read it, and what only a person can decide.

The whole file is read strictly. If several readings fit, the question stays open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bulk_update.errors import InputError
from bulk_update.messages.remarks import Remark
from bulk_update.proposals import SourceEvidence, SourceOption
from bulk_update.readers.header_rows import HeaderRow, find_header_row
from bulk_update.readers.kinds import kind_of, kind_to_name
from bulk_update.readers.survey_findings import Findings
from bulk_update.readers.text_survey import survey_text
from bulk_update.readers.workbook.process import workbook_process
from bulk_update.readers.workbook.selection import SheetHead, StartParser, sheet_heads
from bulk_update.records import FileKind, Issue, SourceOptions


@dataclass(frozen=True, slots=True)
class SurveyedSource:
    """How to open a file, and the evidence for it."""

    options: SourceOptions
    evidence: SourceEvidence


def survey_source(
    path: Path, named: SourceOptions, *, start_parser: StartParser = workbook_process
) -> SurveyedSource:
    """Find the encoding, the delimiter or sheet, and the header row; `named` options are certain.

    Raises InputError if the file is damaged or cannot be read, and UsageError for an invalid
    option.
    """
    findings = Findings()
    kind = kind_to_name(path)
    if kind is not None:
        findings.add("kind", kind, Remark("unnamed-kind"))
    if kind_of(path, kind) is FileKind.WORKBOOK:
        options = _workbook(path, named, findings, start_parser)
    else:
        try:
            options = survey_text(path, named, findings)
        except OSError as error:
            params = {"path": str(path), "error": str(error)}
            raise InputError(Issue("input", params, "not-readable")) from error
    return SurveyedSource(replace(options, kind=kind), findings.evidence())


def _workbook(
    path: Path, named: SourceOptions, findings: Findings, start_parser: StartParser
) -> SourceOptions:
    headers = _headers(sheet_heads(path, named.sheet, start_parser=start_parser))
    with_data = {sheet: header for sheet, header in headers.items() if header.rows_below}
    tables = {sheet: header for sheet, header in with_data.items() if len(header.names) > 1}
    found = tables or with_data or headers
    if not found:
        raise InputError(Issue("input", {"path": str(path)}, "no-table"))
    sheet, header = max(found.items(), key=lambda each: len(each[1].names))
    if len(found) > 1:
        options = [
            SourceOption("sheet", name, Remark("columns-of-sheet", {"names": each.names[:5]}))
            for name, each in found.items()
        ]
        findings.ask("sheet", Remark("several-sheets", {"sheet": sheet}), options)
    elif named.sheet is not None or len(headers) > 1:
        findings.add("sheet", sheet)
    findings.add_header(header)
    return SourceOptions(sheet=sheet, header_row=header.number)


def _headers(sheets: Sequence[SheetHead]) -> Mapping[str, HeaderRow]:
    found = ((sheet.name, find_header_row(sheet.rows)) for sheet in sheets)
    return {name: header for name, header in found if header is not None}
