"""`python -m bulk_update` and the `bulk-update` command."""

import gc

from bulk_update.cli.signals import ignore_signals, listen, unhandled_signals_repeated
from bulk_update.stop_request import StopRequest

_OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Most objects belong to modules and live to the end; Python's default of 700 searches them for
garbage hundreds of times while they are imported."""


def main() -> None:
    """Run the program; it handles signals before it imports anything else."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    stop = StopRequest()
    listen(stop)
    try:
        with unhandled_signals_repeated():
            from bulk_update.cli.main import main as run  # noqa: PLC0415 - after `listen`

            run(stop)
    finally:
        ignore_signals()


if __name__ == "__main__":
    main()
