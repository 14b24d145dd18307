"""The statement that stores an outcome."""

from __future__ import annotations

PUT_OUTCOME = """
INSERT INTO outcome (row_id, outcome, code, reasons, http_status, attempts, request_id,
    sent_at_us, finished_at_us, elapsed_ms)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (row_id) DO UPDATE SET outcome = excluded.outcome, code = excluded.code,
    reasons = excluded.reasons, http_status = excluded.http_status, attempts = excluded.attempts,
    request_id = excluded.request_id, sent_at_us = excluded.sent_at_us,
    finished_at_us = excluded.finished_at_us, elapsed_ms = excluded.elapsed_ms, verified = NULL
"""
"""A new outcome has not been read back yet."""
