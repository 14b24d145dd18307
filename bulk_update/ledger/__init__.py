"""The ledger: a durable record of what every run planned, sent and achieved.

Rows are staged before anything is sent, the intent of an attempt is on disk before its request is
sent, and the outcome is written after the response. Every output file is a projection of these
tables. Only one process sends at a time (`lock`); any number can plan and read.
"""

from bulk_update.ledger.change_evidence import ChangeEvidence
from bulk_update.ledger.connection import BUSY_SECONDS
from bulk_update.ledger.expected_records import Unseen
from bulk_update.ledger.finished_inputs import FinishedInput
from bulk_update.ledger.frequent_reasons import FrequentReason
from bulk_update.ledger.inspection import (
    FolderState,
    LedgerState,
    inspect_folder,
    inspect_ledger,
    sqlite_version,
)
from bulk_update.ledger.journal import Journal
from bulk_update.ledger.judgement import KnownBefore
from bulk_update.ledger.known_records import CampaignRecords
from bulk_update.ledger.lock import Holder, current_holder, sending_lock
from bulk_update.ledger.look_alikes import LookAlikes, LostZeros
from bulk_update.ledger.projection import INTERRUPTED, Projection
from bulk_update.ledger.readings import ReadBack, SentRow, StatusMove, WaitingRow
from bulk_update.ledger.result_rows import OriginalRow, ResultRow, RowDetail, Snapshot
from bulk_update.ledger.reversals import Judged, ReversedRow, UndoneRow, WaitingReversal
from bulk_update.ledger.row_pages import PageRow, PageView
from bulk_update.ledger.run import InvocationEnd, NewRun, Run, RunState
from bulk_update.ledger.sending_times import Pause, SendingTimes
from bulk_update.ledger.store import Ledger
from bulk_update.ledger.tally import Tally
from bulk_update.ledger.tellings import Told

__all__ = [
    "BUSY_SECONDS",
    "INTERRUPTED",
    "CampaignRecords",
    "ChangeEvidence",
    "FinishedInput",
    "FolderState",
    "FrequentReason",
    "Holder",
    "InvocationEnd",
    "Journal",
    "Judged",
    "KnownBefore",
    "Ledger",
    "LedgerState",
    "LookAlikes",
    "LostZeros",
    "NewRun",
    "OriginalRow",
    "PageRow",
    "PageView",
    "Pause",
    "Projection",
    "ReadBack",
    "ResultRow",
    "ReversedRow",
    "RowDetail",
    "Run",
    "RunState",
    "SendingTimes",
    "SentRow",
    "Snapshot",
    "StatusMove",
    "Tally",
    "Told",
    "UndoneRow",
    "Unseen",
    "WaitingReversal",
    "WaitingRow",
    "current_holder",
    "inspect_folder",
    "inspect_ledger",
    "sending_lock",
    "sqlite_version",
]
