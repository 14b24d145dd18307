"""The page at `/`: the sandbox's records and the requests it has received.

Plain HTML that reloads itself every two seconds. All text from outside is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from http import HTTPStatus

from bulk_update.sandbox.campaigns import Campaign
from bulk_update.sandbox.received import Received
from bulk_update.sandbox.state import Sandbox
from bulk_update.sandbox.store import Record

SHOWN = 50
LONGEST = 300

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2">
<title>Sandbox</title>
<style>
body {{ font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem;
       padding: 0 1rem; color: #222; background: #fafafa }}
h1 {{ font-size: 1.5rem }} h2 {{ font-size: 1.1rem; margin-top: 2rem }}
table {{ border-collapse: collapse; width: 100%; background: #fff }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem .6rem;
          border: 1px solid #ddd; overflow-wrap: anywhere }}
th {{ background: #f0f0f0; font-weight: 600; white-space: nowrap }}
td:first-child, td:nth-child(2) {{ white-space: nowrap }} td:nth-child(3) {{ min-width: 14rem }}
code {{ font-size: .87em }}
.counts b {{ display: inline-block; margin: 0 1rem .5rem 0; padding: .3rem .8rem;
            border-radius: .4rem; background: #e8e8e8 }}
.good {{ color: #14692b }} .bad {{ color: #a32020 }} .none {{ color: #777 }}
</style>
</head>
<body>
<h1>Sandbox: a stand-in for the API</h1>
<p class="counts">{counts}</p>
<h2>Last requests</h2>
{requests}
<h2>Changed or called records ({changed} of {held})</h2>
{records}
<h2>Campaigns</h2>
{campaigns}
</body>
</html>
"""


def render_page(sandbox: Sandbox) -> str:
    """Return the complete page."""
    return _PAGE.format(
        counts=_counts(sandbox),
        requests=_requests(sandbox.received.last(SHOWN)),
        changed=sandbox.records.changed_count,
        held=len(sandbox.records),
        records=_records(sandbox.records.last_changed(SHOWN)),
        campaigns=_campaigns(sandbox.campaigns.values()),
    )


def _counts(sandbox: Sandbox) -> str:
    counts = sorted(sandbox.received.counts.items())
    return "".join(f"<b>{escape(answer)}: {count}</b>" for answer, count in counts) or (
        '<span class="none">No requests yet.</span>'
    )


def _requests(requests: Sequence[Received]) -> str:
    return _table(
        ("Time (UTC)", "Response", "Request", "Body"),
        (
            (
                request.arrived_at.strftime("%H:%M:%S.%f")[:-3],
                _answer(request),
                _code(f"{request.method} {request.raw_path}"),
                _code(request.body.decode(errors="replace")),
            )
            for request in requests
        ),
    )


def _answer(request: Received) -> str:
    good = request.status is not None and request.status < HTTPStatus.MULTIPLE_CHOICES
    label = request.answer
    if request.fault and request.status:
        label += " (fault)" if request.fault == label else f" ({request.fault})"
    return f'<span class="{"good" if good else "bad"}">{escape(label)}</span>'


def _records(records: Iterable[Record]) -> str:
    return _table(
        (
            "Campaign",
            "Identifier",
            "Status",
            "Agent",
            "Next call",
            "Last call",
            "Fields",
            "Changes",
        ),
        (
            (
                _text(record.campaign_id),
                _code(record.identifier),
                _text(record.status_id),
                _text(record.agent_login or ""),
                _text(record.next_call_date or ""),
                _text(record.call_date or ""),
                _text(", ".join(f"{name}: {each}" for name, each in record.record_fields.items())),
                str(record.changes),
            )
            for record in records
        ),
    )


def _campaigns(campaigns: Iterable[Campaign]) -> str:
    return _table(
        ("Campaign", "Name", "Statuses", "Agents", "Fields"),
        (
            (
                _text(campaign.campaign_id),
                _text(campaign.name),
                "any" if campaign.any_status else _statuses(campaign),
                "any" if campaign.any_agent else _agents(campaign),
                "any" if campaign.any_field else _text(", ".join(campaign.fields)),
            )
            for campaign in campaigns
        ),
    )


def _statuses(campaign: Campaign) -> str:
    return _lines(f"{each.status_id}: {each.name}" for each in campaign.statuses)


def _agents(campaign: Campaign) -> str:
    return _lines(
        each.login if each.active_in_outbound else f"{each.login} (left)"
        for each in campaign.agents
    )


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the cells of `rows` are already HTML."""
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n" for row in rows)
    head = "".join(f"<th>{name}</th>" for name in header)
    return f"<table>\n<tr>{head}</tr>\n{body}</table>" if body else '<p class="none">None yet.</p>'


def _text(text: str) -> str:
    return escape(text if len(text) <= LONGEST else text[:LONGEST] + "…")


def _lines(texts: Iterable[str]) -> str:
    return "<br>".join(map(_text, texts))


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"
