"""The records that a file's rows refer to, for seeding a sandbox."""

from __future__ import annotations

from collections.abc import Iterator

from bulk_update.job.mapped_file import opened
from bulk_update.job.request import Request, load, readable_file


def record_keys(request: Request) -> Iterator[tuple[str, str]]:
    """Yield the campaign id and identifier of every row that has both.

    Raises MappingError or InputError.
    """
    loaded = load(request)
    readable_file(request.file)
    with opened(request, loaded) as (spreadsheet, translator):
        for chunk in spreadsheet.chunks():
            mapped = translator.translate(chunk)
            for key in zip(mapped.campaign_ids, mapped.identifiers, strict=True):
                campaign_id, identifier = key
                if campaign_id is not None and identifier is not None:
                    yield campaign_id, identifier
