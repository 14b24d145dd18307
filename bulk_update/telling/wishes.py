"""What a command is asked to tell."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from bulk_update.telling.changes import NotifyOn


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a command was asked to tell, and where it was asked: an option, a variable or a key."""

    urls: tuple[SecretStr, ...] = ()
    urls_from: str = "--notify"
    notify_on: NotifyOn = NotifyOn.CHANGE
    ping: SecretStr | None = None
    ping_from: str = "--ping"

    def __bool__(self) -> bool:
        """Return whether anything is to be told."""
        return bool(self.urls or self.ping)
