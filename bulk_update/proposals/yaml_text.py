"""A proposed mapping as YAML; users activate a commented line by deleting its `# `."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Sequence

from bulk_update.messages.remarks import Remark, remark_text
from bulk_update.printable import quoted
from bulk_update.proposals.evidence import SourceOption
from bulk_update.proposals.names import Target
from bulk_update.proposals.proposal import Proposal, ProposedMapping
from bulk_update.proposals.proposing import filter_columns
from bulk_update.records import Param

_WIDTH = 100
_LAST_OF_FOUR_DIGITS = 0xFFFF
"""The last character for which YAML's shorter escape has enough digits."""

_PLAIN = re.compile(r"[^\W_](?:[\w ./()+-]*[\w)])?")
_WORDS_OF_YAML = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n", "~"})
_LONGEST_SHOWN = 40
_UPDATED = (Target.STATUS, Target.AGENT, Target.NEXT_CALL)


def mapping_text(
    proposed: ProposedMapping, *, path: str, check_command: str, schema: str | None = None
) -> str:
    """Return the file's text: active lines, proposals after `# `, and explanations after `## `.

    `path` names the spreadsheet, `check_command` checks it with this mapping, `schema` is the JSON
    Schema beside the mapping, if there is one.
    """
    lines = [
        *([f"# yaml-language-server: $schema={schema}"] if schema else []),
        *_head(proposed, path, check_command),
        "",
        "version: 1",
        "",
        *_source(proposed),
        "",
        *_campaign(proposed),
        "",
        *_identifier(proposed),
        "",
        *_update(proposed),
        *_where(proposed),
        *_left_out(proposed),
    ]
    return "\n".join(lines) + "\n"


def scalar(text: str) -> str:
    """Return a text as a YAML scalar, in quotes only if necessary."""
    if _PLAIN.fullmatch(text) and text.isprintable() and text.casefold() not in _WORDS_OF_YAML:
        return text
    return printable_json(text)


def printable_json(text: str) -> str:
    r"""Return a text in double quotes, with invisible characters as `\uNNNN`."""
    written = json.dumps(text, ensure_ascii=False)
    if written.isprintable():
        return written
    return "".join(c if c.isprintable() else _escaped(c) for c in written)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= _LAST_OF_FOUR_DIGITS else f"\\U{code:08x}"


def _head(proposed: ProposedMapping, path: str, check_command: str) -> Iterator[str]:
    table = proposed.table
    title: dict[str, Param] = {"path": path, "rows": table.rows, "columns": len(table.columns)}
    yield from _explained(Remark("title", title))
    yield from _explained(Remark("how-to"))
    yield from _explained(Remark("private"))
    keys = tuple(proposed.left_to_answer)
    yield from _explained(Remark("left", {"keys": keys}) if keys else Remark("ready"))
    yield from _explained(Remark("next-step", {"command": check_command}))
    for note in table.source.notes:
        yield from _explained(note)


def _source(proposed: ProposedMapping) -> Iterator[str]:
    source = proposed.table.source
    yield "source:"
    for line in source.lines:
        yield _source_line(line)
        if line.key in source.open:
            yield from _explained(source.open[line.key])
    for key in dict.fromkeys(option.key for option in source.options):
        yield from _explained(source.open[key])
        for option in source.options:
            if option.key == key:
                yield _commented(_source_line(option))
    shown = {each.key for each in (*source.lines, *source.options)}
    for key, question in source.open.items():
        if key not in shown:
            yield from _explained(question)


def _source_line(option: SourceOption) -> str:
    note = f"   # {remark_text(option.remark)}" if option.remark else ""
    return f"  {option.key}: {source_value(option)}{note}"


def source_value(option: SourceOption) -> str:
    """Return a value as YAML; a sheet's name is always quoted, since digits mean a number."""
    if isinstance(option.value, int):
        return str(option.value)
    if option.value == "\t":
        return "tab"
    return printable_json(option.value) if option.key == "sheet" else scalar(option.value)


def _campaign(proposed: ProposedMapping) -> Iterator[str]:
    found = proposed.of(Target.CAMPAIGN)
    for each in found:
        yield from _lines(each, indent="")
    if any(each.is_active for each in found):
        return
    for remark in proposed.campaign_remarks:
        yield from _explained(remark)
    if proposed.campaign_id is not None:
        yield f"campaign: {printable_json(proposed.campaign_id)}"
        return
    question = remark_text(proposed.left_to_answer[Target.CAMPAIGN])
    line = f"campaign:   # {question}"
    yield _commented(line) if found else line


