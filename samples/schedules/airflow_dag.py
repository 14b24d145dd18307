"""A nightly import as an Airflow task (Airflow 3).

The connection's settings are environment variables of the worker. Airflow retries a failed task
unless it raises AirflowFailException, so the exit codes that only a person can change raise that.
"""

from __future__ import annotations

import subprocess
from datetime import timedelta

import pendulum
from airflow.exceptions import AirflowException, AirflowFailException
from airflow.sdk import dag, task

COMMAND = [
    "/opt/bulk-update/bin/bulk-update", "run", "s3://crm-exports/nightly/export-*.csv",
    "--newest", "--max-age", "20h", "--mapping", "/etc/bulk-update/crm.yaml",
    "--yes", "--only-changed", "--log-format", "text",
]  # fmt: skip

FOR_A_PERSON = {
    1: "some rows need a person",
    2: "the file, the mapping or a setting is not usable",
    3: "a guard stopped the run",
    70: "a bug in bulk-update",
}


@dag(
    schedule="30 20 * * 1-5",
    start_date=pendulum.datetime(2026, 1, 5, tz="Europe/Warsaw"),
    catchup=False,
    max_active_runs=1,
)
def nightly_crm() -> None:
    """Send the changes of the CRM export to Thulium."""

    @task(retries=2, retry_delay=timedelta(minutes=10), execution_timeout=timedelta(hours=8))
    def bulk_update() -> None:
        """Run bulk-update; a retry continues the run."""
        exit_code = subprocess.run(COMMAND, cwd="/var/lib/bulk-update", check=False).returncode
        if exit_code in FOR_A_PERSON:
            raise AirflowFailException(f"exit code {exit_code}: {FOR_A_PERSON[exit_code]}")
        if exit_code:
            raise AirflowException(f"exit code {exit_code}: the next attempt continues the run")

    bulk_update()


nightly_crm()
