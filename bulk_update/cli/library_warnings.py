"""Warnings of Python and of libraries, which would otherwise appear on stderr as plain text."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from bulk_update.cli.event_log import EventLog


class _Handler(logging.Handler):
    def __init__(self, log: EventLog) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.write_library_warning(record.name, self.format(record))


@contextmanager
def library_warnings_to(log: EventLog) -> Iterator[None]:
    """Write warnings as events while the block runs."""
    handler, root = _Handler(log), logging.getLogger()
    root.addHandler(handler)
    logging.captureWarnings(capture=True)
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        root.removeHandler(handler)
