"""The README's tables that are made from the code; `python tests/readme_tables.py` renews them."""

from __future__ import annotations

from itertools import dropwhile
from pathlib import Path

from bulk_update.cells.issue_codes import ISSUE_CODES
from bulk_update.codes import PLAN_CODES, READING_CODES, STOP_CODES
from bulk_update.mapping import described_keys
from bulk_update.policy import CODES

README = Path(__file__).parent.parent / "README.md"

CODE_TABLES = {
    "`invalid`": {**READING_CODES, **{str(code): text for code, text in ISSUE_CODES.items()}},
    "`duplicate`, `unchanged`, `superseded`": PLAN_CODES,
    "`rejected`, `failed`, `in_doubt`": CODES,
    "`not_sent`, and rows to send again": STOP_CODES,
}


def codes_table() -> str:
    lines = ["| outcome | code | meaning |", "|---|---|---|"]
    for outcome, codes in CODE_TABLES.items():
        lines += [f"| {outcome} | `{code}` | {meaning} |" for code, meaning in codes.items()]
    return "\n".join(lines)


def mapping_table() -> str:
    lines = ["| key | meaning |", "|---|---|"]
    for described in described_keys():
        meaning = described.description.replace("|", "\\|")
        lines.append(f"| `{described.key}` | {meaning} |")
    return "\n".join(lines)


def renewed(text: str) -> str:
    """Return the README with its tables as the code says."""
    for name, table in (("codes", codes_table()), ("mapping keys", mapping_table())):
        before, marker, after = text.partition(f"<!-- {name} -->\n")
        assert marker, f"the README has no place for the table of {name}"
        lines = after.splitlines(keepends=True)
        kept = dropwhile(lambda line: line.startswith("|") or line == "\n", lines)
        text = f"{before}{marker}\n{table}\n\n{''.join(kept)}"
    return text


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
