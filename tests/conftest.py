"""What every test relies on: no network but loopback, no settings of the user, one time zone."""

from __future__ import annotations

import asyncio
import gc
import importlib
import ipaddress
import itertools
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from command_line import SIGNALS, Desk, signals_restored
from fast_subset import FAST_EXAMPLES, is_fast
from hypothesis import settings
from scripted_server import ScriptedServer
from stores import STORES, Opener

from bulk_update.job.store import Store
from bulk_update.ledger import Ledger

pytest_plugins = ["browser", "long_tests", "remote_fixtures"]

ZONE = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"
"""Lord Howe Island's: no moment has the same local time as in UTC or in Poland, and the difference
changes by half an hour in April and October. Written as POSIX has it, it needs no zone database."""

os.environ["TZ"] = ZONE  # for this process and for those that it starts
if sys.platform != "win32":
    time.tzset()

MEMORY = Path("/dev/shm")  # noqa: S108 - each test makes a folder of its own in it
ENOUGH_BYTES = 4 * 2**30

if (
    "TMPDIR" not in os.environ
    and MEMORY.is_dir()
    and shutil.disk_usage(MEMORY).free >= ENOUGH_BYTES
):
    # Each commit of a ledger waits for the disk. A folder in memory has none to wait for.
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

gc.set_threshold(50_000, 10, 10)  # tests and their trees are many objects that live to the end

# The suite starts hundreds of processes. Without bytecode, each would compile the package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

_NUMBERS = itertools.count(1)
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the container's test install what takes long, too."""
    parser.addoption(
        "--whole-image",
        action="store_true",
        help="install the optional packages of the container's image, too",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let no property fail on a busy machine, and have few examples in the fast tests."""
    settings.register_profile("unhurried", settings.default, deadline=None)
    settings.load_profile("unhurried")
    if config.getoption("markexpr") == "fast":
        settings.register_profile("fast", settings.default, max_examples=FAST_EXAMPLES)
        settings.load_profile("fast")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import the other tests where only the fast ones are asked for."""
    asks_for_fast = config.getoption("markexpr") == "fast"
    return True if asks_for_fast and not is_fast(collection_path) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the fast subset."""
    for item in items:
        if is_fast(item.path):
            item.add_marker(pytest.mark.fast)


def pytest_collection_finish() -> None:
    """Let later garbage collections skip what has been loaded so far."""
    gc.collect()
    gc.freeze()


def _refuse_the_network(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple) and not _is_loopback(str(address[0])):
        raise RuntimeError(f"a test tried to reach {address[0]}: only this machine may be reached")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


sys.addaudithook(_refuse_the_network)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Remove the settings of the machine's user, and give each test its own ledger folder.

    Few tests use that folder, so unlike `tmp_path` it is only a name until one does.
    """
    for name in list(os.environ):
        if name.startswith("BULK_UPDATE_") or name.upper() in _PROXIES:
            monkeypatch.delenv(name)
    folder = tmp_path_factory.getbasetemp() / f"xdg-state-{next(_NUMBERS)}"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))


@pytest.fixture(autouse=True)
def _signals_as_in_a_terminal() -> Iterator[None]:
    """Handle signals even if the suite was started with SIGINT or SIGHUP ignored.

    A background job of a shell script ignores SIGINT, `nohup` SIGHUP, and children inherit both.
    """
    with signals_restored():
        for number in SIGNALS:
            is_sigint = number is signal.SIGINT
            signal.signal(number, signal.default_int_handler if is_sigint else signal.SIG_DFL)
        yield


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    with Ledger(tmp_path / "state") as ledger:
        yield ledger


@pytest.fixture(params=STORES.values(), ids=list(STORES))
def open_store(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[], AbstractContextManager[Store]]:
    """Opens a store, the same again and again, as a process after or beside another does."""
    opener: Opener = request.param
    return lambda: opener(tmp_path / "state")


@pytest.fixture
def store(open_store: Callable[[], AbstractContextManager[Store]]) -> Iterator[Store]:
    """An empty store of each kind."""
    with open_store() as store:
        yield store


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server that takes everything, until a test gives it another script."""
    with ScriptedServer() as running:
        yield running


@pytest.fixture(scope="module")
def lasting_server() -> Iterator[ScriptedServer]:
    """As `server`, for all examples of a property; each begins with `forget`."""
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, server: ScriptedServer) -> Desk:
    """A desk whose commands send to `server`."""
    return Desk(tmp_path, server.url)


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a coroutine to its end, on each of the two event loops that are used."""
    if request.param == "uvloop" and sys.platform == "win32":
        pytest.skip("uvloop does not exist for Windows")
    factory = (
        importlib.import_module("uvloop").new_event_loop
        if request.param == "uvloop"
        else asyncio.new_event_loop
    )

    def running(coroutine: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(coroutine)

    return running
