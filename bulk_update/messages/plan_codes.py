"""The codes of rows that a plan leaves out, because of other rows, earlier runs or people."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bulk_update.messages.entries import Entry

PLAN: Mapping[str, Entry] = MappingProxyType(
    {
        "identical": Entry(
            "another row requests the same change, which is sent only once",
            "the same change as row {row}, which is sent for both",
            "nothing to do",
        ),
        "conflict": Entry(
            "rows for the same record differ, and none of them is sent",
            "{rows:rows} for the same record differ (the first is row {first}, the last row "
            "{last}); none of them is sent",
            "keep one of the rows, or set `duplicates: first` or `last`",
        ),
        "not-chosen": Entry(
            "rows for the same record differ, and `duplicates` chose another one",
            "{rows:rows} for the same record differ (the first is row {first}, the last row "
            "{last}), and another one was chosen",
            "nothing to do if the other row is right",
        ),
        "already-sent": Entry(
            "the job's last successful run used the same file, and the record still has these "
            "values",
            "run {run:plain} sent this file, and the record still has exactly these values; "
            "--again sends them again",
            "nothing to do; `--again` sends the row again",
        ),
        "same-as-last": Entry(
            "the record already has these values",
            "the record already has exactly these values",
            "nothing to do; `--full` sends the row anyway",
        ),
        "superseded": Entry(
            "a later run has sent something to this record; this row is not sent again",
            "a later run has sent something to this record",
            "check the record; if this row is right, run its file again",
            {
                "correction": "a run that began after the one that this row corrects has sent "
                "other values to this record",
                "undo": "a later run has set a field that this row would restore",
                "in-doubt": "a later run has sent something to this record, so this row is not "
                "sent again",
                "called-since-in-doubt": "an agent called this record at {called:plain}, so this "
                "row is not sent again",
                "changed-since-in-doubt": "the record has changed since, so this row is not sent "
                "again",
            },
            remedy_of_undo="nothing to do if the later run is right; otherwise `undo` it first",
        ),
        "called-since": Entry(
            "an agent called the record after the export (`not_called_since`)",
            "an agent called this record at {called:plain}, after the export ({exported:plain})",
            "check the record; if this row is still right, export it again",
            {
                "undo": "an agent called this record at {called:plain}, after the run sent to it "
                "({exported:plain})",
            },
            remedy_of_undo="check the record, and correct it if that is needed",
        ),
        "already-undone": Entry(
            "the record already has the values that `undo` would restore",
            "the record already has the values from before the run",
            "nothing to do",
        ),
        "changed-since": Entry(
            "the record has changed since the run that `undo` undoes, and is left alone",
            "the run set {field:plain} to {sent}, but the record now shows {now}",
            "nothing to do if the change is right; otherwise correct the record",
            {
                "blank": "the run set {field:plain} to {sent}, but the record now shows no value",
                "not-listed": "the campaign no longer lists the record",
            },
        ),
    }
)
"""Rows that the plan does not send."""
