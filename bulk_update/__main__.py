"""`python -m bulk_update` and the `bulk-update` command."""

from bulk_update.cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
