"""Proposes a mapping for a file: certain lines, and questions about the rest.

`TableSurvey` looks at each cell once, `propose` weighs the evidence, and `mapping_text` writes the
mapping. Neither a name nor values alone are enough for an active line: they have to agree.
"""

from bulk_update.proposals.column_survey import TableSurvey
from bulk_update.proposals.evidence import (
    ColumnEvidence,
    KnownCampaign,
    LiveCampaigns,
    SourceEvidence,
    SourceOption,
    TableEvidence,
    live_campaigns,
)
from bulk_update.proposals.names import Target
from bulk_update.proposals.proposal import Proposal, ProposedMapping
from bulk_update.proposals.proposing import (
    campaign_ids,
    compared_columns,
    identifier_candidates,
    names_of,
    propose,
)
from bulk_update.proposals.readings import Reading
from bulk_update.proposals.yaml_text import mapping_text, printable_json, scalar, source_value

__all__ = [
    "ColumnEvidence",
    "KnownCampaign",
    "LiveCampaigns",
    "Proposal",
    "ProposedMapping",
    "Reading",
    "SourceEvidence",
    "SourceOption",
    "TableEvidence",
    "TableSurvey",
    "Target",
    "campaign_ids",
    "compared_columns",
    "identifier_candidates",
    "live_campaigns",
    "mapping_text",
    "names_of",
    "printable_json",
    "propose",
    "scalar",
    "source_value",
]
