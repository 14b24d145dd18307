"""The recorded runs."""

from __future__ import annotations

from bulk_update.bookkeeping.finished_input import FinishedInput
from bulk_update.bookkeeping.run import NewRun, Run, RunState
from bulk_update.errors import UsageError
from bulk_update.ledger_postgres.database import Database
from bulk_update.ledger_postgres.finished_inputs import finished_inputs_of
from bulk_update.ledger_postgres.profiles import profiles_of
from bulk_update.ledger_postgres.pruning import delete_run, withdraw
from bulk_update.ledger_postgres.run_table import IS_ON_RECORD, insert_run, select_runs, update_run
from bulk_update.reasons import NO_REASONS
from bulk_update.records import Issue, Param

_IS_UNDONE = """
EXISTS (SELECT 1 FROM run AS undo WHERE undo.undoes = run.id AND undo.started_at_us IS NOT NULL)
"""
_UNDOES = f"undoes = %(run)s AND started_at_us IS NOT NULL AND {IS_ON_RECORD}"

_ADD_FOLDER = """
UPDATE run SET own_folders = left(own_folders, -1)
    || CASE own_folders WHEN '[]' THEN '' ELSE ',' END || to_json(%(folder)s::text) || ']'
WHERE id = %(run)s AND NOT own_folders::jsonb ? %(folder)s
"""

_ABANDONED_AFTER_US = 24 * 3600 * 1_000_000
"""No file takes a day to read, so the process of an older staging run must have died."""


