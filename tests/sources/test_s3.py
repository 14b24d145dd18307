"""Files in S3: conditions, pages, versions, and servers that refuse, fall silent or cut off."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from remote_places import S3Place, opened
from scripted_store import Answer, Asked, Script, ScriptedStore, an_object, error

from bulk_update.errors import InputError, ServiceError, UsageError
from bulk_update.sources import Found, source_of
from bulk_update.sources.location import location_of
from bulk_update.sources.s3 import MOST_COPIED_BYTES, S3Source

FOUND = Found("s3://exports/in/crm.csv", 6, 1_796_000_400_000_000, '"e1"')
RUN = "20261130-020000-abcd"


@contextmanager
def scripted(
    script: Script, aws: pytest.MonkeyPatch, url: str = FOUND.name, **given: object
) -> Iterator[tuple[S3Source, ScriptedStore]]:
    """Start a scripted store, and open a source that reads from it."""
    with ScriptedStore(script) as store:
        aws.setenv("AWS_ENDPOINT_URL", store.url)
        source = S3Source(location_of(url), newest=True, **given)  # type: ignore[arg-type] # a test's own
        try:
            yield source, store
        finally:
            source.close()


def page(*keys: str, more: str = "") -> Answer:
    """Return a page of a bucket's keys."""
    contents = "".join(
        f"<Contents><Key>{key}</Key><LastModified>2026-11-30T02:00:00.000Z</LastModified>"
        f'<ETag>"e"</ETag><Size>3</Size></Contents>'
        for key in keys
    )
    rest = f"<NextContinuationToken>{more}</NextContinuationToken>" if more else ""
    is_truncated = str(bool(more)).lower()
    return Answer(
        body=f"<ListBucketResult><IsTruncated>{is_truncated}</IsTruncated>{contents}{rest}"
        "</ListBucketResult>"
    )


def in_pages(asked: Asked, _count: int) -> Answer:
    if asked.method == "HEAD":
        return Answer(404)
    if "continuation-token=two" in asked.target:
        return page("in/b.csv", "in/b.txt")
    return page(*[f"in/a{number}.csv" for number in range(1000)], more="two")


def test_all_pages_of_a_bucket_are_read(aws: pytest.MonkeyPatch) -> None:
    with scripted(in_pages, aws, "s3://exports/in/*.csv") as (source, store):
        found = source.matching()
    assert len(found) == 1001
    assert found[-1] == Found("s3://exports/in/b.csv", 3, 1_796_004_000_000_000, '"e"')
    lists = [asked.target for asked in store.asked if asked.method == "GET"]
    assert all("prefix=in%2F&" in f"{target}&" and "delimiter=%2F" in target for target in lists)


def test_a_bucket_with_too_many_files_is_refused(aws: pytest.MonkeyPatch) -> None:
    with (
        scripted(in_pages, aws, "s3://exports/in/*.csv", most_files=1000) as (source, _),
        pytest.raises(InputError, match="more than 1,000"),
    ):
        source.matching()


def test_a_missing_bucket_is_named(s3: S3Place) -> None:
    s3.url = "s3://no-such-bucket"
    with (
        opened(s3, "*.csv", newest=True) as source,
        pytest.raises(InputError, match=r"there is no bucket for .*no-such-bucket"),
    ):
        source.matching()


