"""The generated parts of the documents: tables, and the output of commands.

`python tests/support/readme_tables.py` renews them.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable, Mapping
from itertools import dropwhile
from pathlib import Path
from typing import Any, Self

from documents import MAPPINGS, REFERENCE, RUN_ID, SHOWN_RUN_ID, Workplace, workplace

from bulk_update.mapping import described_keys, json_schema
from bulk_update.messages import catalogue

CODE_TABLES = {
    "`invalid`": {**catalogue.READING, **catalogue.INVALID},
    "`duplicate`, `unchanged`, `superseded`": catalogue.PLAN,
    "`rejected`, `failed`, `in_doubt`": catalogue.SENDING,
    "`updated`": catalogue.READ_BACK,
    "`not_sent`, and rows to send again": {**catalogue.STOPPED, **catalogue.LEARNED},
    "the run's `reason`": {**catalogue.ENDS, **catalogue.REFUSED, **catalogue.REMOTE},
    "notes on a file": catalogue.FILE_NOTES,
    "a note in the plan": {
        **catalogue.NOTICES,
        **catalogue.LEARNED_NOTICES,
    },
    "a message while a command runs": {**catalogue.ANNOUNCEMENTS, **catalogue.ARCHIVING},
    "a finding of `doctor`": catalogue.FINDINGS,
}
_CONSOLE = re.compile(
    r"(<!-- console -->\n```console\n\$ (?P<command>[^\n]+)\n).*?(```)", re.DOTALL
)
_WALK = re.compile(
    r"(?P<start><!-- walk(?:: (?P<file>[\w./-]+))? -->\n```\w+\n)(?P<text>.*?)```\n", re.DOTALL
)
_A_PAIR = 2

Schema = dict[str, Any]


def codes_table() -> str:
    lines = ["| outcome | code | meaning | what to do |", "|---|---|---|---|"]
    for outcome, entries in CODE_TABLES.items():
        lines += [
            f"| {outcome} | `{code}` | {entry.meaning} | {entry.remedy} |"
            for code, entry in entries.items()
        ]
    return "\n".join(lines)


def mapping_table() -> str:
    whole = json_schema()
    lines = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for described in described_keys():
        schema = _schema_of(described.key, whole)
        meaning = described.description.replace("|", "\\|")
        default = "" if "default" not in schema else f"`{_as_written(schema['default'])}`"
        lines.append(f"| `{described.key}` | {_values(schema, whole)} | {default} | {meaning} |")
    return "\n".join(lines)


def _schema_of(key: str, whole: Schema) -> Schema:
    """Return the schema of a key such as `update.FIELD.type`."""
    names = key.replace("update.FIELD.", "update.status_id.").split(".")
    schema = whole
    for name in names:
        schema = _resolved(schema, whole)
        for choice in [schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())]:
            properties = _resolved(choice, whole).get("properties", {})
            if name in properties:
                schema = properties[name]
                break
        else:
            raise KeyError(key)
    return schema


def _resolved(schema: Schema, whole: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    target: Schema = whole["$defs"][schema["$ref"].rsplit("/", maxsplit=1)[-1]]
    return {**target, **schema}


def _values(schema: Schema, whole: Schema) -> str:
    """Describe in a few words which values a key takes."""
    schema = _resolved(schema, whole)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(_values(each, whole) for each in schema[several]))
    if "enum" in schema or "const" in schema:
        words = schema["enum"] if "enum" in schema else [schema["const"]]
        return ", ".join(f"`{_as_written(each)}`" for each in words)
    if schema.get("type") == "array":
        return "`[least, most]`" if schema.get("maxItems") == _A_PAIR else "list"
    return _KINDS.get(_kind(schema), _kind(schema)).format_map(_bounds(schema))


def _kind(schema: Schema) -> str:
    kind = schema.get("type")
    match kind:
        case ["number", "string"]:
            return "duration"
        case ["integer", "string"]:
            return "limit"
        case [*_]:
            return "text"
        case "string" if schema.get("pattern"):
            return "campaign"
    return str(kind)


_KINDS = {
    "duration": "duration",
    "limit": "number or `N%`",
    "text": "text",
    "campaign": "five characters",
    "string": "text",
    "boolean": "`true`, `false`",
    "object": "keys",
    "integer": "whole number from {least}{most}",
    "number": "number above 0",
}


def _bounds(schema: Schema) -> Mapping[str, str]:
    most = f" to {schema['maximum']}" if "maximum" in schema else ""
    return {"least": str(schema.get("minimum", 0)), "most": most}


def _as_written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


TABLES: dict[Path, dict[str, Callable[[], str]]] = {
    REFERENCE: {"codes": codes_table},
    MAPPINGS: {"mapping keys": mapping_table},
}
GENERATED = (REFERENCE, MAPPINGS)
"""The documents with generated parts."""


def renewed(document: Path) -> str:
    """Return a document's text with its generated parts up to date."""
    text = document.read_text(encoding="utf-8")
    for name, table in TABLES.get(document, {}).items():
        before, marker, after = text.partition(f"<!-- {name} -->\n")
        assert marker, f"{document} has no place for the table of {name}"
        lines = after.splitlines(keepends=True)
        kept = dropwhile(lambda line: line.startswith("|") or line == "\n", lines)
        text = f"{before}{marker}\n{table()}\n\n{''.join(kept)}"
    with workplace() as place, Walk(place) as walk:
        text = _WALK.sub(walk.again, text)
    return _CONSOLE.sub(_printed_again, text)


