"""`python -m bulk_update` and the `bulk-update` command."""

import gc

from bulk_update.cli.signals import ignore_signals, listen
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
        from bulk_update.cli.main import main as run_command_line  # noqa: PLC0415 - after `listen`

        run_command_line(stop)
    finally:
        ignore_signals()


if __name__ == "__main__":
    main()
