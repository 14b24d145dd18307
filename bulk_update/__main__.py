"""`python -m bulk_update` and the `bulk-update` command."""

from bulk_update.cli.signals import ignore_signals, listen
from bulk_update.stop_request import StopRequest


def main() -> None:
    """Run the program; it handles signals before it imports anything else."""
    stop = StopRequest()
    listen(stop)
    try:
        from bulk_update.cli.main import main as run_command_line  # noqa: PLC0415 - after `listen`

        run_command_line(stop)
    finally:
        ignore_signals()


if __name__ == "__main__":
    main()
