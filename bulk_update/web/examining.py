"""What the screens know of a draft's file: every column, the proposals, and its campaigns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from bulk_update.errors import BulkUpdateError, ServiceError, UsageError
from bulk_update.job.environment import today
from bulk_update.job.look_up_campaigns import references_of, used_campaigns
from bulk_update.job.propose_mapping import campaigns_of, known_campaign, survey_table
from bulk_update.job.request import RunOptions
from bulk_update.language import gettext as _
from bulk_update.proposals import (
    ColumnEvidence,
    LiveCampaigns,
    ProposedMapping,
    TableEvidence,
    live_campaigns,
    propose,
)
from bulk_update.reference import CampaignReference
from bulk_update.web.answers import Goal
from bulk_update.web.drafts import Draft
from bulk_update.web.page_hints import is_about_campaign
from bulk_update.web.pages import Problem, problem_of
from bulk_update.web.remark_words import remark_words
from bulk_update.web.service import Service
from bulk_update.web.source_answers import SourceAnswers

_KEPT = 4
"""Files whose survey is kept, so that going back and forth does not read them again."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A draft's file as it was surveyed, and what the service shows of its campaigns.

    `references` are empty while the campaigns are not known, or if they could not be read
    (`problem` says why). `lacks_campaign`: the live system does not have one of them. `used`
    are the campaigns that earlier runs sent to.
    """

    table: TableEvidence
    proposed: ProposedMapping
    references: tuple[CampaignReference, ...] = ()
    used: tuple[str, ...] = ()
    problem: Problem | None = None
    lacks_campaign: bool = False

    def column(self, name: str) -> ColumnEvidence | None:
        """Return the evidence for a column by its name."""
        return next((column for column in self.table.columns if column.name == name), None)

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to say about the file as a whole."""
        return tuple(filter(None, map(remark_words, self.table.source.notes)))

    @property
    def live(self) -> LiveCampaigns | None:
        """What the campaigns have in common; None if they could not be read."""
        return live_campaigns(self.references) if self.references else None

    @property
    def only_reference(self) -> CampaignReference | None:
        """What the service shows of the campaign, if there is exactly one."""
        return self.references[0] if len(self.references) == 1 else None


def examine(service: Service, draft: Draft) -> Examined:
    """Survey a draft's file and compare it with its campaigns.

    Raises InputError if the file cannot be read. A service that cannot be read is not an error:
    the proposals are then those without it.
    """
    options = service.options_for(draft)
    table = table_of(service, draft)
    known, _notices = known_campaign(table, options, draft.campaign)
    campaigns = _answered(draft, table) or campaigns_of(table, known, draft.campaign)
    references, error = _references(campaigns, options)
    live = live_campaigns(references) if references else None
    proposed = propose(table, known, live=live, campaign_id=draft.campaign)
    return Examined(
        table,
        proposed,
        references,
        used_campaigns(options),
        _problem(draft, error),
        lacks_campaign=not draft.rehearsal and error is not None and is_about_campaign(error),
    )


def _problem(draft: Draft, error: BulkUpdateError | None) -> Problem | None:
    """Return why the campaigns could not be read; a sandbox need not have those of a file."""
    if error is None:
        return None
    problem = problem_of(error)
    if not (draft.rehearsal and is_about_campaign(error)):
        return problem
    return replace(problem, hint=_("The sandbox does not have the campaigns of your system."))


def table_of(service: Service, draft: Draft) -> TableEvidence:
    """Return the survey of a draft's file; raises InputError if it cannot be read."""
    path = service.drafts.input_path(draft.id)
    found = path.stat()
    try:
        return _surveyed(path, draft.source, today(), found.st_mtime_ns, found.st_size)
    except BulkUpdateError as error:
        error.replace_text(str(path), draft.file_name)
        raise


@lru_cache(_KEPT)
def _surveyed(
    path: Path,
    source: SourceAnswers,
    day: date,
    _modified_at_ns: int,
    _size: int,
) -> TableEvidence:
    return survey_table(path, source.named, day, header_row=source.header_row)


def _answered(draft: Draft, table: TableEvidence) -> tuple[str, ...]:
    """Return the campaigns in the column that a person has chosen for them."""
    chosen = [name for name, answer in draft.columns.items() if answer.goal is Goal.CAMPAIGN]
    columns = [column for column in table.columns if column.name in chosen]
    return tuple(text for column in columns for text, _ in column.values or ())


def _references(
    campaigns: tuple[str, ...], options: RunOptions
) -> tuple[tuple[CampaignReference, ...], BulkUpdateError | None]:
    if not options.live:
        return (), None
    try:
        return references_of(campaigns, options), None
    except (ServiceError, UsageError) as error:
        return (), error
