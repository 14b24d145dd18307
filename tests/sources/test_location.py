"""URLs of remote files: what they mean, what is refused, and what is never shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_update.errors import UsageError
from bulk_update.sources.location import (
    Location,
    Scheme,
    archive_of,
    location_of,
    scheme_of,
    shown_name,
    with_run_id,
    with_user_of,
)
from bulk_update.sources.remote import is_remote


@pytest.mark.parametrize(
    ("url", "location"),
    [
        (
            "s3://exports/crm/latest.csv",
            Location(Scheme.S3, "s3://exports/", "crm/latest.csv", "exports"),
        ),
        ("S3://My_Bucket.1/a", Location(Scheme.S3, "s3://My_Bucket.1/", "a", "My_Bucket.1")),
        ("s3://exports//a", Location(Scheme.S3, "s3://exports/", "/a", "exports")),
        (
            "sftp://files.example.com/out/a%20b#c?.csv",
            Location(
                Scheme.SFTP,
                "sftp://files.example.com/",
                "out/a%20b#c?.csv",
                "files.example.com",
            ),
        ),
        (
            "sftp://bu@Files.Example.com:2222/a@b.csv",  # a user, so this is no password
            Location(
                Scheme.SFTP,
                "sftp://files.example.com:2222/",
                "a@b.csv",
                "files.example.com",
                "bu",
                2222,
            ),
        ),
        (
            "sftp://bu@[::1]:22/a.csv",
            Location(Scheme.SFTP, "sftp://[::1]:22/", "a.csv", "::1", "bu", 22),
        ),
    ],
)
def test_what_follows_the_bucket_or_the_host_is_the_name_as_it_is(
    url: str, location: Location
) -> None:
    assert location_of(url) == location


@pytest.mark.parametrize(
    ("path", "matches"),
    [
        ("in/a.csv", True),
        ("in/.csv", True),
        ("in/deep/a.csv", False),
        ("a.csv", False),
        ("other/in/a.csv", False),
        ("in/a.CSV", False),
    ],
)
def test_a_pattern_means_names_of_its_own_folder(path: str, *, matches: bool) -> None:
    assert location_of("s3://exports/in/*.csv").matches(path) is matches


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sftp://bu:secret@host/a.csv", "the sftp URL contains a password"),
        ("sftp://bu:@host/a.csv", "the sftp URL contains a password"),
        ("sftp://bu:12/secret@host/a.csv", "the sftp URL contains a password"),
        ("sftp://bu:x/secret@host/a.csv", "the sftp URL contains a password"),
        ("s3://key:secret@bucket/a.csv", "the s3 URL contains a password"),
        ("s3://key@bucket/a.csv", "an S3 URL has the form s3://BUCKET/KEY"),
        ("s3://localhost:9000/bucket/a.csv", "an S3 URL has the form"),
        ("s3://bucket", "an S3 URL has the form"),
        ("s3:///a.csv", "an S3 URL has the form"),
        ("s3://bucket/a\x1b.csv", "an S3 URL has the form"),
        ("s3://bucket/", "names a folder"),
        ("s3://bucket/in/", "names a folder"),
        ("s3://bucket/in/../a.csv", "has a part . or .."),
        ("s3://bucket/*/a.csv", "has a wildcard before its last part"),
        ("sftp://host", "an SFTP URL has the form"),
        ("sftp:///a.csv", "an SFTP URL has the form"),
        ("sftp://host:0/a.csv", "an SFTP URL has the form"),
        ("sftp://host:65536/a.csv", "an SFTP URL has the form"),
        ("sftp://bu@x@host/a.csv", "an SFTP URL has the form"),
        ("sftp://host/./a.csv", "has a part . or .."),
        ("sftp://ho*st/in*/a.csv", "has a wildcard before its last part"),
    ],
)
def test_other_urls_are_refused(url: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        location_of(url)
    assert message in raised.value.message
    assert raised.value.hint
    assert "secret" not in str(raised.value)


SECRETS = st.text(st.characters(exclude_characters="/", codec="utf-8"), min_size=1).map(
    "Zx9{}".format
)


@given(scheme=st.sampled_from(Scheme), secret=SECRETS, path=st.text(max_size=5))
def test_a_password_is_refused_and_never_shown(scheme: Scheme, secret: str, path: str) -> None:
    url = f"{scheme}://user:{secret}@host/{path}"
    with pytest.raises(UsageError) as raised:
        location_of(url)
    assert "Zx9" not in str(raised.value) + shown_name(url)


def test_a_url_is_shown_without_its_user() -> None:
    assert shown_name("sftp://bu@host/in/*.csv") == "sftp://host/in/*.csv"
    assert shown_name("s3://bucket/in/*.csv") == "s3://bucket/in/*.csv"
    assert shown_name("sftp://bu:12/34@host/in.csv") == "sftp://…"
    assert shown_name("sftp://bu:pw@host/in.csv") == "sftp://…"
    assert shown_name("bu:pw@host/in.csv") == "bu:pw@host/in.csv"


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("sftp://host/in/a.csv", "sftp://bu@host/in/*.csv", "sftp://bu@host/in/a.csv"),
        ("sftp://host/in/a.csv", "sftp://host/in/*.csv", "sftp://host/in/a.csv"),
        ("s3://bucket/a.csv", "s3://bucket/*.csv", "s3://bucket/a.csv"),
        ("crm.csv", "", "crm.csv"),
        ("sftp://host/in/a.csv", "", "sftp://host/in/a.csv"),
    ],
)
def test_a_next_command_has_the_user_that_was_given(name: str, given: str, expected: str) -> None:
    assert with_user_of(name, given=given) == expected


@pytest.mark.parametrize("text", ["ftp://host/a.csv", "https://host/a.csv", "gs://bucket/a.csv"])
def test_a_url_of_another_scheme_is_refused_rather_than_taken_for_a_local_name(text: str) -> None:
    with pytest.raises(UsageError, match="URLs are not supported"):
        is_remote(text)


@pytest.mark.parametrize(
    "text", ["a.csv", "-", "C:/a.csv", "c://a.csv", "s3:/bucket/a", "s3", "./s3://b"]
)
def test_other_texts_are_names_of_local_files(text: str) -> None:
    assert not is_remote(text)
    assert scheme_of(text) is None
    assert shown_name(text) == text


@pytest.mark.parametrize(
    ("folder", "path"),
    [("sftp://bu@host/done", "done/"), ("sftp://bu@host/a/b/", "a/b/"), ("sftp://bu@host", "")],
)
def test_the_archive_of_a_server_is_a_folder_there(folder: str, path: str) -> None:
    assert archive_of(folder, location_of("sftp://bu@host/in/*.csv")).path == path


@pytest.mark.parametrize(
    ("file", "folder", "variant"),
    [
        ("s3://exports/in/a.csv", "done", "archive"),
        ("s3://exports/in/a.csv", "/var/done", "archive"),
        ("s3://exports/in/a.csv", "sftp://host/done", "archive"),
        ("s3://exports/in/a.csv", "s3://exports/in", "archive-in-place"),
        ("s3://exports/a.csv", "s3://exports", "archive-in-place"),
        ("sftp://host/in/a.csv", "sftp://other/done", "archive-server"),
        ("sftp://host/in/a.csv", "sftp://host:2222/done", "archive-server"),
        ("sftp://bu@host/in/a.csv", "sftp://host/done", "archive-server"),
        ("sftp://bu@host/in/a.csv", "sftp://other@host/done", "archive-server"),
        ("sftp://host/in/a.csv", "sftp://host/in/", "archive-in-place"),
        ("sftp://host/in/a.csv", "sftp://host/in/../done", "dots"),
        ("sftp://host/in/a.csv", "sftp://bu:secret@host/done", "password"),
    ],
)
def test_another_archive_is_refused(file: str, folder: str, variant: str) -> None:
    with pytest.raises(UsageError) as raised:
        archive_of(folder, location_of(file))
    assert raised.value.issues[0].variant == variant


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("crm.csv", "crm-R.csv"),
        ("crm.csv.gz", "crm-R.csv.gz"),
        ("crm", "crm-R"),
        (".csv", "-R.csv"),
    ],
)
def test_a_run_id_is_added_before_the_extensions(name: str, expected: str) -> None:
    assert with_run_id(name, "R") == expected
