"""Proposing a mapping for a file, without sending anything or changing a run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from bulk_update.cells.identifiers import CAMPAIGN_ID
from bulk_update.client import parse_base_url
from bulk_update.errors import LedgerError, MappingError, UsageError
from bulk_update.exits import ExitCode
from bulk_update.job.connection import connection_of
from bulk_update.job.environment import today
from bulk_update.job.input_file import called, file_of
from bulk_update.job.ledger_place import ledger_place
from bulk_update.job.live_references import reading_references
from bulk_update.job.new_file import refuse_existing, write_new
from bulk_update.job.reference_needs import Needs
from bulk_update.job.request import RunOptions, delivery_of, path_text
from bulk_update.job.store import Store
from bulk_update.mapping import load_mapping
from bulk_update.messages.remarks import Remark
from bulk_update.printable import printable
from bulk_update.proposals import (
    KnownCampaign,
    LiveCampaigns,
    ProposedMapping,
    TableEvidence,
    TableSurvey,
    campaign_ids,
    compared_columns,
    identifier_candidates,
    live_campaigns,
    mapping_text,
    names_of,
    propose,
)
from bulk_update.readers import open_spreadsheet
from bulk_update.readers.survey import survey_source
from bulk_update.records import Issue, SourceOptions

_KNOWN_SHARE = 0.95
_SCHEMA = "mapping.schema.json"


@dataclass(frozen=True, slots=True)
class MappingProposal:
    """The result of `mapping init`: the proposals and the mapping's text.

    `check_command` checks the file with it. `notices` are for the user who runs the command.
    """

    proposed: ProposedMapping
    text: str
    check_command: str
    notices: tuple[Issue, ...]

    @property
    def questions(self) -> tuple[str, ...]:
        """The keys that are left to answer."""
        return tuple(map(str, self.proposed.left_to_answer))

    @property
    def exit_code(self) -> ExitCode:
        """0 if the mapping can be used as it is, 1 if questions are left."""
        return ExitCode.ROWS if self.questions else ExitCode.SUCCESS


def propose_mapping(
    file: str,
    options: RunOptions,
    *,
    source: SourceOptions,
    output: Path | None,
    campaign_id: str | None = None,
) -> MappingProposal:
    """Survey a file and propose a mapping; write it to `output`, which must not exist.

    With `options.live`, statuses and agents are compared with those of the campaign: the one that
    is named, or those of the file or of earlier runs. Raises InputError for a file that cannot be
    read, UsageError for an output that exists or cannot be written or a campaign that is not valid,
    and ServiceError if the campaign cannot be read.
    """
    if campaign_id is not None and not CAMPAIGN_ID.fullmatch(campaign_id):
        raise UsageError(Issue("usage", {"text": campaign_id}, "campaign"))
    if output is not None:
        refuse_existing(output)
    with options.stop.interruptible():
        with file_of(file) as input_file:
            table = survey_table(input_file.path, source, today())
        known, notices = known_campaign(table, options, campaign_id)
    live, more = _live(options, campaigns_of(table, known, campaign_id))
    notices += more
    proposed = propose(table, known, live=live, campaign_id=campaign_id)
    folder = Path() if output is None else output.parent
    schema = _SCHEMA if output is not None and (folder / _SCHEMA).is_file() else None
    command = shlex.join(
        ["bulk-update", "check", file, "-m", "MAPPING" if output is None else str(output)]
    )
    text = mapping_text(
        proposed, path=path_text(called(file)), check_command=printable(command), schema=schema
    )
    proposed = _with_loading_fault(proposed, text)
    if output is not None:
        write_new(output, text)
    return MappingProposal(proposed, text, command, notices)


def survey_table(
    file: Path, named: SourceOptions, today: date, *, header_row: int | None = None
) -> TableEvidence:
    """Examine every cell of a file; `named` options and a `header_row` are certain."""
    source = survey_source(file, named, header_row=header_row)
    with open_spreadsheet(file, source.options, mapped_columns=()) as spreadsheet:
        names, doubled = names_of(spreadsheet.header)
        keys = compared_columns(spreadsheet.header)
        survey = TableSurvey(spreadsheet.header, keys=keys, today=today)
        for chunk in spreadsheet.chunks():
            survey.add(chunk)
    by_name = {column.name: column for column in reversed(survey.columns())}
    evidence = source.evidence
    if survey.ragged:
        ragged = Remark("ragged-rows", {"count": survey.ragged})
        evidence = replace(evidence, notes=(*evidence.notes, ragged))
    return TableEvidence(
        evidence, tuple(by_name[name] for name in names), doubled, survey.rows, survey.ragged
    )


def known_campaign(
    table: TableEvidence, options: RunOptions, campaign_id: str | None
) -> tuple[KnownCampaign | None, tuple[Issue, ...]]:
    """Return what the ledger knows about the file's campaign, and a notice if it is unreadable.

    `campaign_id` is the campaign that a person has named.
    """
    place = ledger_place(options.settings)
    if not place.exists():
        return None, ()
    base_url = options.settings.base_url and parse_base_url(options.settings.base_url)
    try:
        with place.opened(to_look_at=True) as ledger:
            with suppress(LedgerError):  # read-only: the latest runs are then not known
                ledger.housekeeping.remember_what_was_sent()
            return _known_campaign(ledger, table, base_url, campaign_id), ()
    except LedgerError as error:
        return None, (Issue("no-history", {"error": error.issues[0]}),)


def _known_campaign(
    ledger: Store, table: TableEvidence, base_url: str | None, campaign_id: str | None
) -> KnownCampaign | None:
    named = (campaign_id,) if campaign_id else campaign_ids(table)
    found = [] if named else list(_campaigns_of_columns(ledger, table, base_url))
    if len(found) == 1:
        return found[0]
    fields = [_fields_of(ledger, campaign_id, base_url) for campaign_id in named]
    if not fields:
        return None
    common = set(fields[0]).intersection(*fields[1:])
    return KnownCampaign(named[0], tuple(name for name in fields[0] if name in common))


def campaigns_of(
    table: TableEvidence, known: KnownCampaign | None, named: str | None
) -> tuple[str, ...]:
    """Return the campaigns of the file's rows: named, in a column, or known from earlier runs."""
    if named is not None:
        return (named,)
    return campaign_ids(table) or ((known.campaign_id,) if known else ())


