"""The records, statuses and agents that a file's rows refer to, for seeding a sandbox."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from bulk_update.job.input_file import file_of
from bulk_update.job.mapped_file import opened
from bulk_update.job.request import Request, load


@dataclass(slots=True)
class CampaignWords:
    """What the rows of one campaign refer to, in the order in which they first do."""

    status_ids: dict[str, None] = field(default_factory=dict)
    status_names: dict[str, None] = field(default_factory=dict)
    agent_logins: dict[str, None] = field(default_factory=dict)

    def add(self, body: str) -> None:
        """Add what a request would set."""
        content = json.loads(body)
        for name, words in (
            ("status_id", self.status_ids),
            ("status", self.status_names),
            ("agent_login", self.agent_logins),
        ):
            if content.get(name):
                words.setdefault(content[name])


@dataclass(frozen=True, slots=True)
class RecordKeys:
    """Campaign and identifier of every row that has both; `unread` counts the others.

    `words` is what the valid rows refer to, by campaign.
    """

    keys: list[tuple[str, str]]
    unread: int
    words: dict[str, CampaignWords] = field(default_factory=dict)


def record_keys(request: Request) -> RecordKeys:
    """Return the records that a file names.

    Raises MappingError or InputError.
    """
    keys: list[tuple[str, str]] = []
    words: dict[str, CampaignWords] = {}
    unread = 0
    loaded = load(request)
    kind_is_named = loaded.mapping.source.kind is not None
    with (
        file_of(request.text, kind_is_named=kind_is_named) as file,
        opened(replace(request, file=file.path), loaded) as (spreadsheet, translator),
    ):
        for chunk in spreadsheet.chunks():
            mapped = translator.translate(chunk)
            for campaign_id, identifier, body in zip(
                mapped.campaign_ids, mapped.identifiers, mapped.bodies, strict=True
            ):
                if campaign_id is None or identifier is None:
                    unread += 1
                    continue
                keys.append((campaign_id, identifier))
                if body is not None:
                    words.setdefault(campaign_id, CampaignWords()).add(body)
    return RecordKeys(keys, unread, words)
