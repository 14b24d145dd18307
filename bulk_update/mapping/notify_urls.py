"""The URLs of `notify`, which hold secrets, are not kept in the ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from bulk_update.mapping.file_text import text_of
from bulk_update.mapping.secret_lines import URL
from bulk_update.mapping.syntax import events_of

KEY = "notify"
PLACEHOLDER = "removed://"
"""What the ledger keeps in place of a URL."""

_COMMENT = re.compile(r"\s*#")


def without_urls(data: bytes) -> bytes:
    """Return a sound mapping file with placeholders in place of the URLs of `notify`.

    URLs in comments of whole lines are replaced, too. A file without URLs is returned as it is.
    """
    text, _ = text_of(data)
    kept, end = [], 0
    for begin, stop in _spans(text):
        is_block = text[begin:stop].endswith("\n")
        kept += [text[end:begin], f'"{PLACEHOLDER}"', "\n" * is_block]
        end = stop
    stored = "".join((*kept, text[end:]))
    lines = stored.splitlines(keepends=True)
    stored = "".join(URL.sub(PLACEHOLDER, each) if _COMMENT.match(each) else each for each in lines)
    return data if stored == text else stored.encode()


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each text below `notify` begins and ends."""
    depth, position, key = 0, 0, ""
    for event in events_of(text):
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        if depth == 1:
            position += 1
            if position % 2 == 1:
                key = event.value if isinstance(event, yaml.ScalarEvent) else ""
                continue
        if key == KEY and depth and isinstance(event, yaml.ScalarEvent):
            yield _index(event.start_mark), _index(event.end_mark)
        depth += isinstance(event, yaml.CollectionStartEvent)


def _index(mark: Any) -> int:  # the marks of libyaml and PyYAML have no common class
    return int(mark.index)
