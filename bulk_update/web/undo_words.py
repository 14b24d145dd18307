"""What an undo can put back and what it cannot, by the columns of the file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bulk_update.job.field_columns import FieldColumns
from bulk_update.language import gettext as _
from bulk_update.language import ngettext
from bulk_update.messages import number
from bulk_update.readback import READABLE
from bulk_update.records import Issue
from bulk_update.web.field_titles import field_title

_NEVER = "dictionary_status_id"
_LEAVES = "undo-leaves"
_TRUSTED = "undo-unverifiable"


@dataclass(frozen=True, slots=True)
class Undoable:
    """The fields of a run, each as people call it, by what an undo can do about them.

    `compared` are put back after a look at the record, `trusted` only without one, `never` not.
    """

    compared: tuple[str, ...]
    trusted: tuple[str, ...]
    never: tuple[str, ...]


def undoable(columns: FieldColumns) -> Undoable:
    """Return what can be put back of fields that come from these columns."""

    def named(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(field_in_words(name, columns) for name in names)

    return Undoable(
        compared=named(name for name in columns if name in READABLE),
        trusted=named(name for name in columns if name not in {*READABLE, _NEVER}),
        never=named(name for name in columns if name == _NEVER),
    )


def field_in_words(name: str, columns: FieldColumns) -> str:
    """Return a field by its columns and its title; names of columns and fields are in backticks."""
    title = field_title(name)
    shown = title if name in READABLE else f"`{title}`"
    found = columns.get(name, ())
    if not found:
        return _("field {title}").format(title=shown)
    if found == (title,):
        return _("column {columns}").format(columns=f"`{title}`")
    listed = ", ".join(f"`{column}`" for column in found)
    return ngettext("column {columns} ({title})", "columns {columns} ({title})", len(found)).format(
        columns=listed, title=shown
    )


def undo_sentence(issue: Issue, columns: FieldColumns) -> str:
    """Return why an undo leaves a field alone; blank if the issue is about something else."""
    field = field_in_words(str(issue.params.get("field", "")), columns)
    if issue.code == _LEAVES:
        count = issue.params.get("count")
        rows = count if isinstance(count, int) else 0
        return ngettext(
            "{field}: not put back in {n} record (row {row}): {why}",
            "{field}: not put back in {n} records, such as row {row}: {why}",
            rows,
        ).format(field=field, n=number(rows), row=issue.params.get("row"), why=_why(issue.variant))
    if issue.code in {"undo-unknown", "undo-unverifiable", "undo-irreversible"}:
        why = _why(f"{issue.code}-{issue.variant}" if issue.variant else issue.code)
        return _("{field}: not put back: {why}").format(field=field, why=why)
    if issue.code == "changed-since" and "field" in issue.params:
        sent, now = issue.params.get("sent"), issue.params.get("now")
        if not now:
            return _('{field}: "{sent}" was sent, and the record has no value now').format(
                field=field, sent=sent
            )
        return _('{field}: "{sent}" was sent, and the record shows "{now}" now').format(
            field=field, sent=sent, now=now
        )
    return ""


def undo_remedy(issue: Issue) -> str:
    """Return what to do about a field that an undo leaves alone; blank if nothing can be done."""
    if issue.code == "undo-of":
        return ""
    if _TRUSTED in {issue.code, issue.variant}:
        return tick_the_box()
    return _("Correct these records in Thulium, if that is needed.")


def tick_the_box() -> str:
    """Return how to put back fields that cannot be compared."""
    return _(
        "To put it back all the same, go back to the undo of this run and tick the box for columns "
        "that Thulium does not show."
    )


def _why(kind: str) -> str:
    return {
        "undo-unknown": _("it is not known what was sent to it before"),
        "undo-unknown-no-snapshot": _("the record was not read before this run was sent"),
        "undo-unknown-unreadable": _("the date that the record showed before cannot be read"),
        _TRUSTED: _(
            "Thulium does not show this value, so somebody may have changed it without a trace"
        ),
        "undo-irreversible": _("it had no value before, and this field cannot be cleared"),
        "undo-irreversible-dictionary": _("Thulium does not show this value"),
    }.get(kind, _("it is not known what it was before"))
