"""Screen 1: the file, and the drafts of earlier ones."""

from __future__ import annotations

from dataclasses import replace

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulk_update.errors import BulkUpdateError, ConsentError
from bulk_update.language import gettext as _
from bulk_update.readers.survey import survey_source
from bulk_update.web.drafts import Draft
from bulk_update.web.last_time import as_last_time
from bulk_update.web.pages import page, problem_of, redirect, service_of
from bulk_update.web.readings import only_encoding
from bulk_update.web.uploads import Upload, receive_upload

UPLOADS = ("/upload",)
"""The paths that limit their request's body themselves."""

_SHOWN_DRAFTS = 10


async def _show(request: Request) -> Response:
    return _page(request)


async def _to_the_first_screen(_: Request) -> Response:
    return redirect("/")


async def _upload(request: Request) -> Response:
    try:
        folder = await to_thread.run_sync(lambda: service_of(request).drafts.incoming)
        upload = await receive_upload(
            request, folder, max_bytes=service_of(request).max_upload_bytes
        )
        draft, screen = await to_thread.run_sync(_first_screen, request, upload)
        known = None
        if screen == "columns":
            known = await as_last_time(request, draft, revision=draft.revision)
        return redirect(known or f"/draft/{draft.id}/{screen}")
    except BulkUpdateError as error:
        return _page(request, error)


def _first_screen(request: Request, upload: Upload) -> tuple[Draft, str]:
    """Make a draft of a file; return it with the screen of its first question.

    Raises BulkUpdateError if it is no table; it is not kept then.
    """
    service = service_of(request)
    rehearsal = "rehearsal" in upload.fields or not service.can_be_live
    draft = service.drafts.create(
        upload.file_name,
        rehearsal=rehearsal,
        content=upload.path,
        sha256=upload.sha256,
        base_url=None if rehearsal else service.base_url,
    )
    path = service.drafts.input_path(draft.id)
    try:
        evidence = survey_source(path, draft.source.named).evidence
    except BulkUpdateError as error:
        service.drafts.delete(draft.id)
        error.replace_text(str(path), draft.file_name)
        raise
    questions = set(evidence.open)
    if encoding := only_encoding(evidence):
        source = replace(draft.source, encoding=encoding)
        draft = service.drafts.save(replace(draft, source=source), revision=draft.revision)
        questions.remove("encoding")
    is_clear = not questions and service.drafts.twin_of(draft) is None
    return draft, "columns" if is_clear else "sheet"


def _page(request: Request, error: BulkUpdateError | None = None) -> Response:
    service = service_of(request)
    drafts = service.drafts.recent()
    shown = len(drafts) if "all" in request.query_params else _SHOWN_DRAFTS
    return page(
        request,
        "file.html",
        step="file",
        errors=[problem_of(error, field="file")] if error else [],
        drafts=drafts[:shown],
        more_drafts=max(0, len(drafts) - shown),
        can_be_live=service.can_be_live,
        max_bytes=service.max_upload_bytes,
    )


async def _ask_to_delete(request: Request) -> Response:
    draft = service_of(request).drafts.get(request.path_params["draft_id"])
    return page(request, "delete.html", draft=draft)


async def _delete(request: Request) -> Response:
    draft = service_of(request).drafts.get(request.path_params["draft_id"])
    await to_thread.run_sync(_delete_idle, request, draft)
    return redirect("/")


def _delete_idle(request: Request, draft: Draft) -> None:
    """Delete a draft with its files. Raises ConsentError if it has a run and any is being sent."""
    service = service_of(request)
    if draft.run_id is not None and service.is_sending():
        raise ConsentError(
            _("a run is being sent at this moment, and its files are still needed"),
            hint=_("Delete the draft when the run has finished."),
        )
    service.drafts.delete(draft.id)


routes = [
    Route("/", _show),
    Route("/upload", _upload, methods=["POST"]),
    Route("/upload", _to_the_first_screen),  # the address of a refused upload
    Route("/draft/{draft_id}/delete", _ask_to_delete),
    Route("/draft/{draft_id}/delete", _delete, methods=["POST"]),
]
