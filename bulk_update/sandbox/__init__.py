"""A local stand-in for the API, to rehearse against.

It shares no code with the client, so that no mistake can cancel itself out.
"""

from __future__ import annotations

from bulk_update.sandbox.app import create_app
from bulk_update.sandbox.campaigns import (
    CAMPAIGNS,
    Agent,
    Campaign,
    CampaignStatus,
    SystemStatus,
    Vocabulary,
)
from bulk_update.sandbox.fault_file import parse_faults
from bulk_update.sandbox.faults import Answer, Endpoint, Fault, FaultPlan
from bulk_update.sandbox.panel import Call, Departure, Leaves
from bulk_update.sandbox.received import Received
from bulk_update.sandbox.server import RunningSandbox, running_sandbox, serve
from bulk_update.sandbox.state import Sandbox, SandboxSettings
from bulk_update.sandbox.store import Change, Record

__all__ = [
    "CAMPAIGNS",
    "Agent",
    "Answer",
    "Call",
    "Campaign",
    "CampaignStatus",
    "Change",
    "Departure",
    "Endpoint",
    "Fault",
    "FaultPlan",
    "Leaves",
    "Received",
    "Record",
    "RunningSandbox",
    "Sandbox",
    "SandboxSettings",
    "SystemStatus",
    "Vocabulary",
    "create_app",
    "parse_faults",
    "running_sandbox",
    "serve",
]
