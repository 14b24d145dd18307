"""Examining this machine: the program, its libraries and its time zones."""

from __future__ import annotations

import platform
import ssl
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from zoneinfo import ZoneInfo

from bulk_update import __version__
from bulk_update.job.doctor.findings import Finding, Topic, sound, wrong
from bulk_update.ledger import sqlite_version
from bulk_update.records import Issue

_LIBRARIES = ("httpx", "httptools", "truststore", "pandas", "openpyxl", "pydantic", "PyYAML")
_OPTIONAL = ("uvloop", "keyring")


def examine_machine() -> Iterator[Finding]:
    """Yield what is found about the program and its libraries."""
    yield sound(
        Topic.PROGRAM,
        {
            "version": __version__,
            "python": platform.python_version(),
            "system": " ".join(filter(None, (platform.system(), platform.machine()))),
        },
        "program",
    )
    sqlite, oldest = sqlite_version()
    if oldest:
        yield wrong(Topic.LIBRARIES, Issue("old-sqlite", {"version": sqlite, "oldest": oldest}))
    else:
        yield sound(Topic.LIBRARIES, {"versions": tuple(_versions(sqlite))}, "libraries")


def examine_time_zone(zone: str) -> Finding:
    """Return whether the system knows the time zone in which dates are sent."""
    try:
        ZoneInfo(zone)
    except (KeyError, OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError
        return wrong(Topic.TIME_ZONE, Issue("unknown-zone", {"zone": zone}))
    return sound(Topic.TIME_ZONE, {"zone": zone}, "time-zone")


def _versions(sqlite: str) -> Iterator[str]:
    yield f"SQLite {sqlite}"
    yield " ".join(ssl.OPENSSL_VERSION.split()[:2])
    for name in (*_LIBRARIES, *_OPTIONAL):
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:  # an optional one
            continue
