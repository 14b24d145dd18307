"""The output of `mapping init --json`: one object that always has all keys."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bulk_update.errors import BulkUpdateError
from bulk_update.job.propose_mapping import MappingProposal
from bulk_update.job.request import path_text
from bulk_update.messages.remarks import Remark, remark_text
from bulk_update.proposals import ColumnEvidence, Proposal, ProposedMapping, SourceOption

VERSION = 1


def proposal_json(found: MappingProposal, *, file: str, output: Path | None) -> str:
    """Return the proposals with their evidence, the open questions, and the mapping's text."""
    proposed = found.proposed
    return _object(
        exit_code=int(found.exit_code),
        reason="questions" if found.questions else None,
        input={"path": path_text(file), "rows": proposed.table.rows},
        output=None if output is None else path_text(output),
        source=_source(proposed),
        campaign_id=proposed.campaign_id,
        columns=[_column(column) for column in proposed.table.columns],
        proposals=[_proposal(each) for each in proposed.proposals],
        left_out=[{"column": each.column, **_remark(each.remark)} for each in proposed.left_out],
        left_to_answer=_questions(proposed.left_to_answer),
        mapping=found.text,
    )


def failure_json(error: BulkUpdateError, *, file: str) -> str:
    """Return the object for a command that failed."""
    return _object(
        exit_code=int(error.exit_code),
        reason=error.reason,
        input={"path": path_text(file), "rows": None},
    )


def _object(**found: Any) -> str:
    keys = (
        "exit_code",
        "reason",
        "input",
        "output",
        "source",
        "campaign_id",
        "columns",
        "proposals",
        "left_out",
        "left_to_answer",
        "mapping",
    )
    return json.dumps({"version": VERSION, **{key: found.get(key) for key in keys}}, indent=2)


def _source(proposed: ProposedMapping) -> dict[str, object]:
    source = proposed.table.source
    return {
        "lines": list(map(_option, source.lines)),
        "options": list(map(_option, source.options)),
        "notes": _remarks(source.notes),
    }


def _option(option: SourceOption) -> dict[str, object]:
    remark = option.remark and _remark(option.remark)
    return {"key": option.key, "value": option.value, "evidence": remark}


def _column(column: ColumnEvidence) -> dict[str, object]:
    values = None if column.values is None else [{"text": t, "count": n} for t, n in column.values]
    return {
        "name": column.name,
        "rows": column.rows,
        "blanks": column.blanks,
        "values": values,
        "examples": list(column.examples),
        "unique": column.unique,
    }


def _proposal(proposal: Proposal) -> dict[str, object]:
    rule: dict[str, object] = {"column": proposal.column.name}
    rule |= {key: list(v) if isinstance(v, tuple) else str(v) for key, v in proposal.keys}
    return {
        "target": str(proposal.target),
        "key": str(proposal.key),
        "column": proposal.column.name,
        "active": proposal.is_active,
        "rule": rule,
        "lookup": [{"text": text, "count": count} for text, count in proposal.words] or None,
        "evidence": _remarks(proposal.remarks),
    }


def _questions(questions: Mapping[str, Remark]) -> list[dict[str, object]]:
    return [{"key": str(key), **_remark(remark)} for key, remark in questions.items()]


def _remarks(remarks: Iterable[Remark]) -> list[dict[str, object]]:
    return list(map(_remark, remarks))


def _remark(remark: Remark) -> dict[str, object]:
    return {
        "code": str(remark.code),
        "params": dict(remark.params),
        "message": remark_text(remark),
    }
