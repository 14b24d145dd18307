"""The options that several commands share, and their conversion to a request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bulk_update.errors import UsageError
from bulk_update.invalid_value import InvalidValueError
from bulk_update.limits import parse_duration
from bulk_update.records import Issue
from bulk_update.stop_request import StopRequest

if TYPE_CHECKING:  # the job imports pandas and httpx, which help does not need
    from bulk_update.job.request import Request, RunOptions
    from bulk_update.records import SourceOptions
    from bulk_update.settings import Settings

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Value = TypeVar("Value")

_PATH = click.Path(path_type=Path)
_SETTINGS = (
    "base_url", "username", "password_file", "proxy", "state", "ledger",
    "rate", "workers", "timeout", "retries", "patience",
)  # fmt: skip

SOURCE = [
    click.option("--encoding", metavar="NAME", help="Encoding of a text file, e.g. cp1250."),
    click.option("--delimiter", metavar="CHAR",
                 help="Delimiter of a text file: one character, or tab."),
    click.option("--sheet", metavar="NAME|N", help="Sheet of a workbook: its name or number."),
]  # fmt: skip

_FILE = click.Path(path_type=str)  # a Path would shorten the // of a URL

FILE = [
    click.argument("file", type=_FILE),
    click.option("-m", "--mapping", "mapping_path", type=_PATH, required=True, metavar="MAPPING",
                 help="The YAML file that maps columns to fields."),
    *SOURCE,
]  # fmt: skip

SOURCES = [
    click.option("--newest", is_flag=True,
                 help="FILE is a quoted pattern: take its newest file."),
    click.option("--max-age", metavar="DURATION",
                 help="Refuse a file older than this: 26h."),
]  # fmt: skip

ARCHIVE = [
    click.option("--archive", type=_FILE, metavar="DIR",
                 help="Move FILE here when nothing is left to send."),
]  # fmt: skip

CONNECTION = [
    click.option("--base-url", metavar="URL", help="Address of the system, e.g. https://acme.thulium.com."),
    click.option("--username", metavar="NAME", help="Login of the API user."),
    click.option("--password-file", type=_PATH, metavar="FILE",
                 help="File with the password (or set BULK_UPDATE_PASSWORD, or use the keyring)."),
    click.option("--proxy", metavar="URL", help="HTTP proxy (default: HTTPS_PROXY)."),
]  # fmt: skip

_RATE = click.option("--rate", metavar="R", help="Requests per second, or unlimited (default 5).")
_WORKERS = click.option("--workers", metavar="N", help="Maximum requests in flight (default 4).")
_TIMEOUT = click.option("--timeout", metavar="DURATION",
                        help="Time limit of one attempt: 30, 2m (default 30).")  # fmt: skip
_RETRIES = click.option("--retries", metavar="N",
                        help="Attempts per row after the first (default 4).")  # fmt: skip
_PATIENCE = click.option("--patience", metavar="DURATION",
                         help="How long to wait out an outage: 60, 5m (default 60).")  # fmt: skip

TIMEOUT = [_TIMEOUT]
DELIVERY = [_RATE, _WORKERS, _TIMEOUT, _RETRIES, _PATIENCE]
ONLY_READING = [_RATE, _TIMEOUT, _PATIENCE]

GUARDS = [
    click.option("--guard", "guards", multiple=True, metavar="NAME=VALUE",
                 help="Override a guard of the mapping: --guard max_rows=500."),
    click.option("--expect-changes", type=click.IntRange(min=0), metavar="N",
                 help="Let a plan of N rows to send (within 1%) pass the learned guards."),
]  # fmt: skip

CHANGES = [
    click.option("--only-changed/--full", "only_changed", default=None,
                 help="Skip records that already have these values, or send them too (default: "
                 "mapping)."),
    click.option("--again", is_flag=True, help="Send rows even if an earlier run sent them."),
]  # fmt: skip

LIVE = [
    click.option("--live/--offline", "live", default=None,
                 help="Check rows against the campaign's statuses and agents, as read now or last "
                 "time (default: mapping)."),
    click.option("--reference-age", metavar="AGE",
                 help="How old that data may be when rows are sent: 3h (default 24h)."),
]  # fmt: skip

SNAPSHOT = [
    click.option(
        "--snapshot",
        is_flag=True,
        help="Keep what the records show before anything is sent to them.",
    ),
]

PRESENT = [
    click.option("--snapshot", is_flag=True,
                 help="Read what the records hold now, and show it in the plan."),
]  # fmt: skip

VERIFY = [
    click.option("--verify", is_flag=True,
                 help="Read the records back after sending (implies --snapshot)."),
]  # fmt: skip

WAITING = [
    click.option("--wait", metavar="DURATION",
                 help="How long to wait for another run to finish: 30m (default 0)."),
]  # fmt: skip

LIMIT = [
    click.option("--limit", type=click.IntRange(min=0), metavar="N",
                 help="Send at most N rows now."),
]  # fmt: skip

CONSENT = [click.option("--yes", is_flag=True, help="Do not ask for confirmation.")]

SENDING = [*LIMIT, *SNAPSHOT, *VERIFY, *WAITING, *CONSENT]

TELLING = [
    click.option("--notify", "notify_urls", multiple=True, metavar="URL",
                 help="Whom to notify: mailto://... (may be repeated)."),
    click.option("--notify-on", type=click.Choice(["change", "always"]), default="change",
                 metavar="WHEN", help="Notify on change (default), or always."),
    click.option("--ping", metavar="URL", help="Monitoring service to ping at start and end."),
]  # fmt: skip

STATE = [
    click.option("--state", type=_PATH, metavar="DIR",
                 help="Folder of the ledger (default: the user's state folder)."),
    click.option("--ledger", metavar="URL",
                 help="Ledger on PostgreSQL: postgresql://user@host/database."),
]  # fmt: skip

OUT = [
    click.option("--out", type=_PATH, metavar="DIR",
                 help="Folder for the report (default: that of the run's other files)."),
]  # fmt: skip

PLACES = [
    *STATE,
    click.option("--out", type=_PATH, metavar="DIR",
                 help="Folder for the results (default ./bulk-update-results/<run id>)."),
    click.option("--results-delimiter", default=",", metavar="CHAR",
                 help='Delimiter of results.csv (default ","); use ";" for Polish Excel.'),
    click.option("--group-readable", is_flag=True,
                 help="Let the group read the ledger and the results."),
    click.option("--no-report", is_flag=True, help="Do not write report.html."),
]  # fmt: skip

_AS_JSON = click.option(
    "--json", "as_json", is_flag=True, help="Print the summary as one JSON object."
)
_NO_PROGRESS = click.option("--no-progress", is_flag=True, help="Do not show a progress bar.")

PRINTING = [
    _AS_JSON,
    click.option("--quiet", is_flag=True, help="Print errors only."),
    _NO_PROGRESS,
]

_ONE_LINE = click.option("--quiet", is_flag=True, help="Print one line, and errors.")

SUMMARY = [_AS_JSON, _ONE_LINE, _NO_PROGRESS]

OUTPUT = [
    _AS_JSON,
    _ONE_LINE,
    click.option("--verbose", is_flag=True, help="Print the outcome of every row."),
    _NO_PROGRESS,
]


LOGGING = [
    click.option("--log-format", type=click.Choice(["text", "json"]),
                 help="Write events to stderr, and nothing else."),
    click.option("--metrics", type=_PATH, metavar="FILE",
                 help="Write metrics for Prometheus to FILE."),
]  # fmt: skip


def options(*groups: list[Callable[[Any], Any]]) -> Callable[[Decorated], Decorated]:
    """Add the options of these groups to a command, in this order."""

    def decorated(command: Decorated) -> Decorated:
        for group in reversed(groups):
            for option in reversed(group):
                command = option(command)
        return command

    return decorated


def request_of(given: dict[str, Any]) -> Request:
    """Convert a command's parameters to a request. Raises UsageError for invalid values."""
    from bulk_update.job.request import Request

    max_age = given.get("max_age")
    return Request(
        file=Path(given["file"]),
        mapping_path=given["mapping_path"],
        options=run_options_of(given),
        source=source_of(given),
        only_changed=given["only_changed"],
        again=given["again"],
        given=given["file"],
        newest=given.get("newest", False),
        max_age_seconds=None if max_age is None else seconds_of("--max-age", max_age),
    )


