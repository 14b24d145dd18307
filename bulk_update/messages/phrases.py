"""Phrases for kinds of cells, errors of the system, HTTP statuses and words of the code."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bulk_update.language import N_
from bulk_update.records import CellKind

KIND_NAMES = {
    CellKind.NUMBER: "a number cell",
    CellKind.STYLED_NUMBER: (
        "a number cell that shows something else (a percentage, currency, fraction, padding or "
        "the like)"
    ),
    CellKind.BOOLEAN: "a boolean cell",
    CellKind.DATE: "a date cell",
    CellKind.DATETIME: "a datetime cell",
    CellKind.TIME: "a cell with a time of day or a time span",
    CellKind.ERROR: "an error cell",
    CellKind.NO_VALUE: "a formula without a value",
}

SYSTEM_ERRORS = {
    "ECONNREFUSED": "connection refused",
    "ECONNRESET": "connection reset",
    "ECONNABORTED": "connection aborted",
    "EPIPE": "connection closed",
    "ETIMEDOUT": "connection timed out",
    "EHOSTUNREACH": "host unreachable",
    "EHOSTDOWN": "host is down",
    "ENETUNREACH": "network unreachable",
    "ENETDOWN": "network is down",
    "EADDRNOTAVAIL": "no local address available",
    "EACCES": "permission denied",
    "EPERM": "operation not permitted (perhaps by a firewall)",
    "EMFILE": "too many open files",
    "ENFILE": "too many open files in the system",
    "ENOBUFS": "no buffer space available",
    "EAI_NONAME": "host name not found",
    "EAI_NODATA": "host name has no address",
    "EAI_AGAIN": "host name lookup failed temporarily",
    "EAI_FAIL": "host name lookup failed",
}
"""Errors of the operating system on connections, by their POSIX names."""

HTTP_PHRASES: Mapping[int, str] = MappingProxyType(
    {
        200: N_("OK"),
        201: N_("Created"),
        202: N_("Accepted"),
        204: N_("No Content"),
        301: N_("Moved Permanently"),
        302: N_("Found"),
        303: N_("See Other"),
        304: N_("Not Modified"),
        307: N_("Temporary Redirect"),
        308: N_("Permanent Redirect"),
        400: N_("Bad Request"),
        401: N_("Unauthorized"),
        402: N_("Payment Required"),
        403: N_("Forbidden"),
        404: N_("Not Found"),
        405: N_("Method Not Allowed"),
        406: N_("Not Acceptable"),
        407: N_("Proxy Authentication Required"),
        408: N_("Request Timeout"),
        409: N_("Conflict"),
        410: N_("Gone"),
        411: N_("Length Required"),
        412: N_("Precondition Failed"),
        413: N_("Content Too Large"),
        414: N_("URI Too Long"),
        415: N_("Unsupported Media Type"),
        421: N_("Misdirected Request"),
        422: N_("Unprocessable Content"),
        423: N_("Locked"),
        424: N_("Failed Dependency"),
        425: N_("Too Early"),
        426: N_("Upgrade Required"),
        428: N_("Precondition Required"),
        429: N_("Too Many Requests"),
        431: N_("Request Header Fields Too Large"),
        451: N_("Unavailable For Legal Reasons"),
        500: N_("Internal Server Error"),
        501: N_("Not Implemented"),
        502: N_("Bad Gateway"),
        503: N_("Service Unavailable"),
        504: N_("Gateway Timeout"),
        505: N_("HTTP Version Not Supported"),
        507: N_("Insufficient Storage"),
        508: N_("Loop Detected"),
        511: N_("Network Authentication Required"),
    }
)
"""The phrase of RFC 9110, or of an RFC that extends it, for each status that servers send."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "statuses": N_("the statuses"),
        "agents": N_("the agents"),
        "records": N_("the records"),
        "ahead of": N_("is ahead of"),
        "behind": N_("is behind"),
    }
)
"""Words of the code that are parameters of sentences, as translations show them."""
