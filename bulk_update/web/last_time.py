"""Going on with a new file as with an earlier one that has the same columns."""

from __future__ import annotations

from anyio.to_thread import run_sync
from starlette.requests import Request

from bulk_update.errors import InputError, MappingError
from bulk_update.web.checking import checks_of, write_mapping
from bulk_update.web.column_choices import answers_to_show
from bulk_update.web.column_problems import column_problems
from bulk_update.web.drafts import Draft
from bulk_update.web.examining import Examined, examine
from bulk_update.web.pages import service_of
from bulk_update.web.recognition import recognise, taken_over
from bulk_update.web.value_questions import are_answered


async def as_last_time(request: Request, draft: Draft, *, revision: int) -> str | None:
    """Answer as for an earlier file, if there is one; return the screen to go on with.

    That is the preview, unless something has to be answered first. Raises ChangedMeanwhileError.
    """
    service = service_of(request)
    try:
        examined = await run_sync(examine, service, draft)
    except InputError:  # the screen of columns says so
        return None
    recognised = recognise(service.drafts, draft, examined.table)
    if recognised is None:
        return None
    draft = service.drafts.save(taken_over(draft, recognised), revision=revision)
    answers = answers_to_show(examined.proposed, draft.columns)
    if column_problems(examined.table, answers, draft.campaign):
        return f"/draft/{draft.id}/columns?check=1"
    try:
        return await go_on(request, draft, examined, then="preview")
    except MappingError:  # the screen of columns says what is wrong
        return f"/draft/{draft.id}/columns?check=1"


async def go_on(request: Request, draft: Draft, examined: Examined, *, then: str) -> str:
    """Check a draft unless it is checked, or a value needs an answer first; return the next screen.

    Raises MappingError if the answers make no mapping.
    """
    if not are_answered(examined, draft):
        return f"/draft/{draft.id}/values"
    if draft.run_id is None:
        service = service_of(request)
        await run_sync(write_mapping, service, draft)
        checks_of(request).start(service, draft)
    return f"/draft/{draft.id}/{then}"
