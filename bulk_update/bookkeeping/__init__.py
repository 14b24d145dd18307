"""What a ledger says of runs and their rows, whatever database it is kept in."""

from bulk_update.bookkeeping.campaign_records import CampaignRecords
from bulk_update.bookkeeping.change_evidence import ChangeEvidence
from bulk_update.bookkeeping.confusable import LookAlikes, LostZeros
from bulk_update.bookkeeping.finished_input import FinishedInput
from bulk_update.bookkeeping.frequent_reason import FrequentReason
from bulk_update.bookkeeping.holder import Holder
from bulk_update.bookkeeping.known_before import KnownBefore
from bulk_update.bookkeeping.page_rows import PageRow, PageView
from bulk_update.bookkeeping.read_rows import ReadBack, SentRow, StatusMove, Unseen, WaitingRow
from bulk_update.bookkeeping.result_rows import OriginalRow, ResultRow, RowDetail, Snapshot
from bulk_update.bookkeeping.reversed_rows import Judged, ReversedRow, UndoneRow, WaitingReversal
from bulk_update.bookkeeping.run import InvocationEnd, NewRun, Run, RunState
from bulk_update.bookkeeping.sending_times import Pause, SendingTimes
from bulk_update.bookkeeping.tally import Entry, Tally
from bulk_update.bookkeeping.told import Told

__all__ = [
    "CampaignRecords",
    "ChangeEvidence",
    "Entry",
    "FinishedInput",
    "FrequentReason",
    "Holder",
    "InvocationEnd",
    "Judged",
    "KnownBefore",
    "LookAlikes",
    "LostZeros",
    "NewRun",
    "OriginalRow",
    "PageRow",
    "PageView",
    "Pause",
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
]
