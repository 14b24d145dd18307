"""What a rehearsal needs of a user's own file: the records that its rows name."""

from __future__ import annotations

from collections.abc import Iterator

from bulk_update.job.request import Request, load, readable_file
from bulk_update.mapping import Translator
from bulk_update.readers import open_spreadsheet


def record_keys(request: Request) -> Iterator[tuple[str, str]]:
    """Yield campaign and identifier of every row where both can be read.

    Raises MappingError and InputError.
    """
    loaded = load(request)
    with open_spreadsheet(
        readable_file(request.file),
        loaded.mapping.source_options,
        mapped_columns=loaded.mapping.column_names,
        override=request.source,
    ) as spreadsheet:
        translator = Translator(
            loaded.mapping,
            header=spreadsheet.header,
            mapping_path=loaded.path,
            file_name=str(request.file),
            ours=spreadsheet.ours,
        )
        for chunk in spreadsheet.chunks():
            mapped = translator.translate(chunk)
            for key in zip(mapped.campaign_ids, mapped.identifiers, strict=True):
                campaign_id, identifier = key
                if campaign_id is not None and identifier is not None:
                    yield campaign_id, identifier
