"""Places with remote files, alike for every kind of source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import boto3

from bulk_update.sources import Source, source_of


class Place(Protocol):
    """A folder that a source can read; `url` is its URL, without a slash at the end."""

    url: str

    def put(self, name: str, content: bytes) -> None:
        """Write a file; its folder is created."""

    def content(self, name: str) -> bytes | None:
        """Return what a file contains; None if there is no such file."""

    def make_folder(self, name: str) -> None:
        """Create a folder, where there are folders."""


@contextmanager
def opened(place: Place, name: str, *, newest: bool = False, **given: Any) -> Iterator[Source]:
    """Open the source of a file or a pattern in a place."""
    with closing(source_of(f"{place.url}/{name}", newest=newest, **given)) as source:
        yield source


@dataclass
class SftpPlace:
    """A folder of an SFTP server."""

    url: str
    root: Path

    def put(self, name: str, content: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def content(self, name: str) -> bytes | None:
        path = self.root / name
        return path.read_bytes() if path.is_file() else None

    def make_folder(self, name: str) -> None:
        (self.root / name).mkdir(parents=True, exist_ok=True)


class S3Place:
    """A bucket."""

    def __init__(self, endpoint: str, bucket: str) -> None:
        self.url = f"s3://{bucket}"
        self.bucket = bucket
        self.client: Any = boto3.session.Session().client(
            "s3", endpoint_url=endpoint, region_name="us-east-1"
        )
        self.client.create_bucket(Bucket=bucket)

    def put(self, name: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=name, Body=content)

    def content(self, name: str) -> bytes | None:
        try:
            found = self.client.get_object(Bucket=self.bucket, Key=name)
        except self.client.exceptions.NoSuchKey:
            return None
        return bytes(found["Body"].read())

    def make_folder(self, name: str) -> None:
        """Do nothing: folders are parts of keys."""
