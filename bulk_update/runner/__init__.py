"""The worker pool: takes rows, records intents, paces, sends and settles; drains and halts.

The journal and the sender are Protocols (`ports`); the clock and randomness are arguments.
"""

from bulk_update.runner.heartbeat import beating
from bulk_update.runner.ports import Channel, Clock, Journal, Sender
from bulk_update.runner.stop_signal import StopSignal
from bulk_update.runner.supervision import Supervisor
from bulk_update.runner.worker_pool import WorkerPool

__all__ = [
    "Channel",
    "Clock",
    "Journal",
    "Sender",
    "StopSignal",
    "Supervisor",
    "WorkerPool",
    "beating",
]
