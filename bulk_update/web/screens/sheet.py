"""Screen 2: which table of the file, and how to read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bulk_update.errors import BulkUpdateError
from bulk_update.job.file_preview import FilePreview, preview_file
from bulk_update.language import gettext as _
from bulk_update.web.drafts import Draft
from bulk_update.web.pages import Problem, page, problem_of, redirect, service_of
from bulk_update.web.readings import (
    delimiter_readings,
    encoding_readings,
    only_encoding,
    questions_of,
    sheets_of,
)
from bulk_update.web.source_answers import SourceAnswers


async def _show(request: Request) -> Response:
    draft = _draft_of(request)
    try:
        preview = await to_thread.run_sync(_preview, request, draft)
    except BulkUpdateError as error:
        return _page(request, draft, problems=[problem_of(error)])
    wants_check = "check" in request.query_params
    return _page(request, draft, preview, problems=_missing(preview) if wants_check else ())


async def _answer(request: Request) -> Response:
    """Keep the answers if the file can be read with them; otherwise ask again."""
    draft = _draft_of(request)
    form = await request.form(max_files=0, max_fields=20)
    given = {name: str(value) for name, value in form.items()}
    changed = replace(draft, source=_answers(draft.source, given))
    try:
        changed, preview = await to_thread.run_sync(_settled, request, changed)
    except BulkUpdateError as error:
        return _page(request, draft, problems=[problem_of(error)])
    if changed.source != draft.source:
        service_of(request).drafts.save(
            replace(changed, run_id=None), revision=_number(given.get("revision")) or 0
        )
    if "look" in given:
        return redirect(f"/draft/{draft.id}/sheet")
    return redirect(f"/draft/{draft.id}/{'sheet?check=1' if preview.questions else 'columns'}")


def _draft_of(request: Request) -> Draft:
    return service_of(request).drafts.get(request.path_params["draft_id"])


def _answers(before: SourceAnswers, given: Mapping[str, str]) -> SourceAnswers:
    """Return the answers of a form; the header row of another table is found anew."""
    if "forget" in given:
        return SourceAnswers()
    sheet = given.get("sheet") or before.sheet
    is_other_table = any(
        f"shown_{name}" in given and given.get(name, "") != given[f"shown_{name}"]
        for name in ("sheet", "delimiter")
    )
    quotes = before.quotes_are_text
    return SourceAnswers(
        encoding=given.get("encoding") or before.encoding,
        delimiter=given.get("delimiter") or before.delimiter,
        sheet=sheet,
        header_row=None if is_other_table else _number(given.get("header_row")),
        quotes_are_text="quotes_are_text" in given if "asked_about_quotes" in given else quotes,
    )


def _number(text: str | None) -> int | None:
    """Return a number from 1 that a form contains, or None."""
    if not text or not text.isascii() or not text.isdecimal():
        return None
    return int(text[:9]) or None


def _preview(request: Request, draft: Draft) -> FilePreview:
    """Read the start of a draft's file as its answers say. Raises UnusableError."""
    path = service_of(request).drafts.input_path(draft.id)
    try:
        return preview_file(path, draft.source.named, header_row=draft.source.header_row)
    except BulkUpdateError as error:
        error.replace_text(str(path), draft.file_name)
        raise


def _settled(request: Request, draft: Draft) -> tuple[Draft, FilePreview]:
    """Return a draft with its preview; an encoding is chosen for it if all read the file alike."""
    preview = _preview(request, draft)
    encoding = only_encoding(preview.evidence)
    if encoding is None:
        return draft, preview
    draft = replace(draft, source=replace(draft.source, encoding=encoding))
    return draft, _preview(request, draft)


def _missing(preview: FilePreview) -> list[Problem]:
    """Return the choices that a person has to make and has not made, in the order of the screen."""
    texts = {
        "encoding": _("Choose the spelling that is right."),
        "delimiter": _("Choose what separates the columns."),
        "sheet": _("Choose the sheet."),
        "quote": _("Say that the quotation marks are part of the text, or correct the file."),
        "header_row": _("Choose the row that has the names of the columns."),
    }
    return [Problem(text, field=key) for key, text in texts.items() if key in preview.questions]


def _page(
    request: Request,
    draft: Draft,
    preview: FilePreview | None = None,
    *,
    problems: Iterable[Problem] = (),
) -> Response:
    return page(
        request,
        "sheet.html",
        step="sheet",
        draft=draft,
        errors=problems,
        preview=preview,
        questions=questions_of(preview) if preview else (),
        encodings=encoding_readings(preview) if preview else (),
        delimiters=delimiter_readings(preview) if preview else (),
        sheets=sheets_of(preview) if preview else (),
        twin=service_of(request).drafts.twin_of(draft),
    )


routes = [
    Route("/draft/{draft_id}/sheet", _show),
    Route("/draft/{draft_id}/sheet", _answer, methods=["POST"]),
]
