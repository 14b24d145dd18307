from __future__ import annotations

from bulk_update.cells.issue_codes import ISSUE_CODES, IssueCode


def test_every_code_has_a_meaning() -> None:
    assert set(ISSUE_CODES) == set(IssueCode)
    assert all(code == code.lower() and " " not in code for code in ISSUE_CODES)