class Walk:
    """The steps of a walk in a document, made one after the other in one workplace.

    A block labelled `walk` holds commands with what they print; one labelled `walk: FILE` is what
    the reader writes to that file.
    """

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._sandboxes: list[subprocess.Popen[str]] = []
        self._run_id = SHOWN_RUN_ID

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for sandbox in self._sandboxes:
            sandbox.terminate()
            sandbox.communicate(timeout=20)

    def again(self, block: re.Match[str]) -> str:
        """Return a step as it is now."""
        if block["file"]:
            (self._place.folder / block["file"]).write_text(block["text"], encoding="utf-8")
            return block[0]
        commands = re.findall(r"^\$ (.*(?:\\\n.*)*)$", block["text"], re.MULTILINE)
        return f"{block['start']}{''.join(map(self._shown, commands))}```\n"

    def _shown(self, command: str) -> str:
        if command.startswith("bulk-update sandbox"):
            printed = self._sandbox(command)
        else:  # a command that names a run means the last one
            meant = command.replace(SHOWN_RUN_ID, self._run_id)
            printed = self._place.printed(meant)
            self._run_id = [self._run_id, *RUN_ID.findall(printed)][-1]
        return f"$ {command}\n{RUN_ID.sub(SHOWN_RUN_ID, printed).strip()}".strip() + "\n"

    def _sandbox(self, command: str) -> str:
        """Start a sandbox at a free port, which from now on is the API; show the usual port."""
        sandbox = subprocess.Popen(  # noqa: S603 - our own documents
            [*shlex.split(command), "--port", "0"],
            cwd=self._place.folder,
            env=self._place.environment,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._sandboxes.append(sandbox)
        assert sandbox.stdout is not None
        printed = ""
        while not printed.endswith("Stop it with Ctrl-C.\n"):
            line = sandbox.stdout.readline()
            assert line, f"{command}: {printed}"
            printed += line
        (url,) = set(re.findall("http://[0-9.:]+", printed))
        self._place.environment["BULK_UPDATE_BASE_URL"] = url
        return printed.replace(url, "http://127.0.0.1:8080")


def _printed_again(block: re.Match[str]) -> str:
    with workplace() as place:
        printed = place.printed(block["command"])
    return f"{block[1]}{RUN_ID.sub(SHOWN_RUN_ID, printed).rstrip()}\n{block[3]}"


if __name__ == "__main__":
    for document in GENERATED:
        document.write_text(renewed(document), encoding="utf-8")