def source_of(given: dict[str, Any]) -> SourceOptions:
    """Return the options for reading a file. Raises UsageError for invalid values."""
    from bulk_update.mapping import source_scalars
    from bulk_update.records import SourceOptions

    return SourceOptions(
        encoding=_read("--encoding", source_scalars.encoding, given["encoding"]),
        delimiter=_read("--delimiter", source_scalars.delimiter, given["delimiter"]),
        sheet=_read("--sheet", source_scalars.sheet, given["sheet"]),
    )


def run_options_of(given: dict[str, Any]) -> RunOptions:
    """Convert a command's parameters to run options. Raises UsageError for invalid values."""
    from bulk_update.job.request import RunOptions
    from bulk_update.mapping import source_scalars

    return RunOptions(
        settings=settings_of(given),
        out=_storable("--out", given["out"]),
        guards=dict(_guard(text) for text in given.get("guards", ())),
        limit=given.get("limit"),
        expect_changes=given.get("expect_changes"),
        snapshot=given.get("snapshot", False),
        verifies=given.get("verify", False),
        wait_seconds=seconds_of("--wait", given.get("wait")),
        results_delimiter=_read(
            "--results-delimiter", source_scalars.delimiter, given["results_delimiter"]
        )
        or ",",
        live=given.get("live"),
        reference_age_seconds=_reference_age(given.get("reference_age")),
        group_readable=given["group_readable"],
        archive=given.get("archive"),
        with_page=not given["no_report"],
        stop=stop_request(),
    )


