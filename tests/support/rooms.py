"""Which rooms the package has, and which of them are pure."""

from __future__ import annotations

LAYERS = (
    {"errors", "events", "exits", "records", "limits", "settings", "messages", "window"}
    | {"printable", "language", "reasons", "reference", "columns", "stop_request", "invalid_value"}
    | {"network_share", "system_errors", "loopback"},
    {"cells", "plan", "learned", "policy", "pacing", "readback"},
    {"mapping", "reversal"},
    {"translation", "corrections", "proposals", "bookkeeping"},
    {"journal"},
    {"readers", "sources", "ledger", "ledger_postgres", "client", "results", "sandbox"}
    | {"credentials", "metrics", "report", "telling"},
    {"runner"},
    {"job"},
    {"web"},
    {"cli"},
    {"__main__"},
)
"""The rooms, the lowest first: imports go downwards."""

LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
PURE = {"exits", "messages"}.union(*LAYERS[1:4])
