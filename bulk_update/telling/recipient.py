"""Who is notified, and under which names that hold no secrets."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bulk_update.telling.redaction import scheme_of


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is notified: a URL, and its name without secrets among those of the command."""

    url: str = field(repr=False)
    name: str

    @property
    def key(self) -> str:
        """What the ledger remembers the URL by: its scheme and a checksum.

        The checksum is too short to find a secret with it: many URLs have the same one. It tells
        apart the few that a job has at one time or another.
        """
        checksum = zlib.crc32(self.url.encode(errors="replace")) & 0xFFFF
        return f"{scheme_of(self.url)} {checksum:04x}"


def recipients_of(urls: Sequence[str]) -> list[Recipient]:
    """Return a recipient for each URL, named by its scheme, with a number from the second on."""
    seen: Counter[str] = Counter()
    found = []
    for url in urls:
        scheme = scheme_of(url)
        seen[scheme] += 1
        name = f"{scheme} {seen[scheme]}" if seen[scheme] > 1 else scheme
        found.append(Recipient(url, name))
    return found