def test_no_older_version_takes_the_place_of_an_archived_file(s3: S3Place) -> None:
    s3.client.put_bucket_versioning(Bucket=s3.bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put("crm.csv", b"yesterday")
    s3.put("crm.csv", b"today")
    with opened(s3, "crm.csv") as source:
        (found,) = source.matching()
        source.archive(found, f"{s3.url}/done", run_id=RUN)
        assert source.matching() == []
    assert s3.content("done/crm.csv") == b"today"
    versions = s3.client.list_object_versions(Bucket=s3.bucket, Prefix="crm.csv")["Versions"]
    assert len(versions) == 2  # nothing is lost


def test_a_file_can_be_archived_in_another_bucket(s3: S3Place) -> None:
    s3.put("crm.csv", b"ID\n")
    s3.client.create_bucket(Bucket=f"{s3.bucket}-done")
    with opened(s3, "crm.csv") as source:
        (found,) = source.matching()
        moved = source.archive(found, f"{s3.url}-done", run_id=RUN)
    assert moved == f"{s3.url}-done/crm.csv"
    body = s3.client.get_object(Bucket=f"{s3.bucket}-done", Key="crm.csv")["Body"]
    assert body.read() == b"ID\n"


class Archive:
    """A script: a store with one file and an archive, which knows some conditions."""

    def __init__(self, *, on_copy: Answer | None = None, on_delete: Answer | None = None) -> None:
        self.on_copy = on_copy
        self.on_delete = on_delete
        self.copied: list[str] = []
        self.appears_when_copied = False

    def __call__(self, asked: Asked, _count: int) -> Answer:
        match asked.method:
            case "HEAD":
                exists = asked.target == "/exports/in/crm.csv" or asked.target in self.copied
                return an_object(6) if exists else Answer(404)
            case "PUT":
                if self.on_copy and "if-none-match" in asked.headers:
                    if self.appears_when_copied:
                        self.copied.append(asked.target)
                        self.appears_when_copied = False
                        return self.on_copy
                    if self.on_copy.status == 501:
                        return self.on_copy
                self.copied.append(asked.target)
                return Answer(body='<CopyObjectResult><ETag>"e1"</ETag></CopyObjectResult>')
            case "DELETE" if self.on_delete and "if-match" in asked.headers:
                return self.on_delete
        return Answer(204)


def asked_of(store: ScriptedStore, method: str) -> list[dict[str, str]]:
    return [asked.headers for asked in store.asked if asked.method == method]


def test_the_store_is_asked_to_copy_and_delete_only_what_was_found(
    aws: pytest.MonkeyPatch,
) -> None:
    with scripted(Archive(), aws) as (source, store):
        moved = source.archive(FOUND, "s3://exports/done", run_id=RUN)
    assert moved == "s3://exports/done/crm.csv"
    (copy,), (delete,) = asked_of(store, "PUT"), asked_of(store, "DELETE")
    assert copy["x-amz-copy-source"] == "exports/in/crm.csv"
    assert (copy["x-amz-copy-source-if-match"], copy["if-none-match"]) == ('"e1"', "*")
    assert delete["if-match"] == '"e1"'


def test_a_name_that_is_taken_at_the_last_moment_is_not_overwritten(
    aws: pytest.MonkeyPatch,
) -> None:
    script = Archive(on_copy=error(412, "PreconditionFailed"))
    script.appears_when_copied = True
    with scripted(script, aws) as (source, _):
        moved = source.archive(FOUND, "s3://exports/done", run_id=RUN)
    assert moved == f"s3://exports/done/crm-{RUN}.csv"


def test_a_store_without_conditions_is_used_after_a_look(aws: pytest.MonkeyPatch) -> None:
    refusal = error(501, "NotImplemented")
    with scripted(Archive(on_copy=refusal, on_delete=refusal), aws) as (source, store):
        assert source.archive(FOUND, "s3://exports/done", run_id=RUN)
    last = asked_of(store, "PUT")[-1], asked_of(store, "DELETE")[-1]
    assert "if-none-match" not in last[0]
    assert "if-match" not in last[1]


def test_a_file_that_cannot_be_deleted_is_reported_with_its_copy(aws: pytest.MonkeyPatch) -> None:
    with (
        scripted(Archive(on_delete=error(403, "AccessDenied")), aws) as (source, _),
        pytest.raises(InputError) as raised,
    ):
        source.archive(FOUND, "s3://exports/done", run_id=RUN)
    assert raised.value.message == (
        '"s3://exports/in/crm.csv" was copied to "s3://exports/done/crm.csv" but could not be '
        "deleted"
    )


def test_a_file_that_s3_cannot_copy_at_once_is_not_archived() -> None:
    large = Found(FOUND.name, MOST_COPIED_BYTES + 1, 0, '"e1"')
    with pytest.raises(InputError, match=r"copies at most 5\.4 GB at once"):
        S3Source(location_of(FOUND.name)).archive(large, "s3://exports/done", run_id=RUN)


def test_a_file_that_is_cut_off_is_not_taken_for_whole(
    aws: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def cut(_asked: Asked, _count: int) -> Answer:
        return Answer(body="ID\n", headers={"ETag": '"e1"'}, length=6)

    with scripted(cut, aws) as (source, _), pytest.raises(ServiceError):
        source.fetch(FOUND, tmp_path / "one")

    def short(_asked: Asked, _count: int) -> Answer:
        return Answer(body="ID\n", headers={"ETag": '"e1"'})

    with (
        scripted(short, aws) as (source, _),
        pytest.raises(ServiceError, match="has 6 bytes, but only 3 were received"),
    ):
        source.fetch(FOUND, tmp_path / "two")


def test_a_copy_that_takes_too_long_is_given_up(aws: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clock = iter([0.0, 61.0])

    def whole(_asked: Asked, _count: int) -> Answer:
        return Answer(body="ID\n1\n\n", headers={"ETag": '"e1"'})

    with (
        scripted(whole, aws, monotonic=lambda: next(clock)) as (source, _),
        pytest.raises(ServiceError, match="was not complete within 1 min"),
    ):
        source.fetch(FOUND, tmp_path / "copy")


def test_a_silent_server_does_not_hold_the_night_up(aws: pytest.MonkeyPatch) -> None:
    def silent(_asked: Asked, _count: int) -> Answer:
        return Answer(delay_seconds=30)

    started_at = time.monotonic()
    with (
        scripted(silent, aws, silence_seconds=0.1) as (source, _),
        pytest.raises(ServiceError, match=r"127.0.0.1 did not respond within 0.1 s"),
    ):
        source.matching()
    assert time.monotonic() - started_at < 10


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (403, "AccessDenied", "refuses access to"),
        (403, "SignatureDoesNotMatch", "refuses access to"),
        (401, "InvalidAccessKeyId", "refuses access to"),
        (400, "ExpiredToken", "reports an error for"),
        (503, "SlowDown", "reports an error for"),
    ],
)
def test_a_server_that_refuses_ends_the_command_with_4(
    aws: pytest.MonkeyPatch, status: int, code: str, message: str
) -> None:
    def script(asked: Asked, _count: int) -> Answer:
        return Answer(404) if asked.method == "HEAD" else error(status, code)

    with (
        scripted(script, aws, "s3://exports/*.csv") as (source, _),
        pytest.raises(ServiceError, match=message) as raised,
    ):
        source.matching()
    assert raised.value.exit_code == 4
    assert code in raised.value.message
    assert "made-up-secret" not in str(raised.value)


def test_missing_credentials_end_the_command_with_4(aws: pytest.MonkeyPatch) -> None:
    aws.delenv("AWS_ACCESS_KEY_ID")
    aws.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(ServiceError, match="no usable credentials") as raised:
        source_of(FOUND.name).matching()
    assert "AWS_ACCESS_KEY_ID" in raised.value.hint


@pytest.mark.parametrize(
    ("name", "value"), [("AWS_PROFILE", "nobody"), ("AWS_ENDPOINT_URL", "nonsense")]
)
def test_wrong_settings_of_the_sdk_are_refused(
    aws: pytest.MonkeyPatch, name: str, value: str
) -> None:
    aws.setenv(name, value)
    with pytest.raises(UsageError, match=f"the settings of the AWS SDK cannot be used: .*{value}"):
        source_of(FOUND.name).matching()


def test_an_unreachable_server_ends_the_command_with_4(aws: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        aws.setenv("AWS_ENDPOINT_URL", f"http://user:pw@127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(ServiceError, match=r"127.0.0.1 cannot be reached") as raised:
            source_of(FOUND.name).matching()
    assert "pw" not in str(raised.value)
