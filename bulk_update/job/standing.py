"""Whose standing a command changes: a job's, in one system."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from bulk_update.client import parse_base_url
from bulk_update.errors import UsageError


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose standing a command changes.

    `names` are those of `names_of`. `is_no_news` is whether the ending says nothing about the job.
    """

    names: tuple[str, ...]
    kind: str
    is_no_news: bool = False


def names_of(job: str, mapping_path: str, *, system: str) -> tuple[str, ...]:
    """Return what the ledger remembers a standing by, the best name first.

    A mapping that cannot be read has no `job` (empty). A job stands differently in each system; if
    a refusal came before the system was known (empty), it is remembered without one, and the next
    ending in any system follows it.
    """
    names = tuple(filter(None, (job, mapping_path))) or ("",)
    in_system = tuple(f"{system} {name}" for name in names) if system else ()
    return in_system + names


def system_of(base_url: str | None) -> str:
    """Return the host of a base URL, with any explicit port; empty if there is no valid one."""
    try:
        return urlsplit(parse_base_url(base_url)).netloc if base_url else ""
    except UsageError:
        return ""
