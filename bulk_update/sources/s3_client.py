"""The client of the AWS SDK: what is used of it, its time limits, and its errors.

Credentials, region, proxy and endpoint (`AWS_ENDPOINT_URL`) are those of the SDK.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit

import boto3
from botocore import exceptions
from botocore.config import Config

from bulk_update.errors import BulkUpdateError, UsageError
from bulk_update.records import Issue
from bulk_update.sources.remote_errors import unavailable, unusable

Response = dict[str, Any]

NOT_FOUND = 404
PRECONDITION_FAILED = frozenset({409, 412})
NOT_IMPLEMENTED = frozenset({400, 501})
"""What stores respond that do not know a condition."""

_REFUSED = frozenset({401, 403})
_USER_INFO = re.compile(r"(?<=//)[^/@\s]*@")

_CREDENTIAL_ERRORS = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.NoAuthTokenError,
    exceptions.TokenRetrievalError,
    exceptions.SSOError,
)
_SETTINGS_ERRORS = (
    ValueError,  # the endpoint's URL
    exceptions.ProfileNotFound,
    exceptions.ConfigNotFound,
    exceptions.ConfigParseError,
    exceptions.InvalidConfigError,
)
_CONNECTION_ERRORS = (exceptions.ConnectionError, exceptions.HTTPClientError)
_SILENCE = (exceptions.ConnectTimeoutError, exceptions.ReadTimeoutError)


class S3Client(Protocol):
    """What is used of boto3's client."""

    @property
    def meta(self) -> Any:
        """Describe the client; its `endpoint_url` is where requests go."""

    def list_objects_v2(self, **request: object) -> Response:
        """Return one page of keys."""

    def head_object(self, **request: object) -> Response:
        """Return what is known about an object."""

    def get_object(self, **request: object) -> Response:
        """Return an object, with its content as a stream."""

    def copy_object(self, **request: object) -> Response:
        """Copy an object on the server."""

    def delete_object(self, **request: object) -> Response:
        """Delete an object, or hide it where versions are kept."""

    def close(self) -> None:
        """Release connections."""


def new_client(*, silence_seconds: float) -> S3Client:
    """Return a client that waits this long for a connection or a part of a response.

    Raises UsageError if the SDK's settings are wrong.
    """
    config = Config(
        connect_timeout=silence_seconds,
        read_timeout=silence_seconds,
        retries={"mode": "standard", "total_max_attempts": 2},
        request_checksum_calculation="when_required",  # other stores than S3 may refuse checksums
    )
    try:
        client: S3Client = boto3.session.Session().client("s3", config=config)
    except _SETTINGS_ERRORS as error:
        raise UsageError(Issue("location", {"error": _words(error)}, "sdk-settings")) from error
    return client


@contextmanager
def errors_translated(client: S3Client, name: str) -> Iterator[None]:
    """Turn the SDK's exceptions about the object `name` into this program's.

    Raises InputError if the object or the bucket is missing or a condition is not met, and
    ServiceError for everything else.
    """
    host = urlsplit(str(client.meta.endpoint_url)).hostname or "S3"
    try:
        yield
    except exceptions.ClientError as error:
        raise _error_of(error, host=host, name=name) from error
    except _CREDENTIAL_ERRORS as error:
        raise unavailable("no-credentials", host=host, error=_words(error)) from error
    except _SILENCE as error:
        seconds = client.meta.config.read_timeout
        raise unavailable("silent", host=host, seconds=seconds) from error
    except _CONNECTION_ERRORS as error:
        raise unavailable("unreachable", host=host, error=_words(error)) from error
    except exceptions.BotoCoreError as error:
        raise unavailable("failed", host=host, name=name, error=_words(error)) from error


def status_of(error: exceptions.ClientError) -> int:
    """Return the HTTP status of a response that is an error."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _error_of(error: exceptions.ClientError, *, host: str, name: str) -> BulkUpdateError:
    status = status_of(error)
    if error.response.get("Error", {}).get("Code") == "NoSuchBucket":
        return unusable("no-bucket", name=name, host=host)
    if status == NOT_FOUND:
        return unusable("gone", name=name)
    if status in PRECONDITION_FAILED:
        return unusable("changed", name=name)
    variant = "forbidden-s3" if status in _REFUSED else "failed"
    return unavailable(variant, host=host, name=name, error=_words(error))


def _words(error: Exception) -> str:
    """Return what the SDK says, without the user info of a URL."""
    return _USER_INFO.sub("", str(error)).strip().rstrip(".")
