"""The statement that stores an outcome."""

from __future__ import annotations

PUT_OUTCOME = """
INSERT OR REPLACE INTO outcome (row_id, outcome, code, reasons, http_status, attempts, request_id,
    sent_at_us, finished_at_us, elapsed_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
"""A new outcome has not been read back yet."""
