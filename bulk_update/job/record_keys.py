"""The records that a file's rows refer to, for seeding a sandbox."""

from __future__ import annotations

from dataclasses import dataclass

from bulk_update.job.mapped_file import opened
from bulk_update.job.request import Request, load, readable_file


@dataclass(frozen=True, slots=True)
class RecordKeys:
    """Campaign and identifier of every row that has both; `unread` counts the others."""

    keys: list[tuple[str, str]]
    unread: int


def record_keys(request: Request) -> RecordKeys:
    """Return the records that a file names.

    Raises MappingError or InputError.
    """
    keys: list[tuple[str, str]] = []
    unread = 0
    loaded = load(request)
    readable_file(request.file)
    with opened(request, loaded) as (spreadsheet, translator):
        for chunk in spreadsheet.chunks():
            mapped = translator.translate(chunk)
            for key in zip(mapped.campaign_ids, mapped.identifiers, strict=True):
                campaign_id, identifier = key
                if campaign_id is not None and identifier is not None:
                    keys.append((campaign_id, identifier))
                else:
                    unread += 1
    return RecordKeys(keys, unread)
