"""One reply of each kind that matters to the policy, and a strategy over them."""

from __future__ import annotations

from hypothesis import strategies as st

from bulk_update.records import Attempt, BodyKind, Reply


def reply_with(status: int, words: str = "", *, body: BodyKind = BodyKind.EMPTY) -> Reply:
    return Reply(
        may_have_been_sent=True,
        status=status,
        code=f"http-{status}",
        variant="page" if body in {BodyKind.HTML, BodyKind.LOGIN_PAGE} else "",
        params={"words": words},
        body=body,
    )


def with_retry_after(status: int, seconds: float) -> Reply:
    return reply_with(status)._replace(retry_after_seconds=seconds)


TIMEOUT = Reply(may_have_been_sent=True, status=None, code="timeout", params={"seconds": 30.0})
DISCONNECTED = Reply(may_have_been_sent=True, status=None, code="disconnected")
UNREACHABLE = Reply(
    may_have_been_sent=False,
    status=None,
    code="unreachable",
    variant="system",
    params={"host": "acme.thulium.com", "port": 443, "error": "ECONNREFUSED", "number": 111},
)
REFUSED_BY_PROXY = Reply(
    may_have_been_sent=False,
    status=None,
    code="proxy-407",
    params={"host": "proxy", "port": 3128, "status": 407, "words": "Who are you?"},
)
NOT_TRUSTED = Reply(
    may_have_been_sent=False,
    status=None,
    code="tls",
    variant="certificate",
    params={"host": "acme.thulium.com", "port": 443, "words": "expired"},
)
ACCEPTED = reply_with(204)
PAGE = reply_with(200, "Sorry", body=BodyKind.HTML)
LOGIN = reply_with(200, "Log in", body=BodyKind.LOGIN_PAGE)
REFUSED = reply_with(422, "Wrong number.")
FORBIDDEN = reply_with(403, "Forbidden.")
PACED = with_retry_after(403, 7.0)
LOCKED = reply_with(423, "Locked.")
UNREADABLE = reply_with(200, "{", body=BodyKind.UNREADABLE)
NOT_FOUND = reply_with(404, "Not found.")
UNAUTHORISED = reply_with(401, "Who are you?")
PROXY_UNAUTHORISED = reply_with(407, "Who are you?")
BUSY = reply_with(503, "Busy.")

REPLIES = st.sampled_from(
    [
        TIMEOUT,
        DISCONNECTED,
        UNREACHABLE,
        NOT_TRUSTED,
        REFUSED_BY_PROXY,
        ACCEPTED,
        PAGE,
        UNREADABLE,
        LOGIN,
        REFUSED,
        FORBIDDEN,
        PACED,
        LOCKED,
        NOT_FOUND,
        UNAUTHORISED,
        PROXY_UNAUTHORISED,
        BUSY,
    ]
)


def attempts(*replies: Reply | None) -> list[Attempt]:
    """Return attempts one second apart, the first after one second; None: no recorded reply."""
    return [
        Attempt(attempt_id=number, departed_at_us=number * 1_000_000, reply=reply)
        for number, reply in enumerate(replies, start=1)
    ]
