"""Files in S3, or in a store that speaks its protocol.

A file is identified by its ETag: what is copied or archived is what was found, or nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from botocore.exceptions import ClientError

from bulk_update.errors import BulkUpdateError
from bulk_update.sources.deadline import seconds_for
from bulk_update.sources.location import Location, archive_of, with_run_id
from bulk_update.sources.private_file import private_file
from bulk_update.sources.remote_errors import pattern_without_newest, unavailable, unusable
from bulk_update.sources.s3_client import (
    NOT_FOUND,
    NOT_IMPLEMENTED,
    PRECONDITION_FAILED,
    Response,
    S3Client,
    errors_translated,
    new_client,
    status_of,
)
from bulk_update.sources.source import Found

MOST_FILES = 100_000
"""Objects of one folder; more would take minutes to list."""

MOST_COPIED_BYTES = 5 * 2**30
"""What S3 copies in one request."""

_SILENCE_SECONDS = 20.0
_CHUNK_BYTES = 2**20
_EPOCH = datetime.fromtimestamp(0, UTC)


class S3Source:
    """One object of a bucket, or those that match a pattern."""

    def __init__(
        self,
        location: Location,
        *,
        newest: bool = False,
        silence_seconds: float = _SILENCE_SECONDS,
        most_files: int = MOST_FILES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._location = location
        self._newest = newest
        self._bucket = location.host
        self._silence_seconds = silence_seconds
        self._most_files = most_files
        self._monotonic = monotonic
        self._opened: S3Client | None = None

    def matching(self) -> list[Found]:
        """Return the objects that the key or the pattern means.

        An object of exactly that key is meant alone, even if the key has wildcards. Raises
        UsageError for another pattern without `newest`, InputError if the bucket is missing or
        there are too many objects, and ServiceError.
        """
        exact = self._found(self._location, self._location.path)
        if exact is not None or not self._location.is_pattern:
            return [exact] if exact else []
        if not self._newest:
            raise pattern_without_newest(self._location.name)
        with self._errors_about(self._location.name):
            return [each for each in self._listed() if self._means(each)]

    def seen_again(self, found: Found) -> Found | None:
        """Look at an object again; None if it is gone."""
        return self._found(self._location, self._location.path_of(found.name))

    def has(self, name: str) -> bool:
        """Return whether this object exists."""
        return self._found(self._location, self._location.path_of(name)) is not None

    def fetch(self, found: Found, target: Path) -> None:
        """Copy exactly this content to a private local file.

        Raises InputError if the object has changed, ServiceError if it cannot be received whole,
        and LedgerError if the file cannot be written.
        """
        seconds = seconds_for(found.size)
        latest = self._monotonic() + seconds
        request = {"Bucket": self._bucket, "Key": self._location.path_of(found.name)}
        with private_file(target) as file, self._errors_about(found.name):
            response = self._client.get_object(**request, IfMatch=found.version)
            with response["Body"] as body:
                while chunk := body.read(_CHUNK_BYTES):
                    file.write(chunk)
                    if self._monotonic() > latest:
                        raise unavailable("slow", name=found.name, seconds=seconds)
            if file.size != found.size:
                raise _cut(found, file.size)

    def archive(self, found: Found, folder: str, *, run_id: str) -> str:
        """Copy the object into a folder of this or another bucket, then delete it.

        Where versions are kept, a delete marker hides the object, so that no older version takes
        its place. Raises UsageError if the folder is no URL of S3, InputError if the object has
        changed, is too large, or its name is taken even with the run id, and ServiceError.
        """
        target = archive_of(folder, self._location)
        if found.size > MOST_COPIED_BYTES:
            raise unusable("too-large", name=found.name, size=found.size, most=MOST_COPIED_BYTES)
        self._require_unchanged(found)
        name = self._location.path_of(found.name).rpartition("/")[2]
        for each in (name, with_run_id(name, run_id)):
            if self._copied(found, target, target.path + each):
                self._delete(found, copy=target.name + each)
                return target.name + each
        raise unusable("taken", name=target.name + with_run_id(name, run_id))

    def close(self) -> None:
        """Release connections."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    @property
    def _client(self) -> S3Client:
        if self._opened is None:
            self._opened = new_client(silence_seconds=self._silence_seconds)
        return self._opened

    def _errors_about(self, name: str) -> AbstractContextManager[None]:
        return errors_translated(self._client, name)

    def _means(self, found: Found) -> bool:
        return self._location.matches(self._location.path_of(found.name))

    def _listed(self) -> Iterator[Found]:
        """Yield the objects of the folder that begin like the pattern."""
        count = 0
        request = {
            "Bucket": self._bucket,
            "Prefix": self._location.literal_start,
            "Delimiter": "/",
        }
        while True:
            page = self._client.list_objects_v2(**request)
            for each in page.get("Contents", ()):
                yield _found_of(self._location, each["Key"], size=each["Size"], said=each)
            count += len(page.get("Contents", ()))
            if not page.get("IsTruncated"):
                return
            if count >= self._most_files or "NextContinuationToken" not in page:
                raise unusable("too-many", name=self._location.name, most=self._most_files)
            request["ContinuationToken"] = page["NextContinuationToken"]

    def _found(self, place: Location, key: str) -> Found | None:
        with self._errors_about(place.root + key):
            try:
                head = self._client.head_object(Bucket=place.host, Key=key)
            except ClientError as error:
                if status_of(error) != NOT_FOUND:
                    raise
                return None
        return _found_of(place, key, size=head["ContentLength"], said=head)

    def _require_unchanged(self, found: Found) -> None:
        again = self.seen_again(found)
        if again is None or (again.size, again.version) != (found.size, found.version):
            raise unusable("gone" if again is None else "changed", name=found.name)

    def _copied(self, found: Found, place: Location, key: str) -> bool:
        """Copy the object, unless the key is taken; return whether it was copied."""
        if self._found(place, key) is not None:
            return False
        request = {
            "Bucket": place.host,
            "Key": key,
            "CopySource": {"Bucket": self._bucket, "Key": self._location.path_of(found.name)},
            "CopySourceIfMatch": found.version,
        }
        with self._errors_about(found.name):
            try:
                self._client.copy_object(**request, IfNoneMatch="*")
            except ClientError as error:
                if status_of(error) in PRECONDITION_FAILED and self._found(place, key):
                    return False
                if status_of(error) not in NOT_IMPLEMENTED:
                    raise
                self._client.copy_object(**request)
        copy = self._found(place, key)
        if copy is None or copy.size != found.size:
            raise _cut(found, copy.size if copy else 0)
        return True

    def _delete(self, found: Found, *, copy: str) -> None:
        """Delete the object if it is still the one that was found."""
        request = {"Bucket": self._bucket, "Key": self._location.path_of(found.name)}
        try:
            self._require_unchanged(found)  # for stores that ignore the condition
            with self._errors_about(found.name):
                try:
                    self._client.delete_object(**request, IfMatch=found.version)
                except ClientError as error:
                    if status_of(error) not in NOT_IMPLEMENTED:
                        raise
                    self._client.delete_object(**request)
        except BulkUpdateError as error:
            raise unusable("not-moved", name=found.name, copy=copy) from error


def _found_of(place: Location, key: str, *, size: int, said: Response) -> Found:
    modified_at: datetime = said["LastModified"]
    microseconds = (modified_at - _EPOCH) // timedelta(microseconds=1)
    return Found(place.root + key, size, microseconds, said["ETag"])


def _cut(found: Found, received: int) -> BulkUpdateError:
    return unavailable("cut", name=found.name, size=found.size, received=received)