class Runs:
    """Records runs, updates them, and finds them again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, new: NewRun, *, origin: int | None = None) -> int:
        """Record a run and return its key; runs that crashed during staging are deleted.

        So are the rest of deleted runs, unless their files have to be deleted, too.
        """
        for stale in self._select(
            "(state = %(deleted)s AND own_folders = '[]')"
            " OR (state = %(staging)s AND created_at_us < %(abandoned_us)s)",
            deleted=RunState.DELETED,
            staging=RunState.STAGING,
            abandoned_us=new.created_at_us - _ABANDONED_AFTER_US,
        ):
            self.abandon(stale.id)
        with self._database.writing() as connection:
            return insert_run(connection, new, origin=origin)

    def abandon(self, run: int) -> None:
        """Delete a run and its rows, as if it had never been staged."""
        with self._database.writing() as connection:
            withdraw(connection, run)
        delete_run(self._database, run)

    def claim(self, run: int) -> Run:
        """Protect a run from deletion until its invocation ends, and return it.

        Raises UsageError if it has been deleted.
        """
        with self._database.writing() as connection:
            update_run(connection, run, claimed=True)
            return require_run(self._database, run)

    def release(self, run: int) -> None:
        """End the protection of a run that `claim` began, if `Sending.close` does not."""
        self._update(run, claimed=False)

    # --- updating a run

    def record_plan(
        self,
        run: int,
        *,
        data_rows: int,
        planned_at_us: int,
        notices: str = "[]",
        profile: str | None = None,
        is_visible: bool = True,
    ) -> None:
        """Record that all rows are staged and judged.

        From now on, the run is visible; without `is_visible`, only after `publish`.
        """
        self._update(
            run,
            state=RunState.PLANNED if is_visible else RunState.STAGING,
            data_rows=data_rows,
            planned_at_us=planned_at_us,
            notices=notices,
            profile=profile,
        )

    def publish(self, run: int) -> None:
        """Make a run visible that was planned without being so."""
        self._update(run, state=RunState.PLANNED)

    def record_profile(self, run: int, profile: str) -> None:
        """Replace the profile of a run's plan."""
        self._update(run, profile=profile)

    def record_status_names(self, run: int, names: str) -> None:
        """Record what statuses were called when a run was planned, by campaign and id, as JSON."""
        self._update(run, status_names=names)

    def record_base_url(self, run: int, base_url: str) -> None:
        """Record the base URL for a plan that was made without one."""
        self._update(run, base_url=base_url)

    def replace_mapping(
        self, run: int, mapping: bytes, *, path: str, job: str, overrides: str, again: bool
    ) -> None:
        """Record the mapping that a run is continued with: a different text, the same identity."""
        self._update(
            run, mapping=mapping, mapping_path=path, job=job, overrides=overrides, again=again
        )

    def record_output_folder(self, run: int, folder: str) -> None:
        """Record where the files of a run are written, unless a later command overrides it."""
        self._update(run, out=folder)

    def record_own_folder(self, run: int, folder: str) -> None:
        """Record a folder that the run chose itself for its files, besides those known already."""
        with self._database.writing() as connection:
            connection.execute(_ADD_FOLDER, {"run": run, "folder": folder})

    def record_exit_code(
        self, run: int, exit_code: int, *, stop_code: str = "", stop_reasons: str = NO_REASONS
    ) -> None:
        """Record the exit code of a command that only planned, and why it refused the plan."""
        self._update(run, exit_code=exit_code, stop_code=stop_code, stop_reasons=stop_reasons)

    def record_given(self, run: int, given: str) -> None:
        """Record the guards and the pace that a command was given, as JSON."""
        self._update(run, given=given)

    # --- finding runs

    def get(self, run: int) -> Run:
        """Return a run by its key, in any state; raises UsageError if it has been deleted."""
        with self._database.reading():
            return require_run(self._database, run, among="true")

    def find(self, run_id: str) -> Run:
        """Return the run with this id; raises UsageError if there is none."""
        found = self._select(f"run_id = %(run_id)s AND {IS_ON_RECORD}", run_id=run_id)
        if not found:
            params: dict[str, Param] = {"run": run_id, "path": self._database.path}
            raise UsageError(Issue("usage", params, "no-run"))
        return found[0]

    def all(self) -> list[Run]:
        """Return all runs, the latest first."""
        return self._select(IS_ON_RECORD)

    def unfinished(self, *, identity: str, base_url: str) -> Run | None:
        """Return the latest unfinished run of this identity, if there is one.

        A run that has been undone since is over.
        """
        found = self._select(
            f"identity = %(identity)s AND base_url = %(base_url)s AND state = %(state)s"
            f" AND NOT {_IS_UNDONE}",
            identity=identity,
            base_url=base_url,
            state=RunState.UNFINISHED,
        )
        return found[0] if found else None

    def undone_by(self, run: int) -> Run | None:
        """Return the latest run that has begun to undo this one, if there is one."""
        found = self._select(_UNDOES, run=run)
        return found[0] if found else None

    def latest_success(self, *, job: str, base_url: str, besides: int = 0) -> Run | None:
        """Return the run of a job with exit code 0 that was the last to send something, if any.

        The last attempt decides, not when the files were written. The run `besides` is ignored.
        """
        its = (
            "job = %(job)s AND base_url = %(base_url)s AND id <> %(besides)s AND exit_code = 0"
            f" AND {IS_ON_RECORD}"
        )
        found = self._select(
            f"{its} AND last_attempt_id = (SELECT max(last_attempt_id) FROM run WHERE {its})",
            job=job,
            base_url=base_url,
            besides=besides,
        )
        return found[0] if found else None

    def profiles(self, *, job: str, base_url: str, besides: int) -> list[str]:
        """Return the profiles of a job's finished runs with exit code 0 or 1, the latest first.

        Those of deleted runs are included, and that of the run `besides` is not.
        """
        with self._database.reading() as connection:
            return profiles_of(connection, job=job, base_url=base_url, besides=besides)

    def finished_inputs(self, *, job: str, base_url: str | None) -> list[FinishedInput]:
        """Return the files of a job's runs that finished with exit code 0 or 1, the latest first.

        Those of deleted runs are included, corrected files are not. If `base_url` is None, the
        files for any system are returned.
        """
        with self._database.reading() as connection:
            return finished_inputs_of(connection, job=job, base_url=base_url)

    def _select(self, where: str, **values: object) -> list[Run]:
        with self._database.reading() as connection:
            return select_runs(connection, where, **values)

    def _update(self, run: int, **values: object) -> None:
        with self._database.writing() as connection:
            update_run(connection, run, **values)


def require_run(database: Database, run: int, *, among: str = IS_ON_RECORD) -> Run:
    """Return a run by its key; raises UsageError if it has been deleted."""
    found = select_runs(database.connection, f"id = %(id)s AND {among}", id=run)
    if not found:
        raise UsageError(Issue("usage", {"path": database.path}, "deleted-run"))
    return found[0]
