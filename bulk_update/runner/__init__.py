"""The worker pool: take a row, put the intent on disk, pace, send, settle; drain and halt.

It knows its neighbours as Protocols (`ports`) and is told clock, sleep and randomness.
"""

from bulk_update.runner.pool import Runner
from bulk_update.runner.ports import Channel, Clock, Journal, Sender
from bulk_update.runner.stopping import StopSign
from bulk_update.runner.supervision import Supervisor

__all__ = ["Channel", "Clock", "Journal", "Runner", "Sender", "StopSign", "Supervisor"]
