"""The ledger: a durable record of what every run planned, sent and achieved.

Rows are staged before anything is sent, the intent of an attempt is on disk before its request is
sent, and the outcome is written after the response. Every output file is a projection of these
tables. Only one process sends at a time (`lock`); any number can plan and read.
"""

from bulk_update.bookkeeping.campaign_records import CampaignRecords
from bulk_update.bookkeeping.change_evidence import ChangeEvidence
from bulk_update.bookkeeping.confusable import LookAlikes, LostZeros
from bulk_update.bookkeeping.finished_input import FinishedInput
from bulk_update.bookkeeping.frequent_reason import FrequentReason
from bulk_update.bookkeeping.holder import Holder
from bulk_update.bookkeeping.known_before import KnownBefore
from bulk_update.bookkeeping.ledger_state import LedgerState
from bulk_update.bookkeeping.page_rows import PageRow, PageView
from bulk_update.bookkeeping.read_rows import ReadBack, SentRow, StatusMove, Unseen, WaitingRow
from bulk_update.bookkeeping.result_rows import OriginalRow, ResultRow, RowDetail, Snapshot
from bulk_update.bookkeeping.reversed_rows import Judged, ReversedRow, UndoneRow, WaitingReversal
from bulk_update.bookkeeping.run import InvocationEnd, NewRun, Run, RunState
from bulk_update.bookkeeping.sending_times import Pause, SendingTimes
from bulk_update.bookkeeping.tally import Tally
from bulk_update.bookkeeping.told import Told
from bulk_update.ledger.connection import BUSY_SECONDS
from bulk_update.ledger.inspection import (
    FolderState,
    inspect_folder,
    inspect_ledger,
    sqlite_version,
)
from bulk_update.ledger.lock import current_holder, sending_lock
from bulk_update.ledger.place import LedgerFolder
from bulk_update.ledger.projection import INTERRUPTED, Projection
from bulk_update.ledger.store import Ledger

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
    "Judged",
    "KnownBefore",
    "Ledger",
    "LedgerFolder",
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
