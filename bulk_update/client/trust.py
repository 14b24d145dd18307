"""Whose certificates are trusted: what the system trusts, and nobody else."""

from __future__ import annotations

import ssl

import pycurl


def trust_options(authorities: bytes | None = None) -> dict[int, object]:
    """Return libcurl's options that name the trusted authorities.

    They are the system's files as OpenSSL finds them (SSL_CERT_FILE and SSL_CERT_DIR included),
    or where there are none, on Windows and macOS, the system's own store. `authorities` (PEM)
    takes their place.
    """
    if authorities is not None:
        return {pycurl.CAINFO_BLOB: authorities}
    paths = ssl.get_default_verify_paths()
    options: dict[int, object] = {}
    if paths.cafile:
        options[pycurl.CAINFO] = paths.cafile
    if paths.capath:
        options[pycurl.CAPATH] = paths.capath
    return options or {pycurl.SSL_OPTIONS: pycurl.SSLOPT_NATIVE_CA}
