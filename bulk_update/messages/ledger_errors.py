"""The sentences of errors about the ledger and the results, and what to do about each.

They are variants of the codes `ledger`, `locked`, `usage` and `identity`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_LOCAL_DISK = "Choose a folder on a local disk with --state."
_OTHER_FOLDER = "Choose another folder with --state, or fix the permissions."
_FREE_SPACE = "Free some disk space, then run the same command again."
_IN_SQLITE = "({name:plain}: {error:plain})"

LEDGER: Mapping[str, str] = MappingProxyType(
    {
        "old-sqlite": "this Python comes with SQLite {found:plain}, which is too old",
        "old-format": "the ledger {path:plain} has the older format {format}, and you cannot write "
        "to it",
        "network-share": "the ledger's folder {folder:plain} is on a network share "
        "({share:plain}), where a ledger is not safe",
        "no-drive": "the ledger's folder {folder:plain} cannot be used: there is no {drive:plain}",
        "below-a-file": "the ledger's folder {folder:plain} cannot be used: {file:plain} is a "
        "file, not a folder",
        "folder": "the ledger's folder {folder:plain} cannot be used: {error:plain}",
        "no-folder": "the ledger's folder {folder:plain} cannot be used: it does not exist and "
        "cannot be created in {above:plain} ({error:plain})",
        "is-a-folder": "the ledger {path:plain} is a folder, not a file",
        "read-only": "the ledger's folder {folder:plain} is read-only",
        "no-copy": "the ledger {path:plain} cannot be copied before it is upgraded: {error:plain}",
        "no-lock": "the lock in {folder:plain} cannot be taken: {error:plain}",
        "unwritable-file": "{path:plain} cannot be written: {error:plain}",
        "unwritable-cache": "{path:plain} cannot be written: {error:plain}",
        "no-locks": "the ledger {path:plain}: its folder does not support the file locks that a "
        f"ledger needs, for example because it is on a network share {_IN_SQLITE}",
        "full": f"the ledger {{path:plain}}: the disk is full {_IN_SQLITE}",
        "disk": f"the ledger {{path:plain}}: the disk reports an error {_IN_SQLITE}",
        "no-permission": "the ledger {path:plain} cannot be written",
        "unwritable": f"the ledger {{path:plain}}: it cannot be written {_IN_SQLITE}",
        "damaged": f"the ledger {{path:plain}}: it is damaged or not a ledger {_IN_SQLITE}",
        "busy": f"the ledger {{path:plain}}: another program is using it {_IN_SQLITE}",
        "old-postgres": "the ledger {path:plain} is on PostgreSQL {found}, which is too old",
        "asynchronous-commit": "the ledger {path:plain}: its server confirms commits before they "
        "are on disk (synchronous_commit is off)",
        "not-utf8": "the ledger {path:plain}: its database has the encoding {encoding:plain}, not "
        "UTF8",
        "transaction-pooler": "the ledger {path:plain}: a pooler gives each transaction another "
        "session of the server, but a ledger needs one of its own",
        "server-full": f"the ledger {{path:plain}}: its server is out of space {_IN_SQLITE}",
        "server-busy": f"the ledger {{path:plain}}: other programs are using it {_IN_SQLITE}",
        "server-denied": f"the ledger {{path:plain}}: its server refuses access {_IN_SQLITE}",
        "server-damaged": f"the ledger {{path:plain}}: its database is damaged {_IN_SQLITE}",
        "unreachable": f"the ledger {{path:plain}}: its server cannot be reached {_IN_SQLITE}",
        "lease-lost": "the ledger {path:plain}: this process did not renew its lease in time, so "
        "another may be sending now",
        "no-driver": "this installation cannot keep a ledger on PostgreSQL",
        "postgres": f"the ledger {{path:plain}}: PostgreSQL error {_IN_SQLITE}",
        "sqlite": f"the ledger {{path:plain}}: SQLite error: {{error:plain}} {_IN_SQLITE}",
    }
)

LEDGER_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "old-sqlite": "Use a Python with SQLite {oldest:plain} or newer.",
        "old-format": "Ask its owner to open it once with this version, for example with `runs`.",
        "network-share": _LOCAL_DISK,
        "no-drive": _OTHER_FOLDER,
        "below-a-file": _OTHER_FOLDER,
        "folder": _OTHER_FOLDER,
        "no-folder": _OTHER_FOLDER,
        "is-a-folder": "Choose another folder with --state.",
        "read-only": _OTHER_FOLDER,
        "no-copy": _FREE_SPACE,
        "no-lock": "Fix the folder's permissions, or choose another with --state.",
        "no-locks": _LOCAL_DISK,
        "full": _FREE_SPACE,
        "unwritable-cache": "Free some space, or choose another folder with --state.",
        "disk": "Check the disk before you continue.",
        "no-permission": "Fix its permissions, or choose another folder with --state.",
        "unwritable": "Fix its permissions, or choose another folder with --state.",
        "damaged": "Move it away, or restore it from a backup.",
        "busy": "Wait for that program to finish, then try again.",
        "old-postgres": "Use a server with PostgreSQL {oldest} or newer.",
        "asynchronous-commit": "Set synchronous_commit to on, for the server or for this user.",
        "not-utf8": "Create a database for the ledger with the encoding UTF8.",
        "transaction-pooler": "Connect to the server itself, or to a pooler in session mode.",
        "server-full": "Free some space on the server, then run the same command again.",
        "server-busy": "Wait for them to finish, then try again.",
        "server-denied": "Give the user the right to create and change tables there.",
        "server-damaged": "Restore it from a backup.",
        "unreachable": "Check the URL, the network and the server's log.",
        "lease-lost": "Check the machine and the network, then run the same command again.",
        "no-driver": 'Install what is missing: pip install "bulk-update[postgres]".',
        "postgres": "Everything reported so far is on disk.",
        "sqlite": "Everything reported so far is on disk.",
    }
)

LOCKED: Mapping[str, str] = MappingProxyType(
    {
        "by": "another run is sending from {folder:plain}: {holder:plain}",
        "by-ledger": "another run is sending from the ledger {folder:plain}: {holder:plain}",
        "demo": "another run is sending from {folder:plain}: {holder:plain}",
        "process": "process {pid} on {host:plain}, user {user:plain}, since {since:moment}",
        "unknown-process": "an unknown process",
    }
)
LOCKED_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "by-ledger": "Wait for it to finish, or let bulk-update wait: --wait 30m. If its process "
        "was killed, its lease ends half a minute later.",
        "by": "Wait for it to finish, or let bulk-update wait: --wait 30m.",
        "demo": "Wait for it to finish, then start the demo again.",
    }
)

RUNS: Mapping[str, str] = MappingProxyType(
    {
        "ledger-url": "the URL of the ledger is not valid",
        "ledger-url-password": "the URL of the ledger contains a password",
        "no-run": "there is no run {run:plain} in the ledger {path:plain}",
        "deleted-run": "the run was deleted from the ledger {path:plain}",
    }
)
RUNS_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "ledger-url": "Write it like postgresql://user@host:5432/database.",
        "ledger-url-password": "Remove it: others can see a command line. Use PGPASSFILE, "
        "PGPASSWORD or the keyring.",
        "no-run": "`bulk-update runs` lists the runs. This one may have been deleted (retention, "
        "runs --prune), or it may be in another ledger (--state).",
        "deleted-run": "`bulk-update runs` lists the existing runs.",
    }
)

IDENTITY: Mapping[str, str] = MappingProxyType(
    {
        "order": "rows {first} to {last} come after row {before}",
        "sums": "the outcomes do not add up: {rows} data rows, {lines} lines ({written:plain}), "
        "counted {counted:plain}",
    }
)
IDENTITY_HINTS: Mapping[str, str] = MappingProxyType(
    {
        "sums": "The results were not put in place. Please report this, with the ledger's folder.",
    }
)
