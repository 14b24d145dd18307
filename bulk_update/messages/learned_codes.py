"""The codes of learned guards: what is unusual about a plan, compared with the job's last runs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bulk_update.messages.entries import Entry

_IF_RIGHT = (
    "check the file; if it is right, `--expect-changes N` lets the run pass, where N is the number "
    "of rows to send"
)
_USUAL = "{share:percent}, but up to {usual:percent} is usual (last {runs:runs})"

LEARNED: Mapping[str, Entry] = MappingProxyType(
    {
        "unusual-rows": Entry(
            "the number of data rows is unusual for the job",
            "the file has {rows:data_rows}, but {least:number} to {most:number} are usual (last "
            "{runs:runs})",
            _IF_RIGHT,
        ),
        "blank-column": Entry(
            "a mapped column is completely blank, and was not in any of the job's last runs",
            "all cells of the column {column}{left_out:more} are blank, unlike in the last "
            "{runs:runs}",
            _IF_RIGHT,
            {
                "one-run": "all cells of the column {column}{left_out:more} are blank, unlike in "
                "the last run",
            },
        ),
        "unusual-invalid": Entry(
            "the share of invalid rows is higher than in the job's last runs",
            f"rows that failed validation: {_USUAL}",
            _IF_RIGHT,
        ),
        "unusual-sent": Entry(
            "the share of rows to send, or of rows that are left out (filtered, duplicate or "
            "superseded), is higher than in the job's last runs",
            f"rows that would be sent: {_USUAL}",
            _IF_RIGHT,
            {"left-out": f"rows that are filtered, duplicate or superseded: {_USUAL}"},
        ),
        "unusual-status": Entry(
            "more rows than in the job's last runs get the same status",
            f"rows that set {{field:plain}} to {{value:plain}}{{left_out:more}}: {_USUAL}",
            _IF_RIGHT,
            {
                "rare": "rows that set {field:plain} to a rare or unknown value{left_out:more}: "
                f"{_USUAL}",
            },
        ),
        "unusual-blanks": Entry(
            "a mapped column has more blank cells than in the job's last runs",
            f"blank cells in the column {{column}}{{left_out:more}}: {_USUAL}",
            _IF_RIGHT,
        ),
        "unusual-clears": Entry(
            "more rows than in the job's last runs clear a field",
            f"rows that clear {{field:plain}}{{left_out:more}}: {_USUAL}",
            _IF_RIGHT,
        ),
        "expect-changes": Entry(
            "the number of rows to send is not within 1 % of `--expect-changes`",
            "--expect-changes is {expected:number}, but {rows:rows} would be sent",
            "check the file; `--expect-changes` is meant for one run, so leave it out of scheduled "
            "commands",
        ),
    }
)
"""Ends of runs before anything is sent."""

LEARNED_NOTICES: Mapping[str, Entry] = MappingProxyType(
    {
        "learning": Entry(
            "`learn` is on, but the job has too few finished runs to compare the plan with",
            "learning: {known:number} of {needed:runs}; until then, only a column that has become "
            "blank stops a run",
            "nothing to do, but check the job's first runs yourself",
            {
                "no-base-url": "learned guards are not applied, because they need the base URL",
            },
        ),
        "guards-lifted": Entry(
            "`--expect-changes` lets a run pass that learned guards would stop",
            "lifted by --expect-changes: {codes:list}",
            "nothing to do",
        ),
    }
)
"""Notices in the plan about learned guards."""
