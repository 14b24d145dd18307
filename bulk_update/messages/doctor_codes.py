"""The codes of what `doctor` finds."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bulk_update.messages.entries import Entry

FINDINGS: Mapping[str, Entry] = MappingProxyType(
    {
        "sound": Entry(
            "what `doctor` checked is as it should be",
            "valid",
            "nothing to do",
            {
                "program": "bulk-update {version:plain}, Python {python:plain}, {system:plain}",
                "libraries": "{versions:list}",
                "time-zone": "{zone:plain}",
                "mapping": "{path:plain}",
                "base-url": "{url:plain}",
                "username": "{name:plain}",
                "password-file": "from {path:plain}",
                "password-environment": "from BULK_UPDATE_PASSWORD",
                "password-credential": "from the systemd credential {path:plain}",
                "password-keyring": "from the system's keyring",
                "no-proxy": "none",
                "exempt": "HTTPS_PROXY is not used for this host",
                "proxy": "{address:plain}",
                "address": "{host:plain}",
                "addresses": "{host:plain} is {addresses:list}",
                "connected": "{host:host}:{port} accepts connections",
                "tunnel": "the proxy opens a tunnel to {host:host}:{port}",
                "plain": "not used: {host:plain} is this machine",
                "trusted": "the certificate is trusted",
                "valid": "the certificate is trusted and valid until {date:plain} ({days} days)",
                "clock": "differs from the server's by less than {seconds:seconds}",
                "statuses": "can be read ({count:number})",
                "agents": "can be read ({count:number}, active in the campaign: {active:number})",
                "records": "can be read ({count:number})",
                "folder": "{path:plain}",
                "new-folder": "{path:plain} does not exist yet",
                "disk": "{free:size} free",
                "no-ledger": "none yet; the first run creates it",
                "ledger": "format {format}, {runs:runs}, {size:size}",
                "ledger-server": "format {format}, {runs:runs}, {size:size}, on PostgreSQL "
                "{server:plain}",
                "free": "nothing is sending",
            },
        ),
        "not-checked": Entry(
            "`doctor` could not check this because of another problem, or had no reason to",
            "not checked",
            "solve the other problems, then run `doctor` again",
            {
                "no-mapping": "none given (-m)",
                "no-date": "not checked: the server's response has no date",
            },
        ),
        "old-sqlite": Entry(
            "this Python's SQLite is too old for a ledger",
            "SQLite {version:plain} is too old (expected {oldest:plain} or newer)",
            "use a Python with a newer SQLite",
        ),
        "unknown-zone": Entry(
            "this system does not know the time zone in which dates are sent",
            "the time zone {zone} is not known on this system",
            "install the system's time zone data, or `pip install tzdata`",
        ),
        "no-connection": Entry(
            "the service cannot be reached",
            "{words:plain}",
            "check the base URL, the network and the firewall",
        ),
        "no-tunnel": Entry(
            "the proxy is unreachable, or opens no tunnel to the service",
            "{words:plain}",
            "check `--proxy` or HTTPS_PROXY, its user name and password, and the proxy's rules",
        ),
        "no-trust": Entry(
            "the TLS connection failed, or the server's certificate is not trusted",
            "{words:plain}",
            "check the base URL and this machine's clock; if a proxy inspects TLS, add its "
            "certificate to the system's trusted certificates",
        ),
        "certificate-ends": Entry(
            "the server's certificate expires soon",
            "the certificate is trusted, but valid for only {days} more days (until {date:plain})",
            "ask the service's operator whether it will be renewed in time",
        ),
        "clock-differs": Entry(
            "this machine's clock differs from the server's",
            "{seconds:seconds} {direction:plain} the server's",
            "synchronise this machine's clock (NTP): dates such as `today` depend on it",
        ),
        "credentials-refused": Entry(
            "the API refused the user name or password (401)",
            "the API refused the user name or password (401)",
            "correct the user name and password",
        ),
        "read-refused": Entry(
            "the API does not let this user read this part of the campaign (403, 404)",
            "cannot be read (HTTP {status:status}){words:after}",
            "if this user should be able to read it, ask for the permission and check the "
            "campaign; updates can work without it",
        ),
        "names-unreadable": Entry(
            "the mapping sends statuses by name, and the API does not let this user read them",
            "cannot be read (HTTP {status:status}){words:after}, but the mapping sends statuses "
            "by name",
            "ask for the permission to read the campaign's statuses, or use status_id in the "
            "mapping",
        ),
        "no-answer": Entry(
            "the service did not respond, or not in time",
            "{words:plain}",
            "try again later, or with a longer `--timeout`",
        ),
        "service-error": Entry(
            "the service reports an internal error, or too many requests",
            "HTTP {status:status}{words:after}",
            "try again later; if the error persists, ask the service's operator",
        ),
        "unexpected-answer": Entry(
            "something other than the API responded: a web page, a redirect or an unknown format",
            "HTTP {status}: {words:plain}",
            "check the base URL; a login page can come from a proxy or the network's portal",
            {
                "undocumented": "HTTP {status}, but not what the API's documentation "
                "describes{words:after}",
                "not-http": "{words:plain}",
            },
        ),
        "exposed-state": Entry(
            "other users can read or change the contents of the state folder",
            "other users can write to {path:plain}",
            "restrict it: chmod 700 for the folder, 600 for the ledger",
            {"ledger": "other users can read the ledger in {path:plain}"},
        ),
        "little-space": Entry(
            "the state folder's disk has little free space",
            "only {free:size} free in {path:plain}",
            "free some space, or choose a folder on another disk with `--state`",
        ),
        "ledger-older": Entry(
            "an older version of bulk-update wrote the ledger",
            "format {format}, which the next run upgrades to {current}; a copy is kept",
            "nothing to do",
        ),
        "ledger-clock-differs": Entry(
            "this machine's clock differs from that of the ledger's server",
            "this machine's clock and that of its server differ by {seconds:seconds}",
            "synchronise the clocks (NTP), so that the times in the ledger are comparable",
        ),
        "sending-now": Entry(
            "a run is sending from this ledger",
            "{holder:plain} is sending",
            "wait until it has finished before you start another run, or use `--wait`",
        ),
    }
)
"""What `doctor` says of each part of a set-up."""