def _identifier(proposed: ProposedMapping) -> Iterator[str]:
    for remark in proposed.identifier_remarks:
        yield from _explained(remark)
    found = proposed.of(Target.IDENTIFIER)
    for each in found:
        yield from _lines(each, indent="")
    if not found:
        yield _commented("identifier: {column: }")


def _update(proposed: ProposedMapping) -> Iterator[str]:
    yield "update:"
    for target in _UPDATED:
        for each in proposed.of(target):
            yield from _lines(each, indent="  ")
    fields = proposed.of(Target.FIELD)
    if not fields:
        return
    yield from _parent_of(fields, others=proposed.proposals)
    if any(not each.is_active for each in fields):
        yield from _explained(Remark("field-names"))
    for each in fields:
        yield from _lines(each, indent="    ")


def _parent_of(fields: Sequence[Proposal], *, others: Sequence[Proposal]) -> Iterator[str]:
    """Yield the line above the fields, commented if the mapping would not load with it."""
    has_field = any(each.is_active for each in fields)
    has_other = any(each.is_active and each.target in _UPDATED for each in others)
    if has_field or not has_other:
        yield "  record_fields:"
        return
    yield from _explained(Remark("fields-parent"))
    yield _commented("  record_fields:")


def _where(proposed: ProposedMapping) -> Iterator[str]:
    for column in filter_columns(proposed):
        words = ", ".join(scalar(text) for text, _ in column.values or ())
        yield ""
        yield from _explained(Remark("rows-that-take-part"))
        yield _commented(f"where: {{column: {scalar(column.name)}, in: [{words}]}}")


def _left_out(proposed: ProposedMapping) -> Iterator[str]:
    if not proposed.left_out:
        return
    yield ""
    yield from _explained(Remark("left-out"), end=":")
    for each in proposed.left_out:
        yield f"## - {quoted(each.column)}: {remark_text(each.remark)}"


def _lines(proposal: Proposal, *, indent: str) -> Iterator[str]:
    """Yield what the column holds, the remarks about it, and the line itself."""
    said = map(remark_text, (_contents(proposal), *proposal.remarks))
    yield from _wrapped("; ".join(said))
    shown = (lambda line: line) if proposal.is_active else _commented
    if proposal.words:
        yield from map(shown, _lookup(proposal, indent))
    else:
        yield shown(f"{indent}{scalar(proposal.key)}: {{{_rule(proposal)}}}")


def _contents(proposal: Proposal) -> Remark:
    column = proposal.column
    params: dict[str, Param] = {
        "column": column.name,
        "filled": column.filled,
        "blanks": column.blanks,
    }
    if proposal.words or not column.filled:
        return Remark("contents", params)
    if column.values is None or len(column.values) == column.filled:
        return Remark("contents-examples", {**params, "texts": tuple(map(_short, column.examples))})
    counted = tuple(f"{_short(text)} ({count})" for text, count in column.values)
    return Remark("contents-counted", {**params, "texts": counted})


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _lookup(proposal: Proposal, indent: str) -> Iterator[str]:
    yield f"{indent}{proposal.key}:"
    yield f"{indent}  column: {scalar(proposal.column.name)}"
    yield from (f"{indent}  {line}" for line in _keys(proposal))
    yield f"{indent}  lookup:"
    for text, count in proposal.words:
        rows = remark_text(Remark("count", {"count": count}))
        yield f"{indent}    {scalar(text)}:   # {rows}"


def _rule(proposal: Proposal) -> str:
    parts = [f"column: {scalar(proposal.column.name)}"]
    return ", ".join((*parts, *_keys(proposal)))


def _keys(proposal: Proposal) -> Iterator[str]:
    for key, value in proposal.keys:
        texts = value if isinstance(value, tuple) else None
        shown = scalar(str(value)) if texts is None else f"[{', '.join(map(scalar, texts))}]"
        yield f"{scalar(key)}: {shown}"


def _commented(line: str) -> str:
    return f"# {line}"


def _explained(remark: Remark, *, end: str = "") -> Iterator[str]:
    yield from _wrapped(remark_text(remark) + end)


def _wrapped(text: str) -> Sequence[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent="## ", subsequent_indent="##   ", break_on_hyphens=False
    )