def _live(
    options: RunOptions, campaigns: tuple[str, ...]
) -> tuple[LiveCampaigns | None, tuple[Issue, ...]]:
    """Return what the service shows of the file's campaigns, and what there is to say about it."""
    if not options.live:
        return None, ()
    if not campaigns:
        return None, (Issue("unknown-campaign"),)
    connection = connection_of(options, None)
    delivery = delivery_of(options.settings, None)
    needs = Needs(names=False, statuses=True, agents=True)
    with reading_references(options, connection, delivery, needs) as references:
        found = live_campaigns([references.of(each) for each in campaigns])
        return found, references.notices()


def _campaigns_of_columns(
    ledger: Store, table: TableEvidence, base_url: str | None
) -> Iterator[KnownCampaign]:
    """Yield the campaigns whose records have the identifiers of a column."""
    for column in identifier_candidates(table):
        sampled = len(column.sample)
        for system, campaign_id, hits in ledger.known_records.campaigns_with(column.sample):
            if base_url in {None, system} and hits >= _KNOWN_SHARE * sampled:
                fields = ledger.known_records.confirmed_fields(
                    base_url=system, campaign_id=campaign_id
                )
                yield KnownCampaign(campaign_id, fields, column.name, hits, sampled)


def _fields_of(ledger: Store, campaign_id: str, base_url: str | None) -> tuple[str, ...]:
    systems = [
        each for each in ledger.known_records.systems_of(campaign_id) if base_url in {None, each}
    ]
    if len(systems) != 1:  # campaign ids are unique only within a system
        return ()
    return ledger.known_records.confirmed_fields(base_url=systems[0], campaign_id=campaign_id)


def _with_loading_fault(proposed: ProposedMapping, text: str) -> ProposedMapping:
    """Add the error of a complete mapping that does not load."""
    if proposed.left_to_answer:
        return proposed
    try:
        load_mapping(text.encode(), path="MAPPING")
    except MappingError as error:
        fault = Remark("does-not-load", {"error": error.message})
        return replace(proposed, left_to_answer={"mapping": fault})
    return proposed
