"""The sandbox for rehearsals, which the page starts when the first one needs it.

It holds the records, statuses and agents that a rehearsed file refers to, and a thousand invented
records in each of its own campaigns. Its state is only in memory, and its address stays the same if
possible: the runs of the rehearsals are recorded with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Lock

from pydantic import SecretStr

from bulk_update.errors import BulkUpdateError, UsageError
from bulk_update.job.record_keys import CampaignWords, RecordKeys, record_keys
from bulk_update.job.request import Request, RunOptions
from bulk_update.sandbox import (
    Campaign,
    CampaignStatus,
    RunningSandbox,
    Sandbox,
    SandboxSettings,
    SystemStatus,
    Vocabulary,
)
from bulk_update.sandbox import running_sandbox as run_sandbox
from bulk_update.settings import Settings

USER = "sandbox"
"""The user name of the sandbox, and its password."""

_REQUESTS_KEPT = 1000
_PORT_FILE = "sandbox.port"


class Rehearsal:
    """A sandbox in a thread of its own, with a state folder of its own."""

    def __init__(self, state_folder: Path, exits: ExitStack) -> None:
        self._state_folder = state_folder
        self._exits = exits
        self._lock = Lock()
        self._running: RunningSandbox | None = None
        self._seeds: set[tuple[Path, float]] = set()

    @property
    def state_folder(self) -> Path:
        """The folder of the rehearsals' ledger, which never mixes with that of real runs."""
        return self._state_folder

    @property
    def sandbox(self) -> RunningSandbox:
        """The sandbox, which is started if necessary."""
        with self._lock:
            if self._running is None:
                self._running = self._start()
            return self._running

    def settings(self, live: Settings) -> Settings:
        """Return the settings of the sandbox; how fast to send is as for the live system."""
        return live.model_copy(
            update={
                "base_url": self.sandbox.url,
                "username": USER,
                "password": SecretStr(USER),
                "password_file": None,
                "proxy": None,
                "state": self._state_folder,
                "ledger": None,
            }
        )

    def seed(self, file: Path, mapping_path: Path, live: Settings) -> None:
        """Let the sandbox hold what a file refers to, unless its mapping is missing or wrong."""
        with suppress(OSError):
            seed = (mapping_path, mapping_path.stat().st_mtime)
            if seed in self._seeds:
                return
            options = RunOptions(self.settings(live))
            with suppress(BulkUpdateError):
                found = record_keys(Request(file=file, mapping_path=mapping_path, options=options))
                _add(self.sandbox.sandbox, found)
            self._seeds.add(seed)

    def _start(self) -> RunningSandbox:
        settings = SandboxSettings(accept_any_field=True, received_limit=_REQUESTS_KEPT)
        port = self._last_port()
        try:
            running = self._exits.enter_context(run_sandbox(settings, port=port))
        except UsageError:  # something else uses the port now
            running = self._exits.enter_context(run_sandbox(settings))
        with suppress(OSError):
            self._state_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            port_file = self._state_folder / _PORT_FILE
            port_file.touch(mode=0o600)
            port_file.write_text(running.url.rpartition(":")[2], encoding="ascii")
        return running

    def _last_port(self) -> int:
        with suppress(OSError, ValueError):
            return int((self._state_folder / _PORT_FILE).read_text(encoding="ascii"))
        return 0


@contextmanager
def rehearsing(state_folder: Path) -> Iterator[Rehearsal]:
    """Provide a sandbox for rehearsals, and stop it at the end of the block."""
    with ExitStack() as exits:
        yield Rehearsal(state_folder, exits)


def _add(sandbox: Sandbox, found: RecordKeys) -> None:
    sandbox.add_records(dict.fromkeys(found.keys))
    for campaign_id, words in found.words.items():
        sandbox.campaigns[campaign_id] = _with_words(sandbox.campaigns[campaign_id], words)


def _with_words(campaign: Campaign, words: CampaignWords) -> Campaign:
    """Return a campaign that also has the statuses and agents that a file refers to.

    Names of statuses are left as they are if the campaign knows at least half of them: the others
    are then shown as unknown, as in the live system.
    """
    ids = [each for each in words.status_ids if campaign.status(each) is None]
    listed = {status.name for status in campaign.statuses}
    unknown = [each for each in words.status_names if each not in listed]
    is_foreign = 2 * len(unknown) > len(words.status_names)  # else they are mistakes of the file
    names = unknown if is_foreign else []
    logins = [each for each in words.agent_logins if campaign.agent(each) is None]
    taken = {status.status_id for status in campaign.statuses}.union(ids)
    free = (str(number) for number in count(1) if str(number) not in taken)
    made_up = Vocabulary.of(status_ids=ids, status_names=(), agent_logins=logins)
    named = [CampaignStatus(next(free), SystemStatus.CALL, name) for name in names]
    return replace(
        campaign,
        statuses=(*campaign.statuses, *made_up.statuses, *named),
        agents=(*campaign.agents, *made_up.agents),
    )
