"""Why an attempt got no response: httpx errors that carry parameters instead of text.

The class says whether anything may have been sent. `thulium` gives each class a code; `variant`
selects one of the code's messages, and `params` fills it in.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping

import httpx

from bulk_update.records import Param
from bulk_update.system_errors import name_of_system_error


class FailedAttempt(httpx.TransportError):
    """An attempt without a response, and the reason."""

    def __init__(self, variant: str = "", params: Mapping[str, Param] | None = None) -> None:
        super().__init__(variant)
        self.variant = variant
        self.params = params or {}


class UnreachableError(FailedAttempt, httpx.ConnectError):
    """No connection was established: nothing was sent."""


class TLSError(FailedAttempt, httpx.ConnectError):
    """TLS failed: nothing was sent."""


class ProxyError(FailedAttempt, httpx.ProxyError):
    """The proxy did not open a tunnel: nothing was sent."""


class ProxyAuthenticationError(ProxyError):
    """The proxy rejected the user name and password: nothing was sent."""


class BadResponseError(FailedAttempt, httpx.RemoteProtocolError):
    """The response is not valid HTTP. The parameters contain none of its bytes."""


class DisconnectedError(FailedAttempt, httpx.ReadError):
    """The connection broke before the response was complete."""


class LateError(FailedAttempt, httpx.ReadTimeout):
    """The response was not complete in time."""


def system_error(error: OSError) -> tuple[str, Mapping[str, Param]]:
    """Return the variant and parameters for an error of the operating system.

    `error` is its symbolic name, such as ECONNREFUSED or EAI_NONAME; `number` is its number.
    """
    return "system", {"error": name_of_system_error(error), "number": error.errno or 0}


def tls_error(error: ssl.SSLError) -> TLSError:
    """Return an error that gives the reason in OpenSSL's or the system's words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return TLSError("certificate", {"words": error.verify_message})
    return TLSError("library", {"words": error.reason or error.strerror or str(error)})
