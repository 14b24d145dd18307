"""The codes of remote files: URLs, servers that refuse or do not respond, and archiving."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bulk_update.messages.entries import Entry

_FINGERPRINT = "({algorithm:plain}, {fingerprint:plain})"
_LINE = "; the line for it is:{line:excerpt}"
_HOST_KEY = f"the host key of {{host:plain}} {_FINGERPRINT}"
_CREDENTIALS = (
    "Set the credentials as for every AWS SDK: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
    "AWS_PROFILE, or the role of this machine."
)

_LOCATION = Entry(
    "the URL of a remote file or archive cannot be used",
    "the URL cannot be used",
    "correct the URL",
    {
        "password": "the {scheme:plain} URL contains a password, which others could read",
        "malformed-s3": "an S3 URL has the form s3://BUCKET/KEY",
        "malformed-sftp": "an SFTP URL has the form sftp://[USER@]HOST[:PORT]/PATH",
        "folder": "{name} ends with / and so names a folder",
        "wildcard": "{name} has a wildcard before its last part",
        "dots": "the path in {name} has a part . or .., which is not followed",
        "archive": "the archive of an {scheme:plain} file has to be an {scheme:plain} URL, too",
        "archive-server": "the archive has to be on the server of the file, with the same user",
        "archive-local": "the archive of a local file has to be a local folder",
        "archive-in-place": "the files are in {name} already",
        "scheme": "{scheme:plain} URLs are not supported",
        "extra": "this installation cannot read {scheme:plain} URLs",
        "ssh-settings": "the settings of SSH cannot be used: {error:plain}",
        "sdk-settings": "the settings of the AWS SDK cannot be used: {error:plain}",
    },
    {
        "password": "Remove it. For SFTP, use a key or an SSH agent; for S3, the credentials of "
        "the AWS SDK.",
        "malformed-s3": "Correct the URL; it cannot contain invisible characters. For another "
        "server than Amazon's, set AWS_ENDPOINT_URL.",
        "malformed-sftp": "Correct the URL; it cannot contain invisible characters. The path "
        "begins at the server's root.",
        "folder": "Name a file, or a pattern such as *.csv in quotes.",
        "wildcard": "Only the last part can be a pattern.",
        "dots": "Write the path without it.",
        "archive": "Name a folder such as {root:plain}done.",
        "archive-server": "Begin both URLs alike, as in {root:plain}done.",
        "archive-local": "Name a local folder, or archive the file with the tool that made it.",
        "archive-in-place": "Choose another folder.",
        "scheme": "Name a local file, an s3:// URL or an sftp:// URL.",
        "extra": 'Install what is missing: pip install "bulk-update[{scheme:plain}]".',
        "ssh-settings": "Correct the files in ~/.ssh, or those that ~/.ssh/config names.",
        "sdk-settings": "Correct the environment variables (AWS_...) or ~/.aws/config.",
    },
)

_REMOTE_FILE = Entry(
    "a remote file is missing, changed while it was read, or cannot be archived",
    "the remote file cannot be used",
    "follow the message",
    {
        "no-bucket": "there is no bucket for {name} at {host:plain}",
        "no-folder": "there is no folder {name}",
        "is-a-folder": "{name} is a folder",
        "too-many": "{name} stands for too many files: the folder has more than {most:number}",
        "not-utf8": "the name of the file {name} is not UTF-8",
        "changed": "{name} has changed since it was found",
        "gone": "{name} is gone",
        "part": "{name} is still being written: {part} exists",
        "taken": "the archive already has {name}",
        "too-large": "{name} has {size:size}, and S3 copies at most {most:size} at once",
        "not-moved": "{name} was copied to {copy} but could not be deleted",
    },
    {
        "no-bucket": "Check the name of the bucket and AWS_ENDPOINT_URL.",
        "no-folder": "Check the name, or create the folder on the server.",
        "is-a-folder": "Name a file, or a pattern such as *.csv in quotes.",
        "too-many": "Move old files away, for example with --archive.",
        "not-utf8": "Rename it.",
        "changed": "Run the command again when the file is complete.",
        "gone": "Check what else moves or deletes files there.",
        "part": "Run the command again when the file is complete.",
        "taken": "Move the file by hand.",
        "too-large": "Move the file by hand.",
        "not-moved": "Delete it by hand, if nobody has replaced it since.",
    },
)

_REMOTE = Entry(
    "the server of a remote file refuses access or is unavailable",
    "the remote file cannot be reached",
    "follow the message; run the command again when the server is available",
    {
        "unreachable": "{host:plain} cannot be reached: {error:plain}",
        "silent": "{host:plain} did not respond within {seconds:seconds}",
        "slow": "{name} was not complete within {seconds:seconds}",
        "cut": "{name} has {size:number} bytes, but only {received:number} were received",
        "unknown-key": f"{_HOST_KEY} is not in {{file:plain}}{_LINE}",
        "other-key": f"{_HOST_KEY} is not the one in {{file:plain}}{_LINE}",
        "bad-key": "the host key of {host:plain} is not accepted: {error:plain}",
        "no-algorithm": "no common algorithm with {host:plain}: {error:plain}",
        "login": "{host:plain} does not accept the user {user}: {error:plain}",
        "no-credentials": "no usable credentials for {host:plain}: {error:plain}",
        "forbidden": "{host:plain} refuses access to {name}: {error:plain}",
        "forbidden-s3": "{host:plain} refuses access to {name}: {error:plain}",
        "failed": "{host:plain} reports an error for {name}: {error:plain}",
    },
    {
        "unreachable": "Check the host name and the network.",
        "silent": "Run the command again later.",
        "slow": "Run the command again when the network is faster.",
        "cut": "Run the command again.",
        "unknown-key": "Ask the server's operator for its fingerprint. If it is the same, add "
        "this line to the file.",
        "other-key": "Someone may be intercepting the connection. Ask the server's operator for "
        "the new fingerprint; only if it is the same, replace the old line in the file.",
        "bad-key": "Ask the server's operator for the present host key.",
        "no-algorithm": "If known_hosts has an old key of this server, ask its operator for the "
        "present one and replace it.",
        "login": "Give the server the public key of this user, and make the private key available: "
        "in ~/.ssh, in ~/.ssh/config (IdentityFile) or, if it has a passphrase, in an SSH agent.",
        "no-credentials": _CREDENTIALS,
        "forbidden": "Check the permissions of the user on the server.",
        "forbidden-s3": "Check the credentials and their permissions: s3:ListBucket and "
        "s3:GetObject; an archive also needs s3:PutObject and s3:DeleteObject.",
        "failed": "Run the command again later, or report the error to the server's operator.",
    },
)

REMOTE: Mapping[str, Entry] = MappingProxyType(
    {
        "location": _LOCATION,
        "remote-file": _REMOTE_FILE,
        "remote": _REMOTE,
        "local-copy": Entry(
            "the local copy of an input file cannot be written",
            "the local copy cannot be written",
            "free some space",
            {"unwritable": "the local copy {path:plain} cannot be written: {error:plain}"},
            {"unwritable": "Free some space, or choose a folder on another disk with --state."},
        ),
    }
)
"""Ends of commands that read remote files; archiving uses the same codes in its notice."""