def _reference_age(text: str | None) -> float:
    from bulk_update.job.request import DEFAULT_REFERENCE_AGE_SECONDS

    return DEFAULT_REFERENCE_AGE_SECONDS if text is None else seconds_of("--reference-age", text)


def stop_request() -> StopRequest:
    """Return the stop request of the program that runs the command."""
    context = click.get_current_context(silent=True)
    return (context and context.find_object(StopRequest)) or StopRequest()


def _storable(option: str, path: Path | None) -> Path | None:
    """Return a path that the ledger can store. Raises UsageError for a name that is not UTF-8."""
    try:
        str(path.absolute() if path else "").encode()
    except UnicodeEncodeError:
        params = {"option": option, "path": str(path)}
        raise UsageError(Issue("usage", params, "unstorable-name")) from None
    return path


def settings_of(given: dict[str, Any]) -> Settings:
    """Return the settings of a command's parameters. Raises UsageError for invalid values."""
    from bulk_update.settings import load_settings

    return load_settings({name: given.get(name) for name in _SETTINGS})


def viewing_options(given: dict[str, Any]) -> RunOptions:
    """Return the run options for viewing the ledger."""
    from bulk_update.job.request import RunOptions
    from bulk_update.settings import load_settings

    settings = load_settings({name: given.get(name) for name in _SETTINGS})
    return RunOptions(
        settings=settings,
        out=_storable("--out", given.get("out")),
        live=given.get("live"),
        stop=stop_request(),
    )


def _guard(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(Issue("usage", {"text": text}, "guard-without-value"))
    return name.strip(), value.strip()


def _read(option: str, read: Callable[[object], Value], text: str | None) -> Value | None:
    """Read an option like the mapping key of this name. Raises UsageError for an invalid value."""
    from bulk_update.mapping.document import Unquoted

    try:
        return None if text is None else read(Unquoted(text))
    except InvalidValueError as error:
        raise _invalid_option(option, error) from None


def seconds_of(option: str, text: str | None) -> float:
    """Return a duration in seconds, or 0 for None. Raises UsageError for an invalid value."""
    try:
        return parse_duration(text) if text is not None else 0.0
    except InvalidValueError as error:
        raise _invalid_option(option, error) from None


def _invalid_option(option: str, error: InvalidValueError) -> UsageError:
    return UsageError(Issue("usage", {"option": option, "fault": error.issue}, "option"))
