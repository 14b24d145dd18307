"""The schedules in samples/schedules: well-formed, and with commands that really run."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from click import Context
from documents import ROOT, workplace

from bulk_update.cli.main import cli
from bulk_update.exits import ExitCode
from bulk_update.settings import PREFIX, Settings, TellingSettings

SCHEDULES = ROOT / "samples" / "schedules"
CRONTAB, SERVICE, TIMER, CRONJOB, TASK, DAG = (
    SCHEDULES / name
    for name in (
        "crontab", "bulk-update.service", "bulk-update.timer", "cronjob.yaml",
        "windows-task.xml", "airflow_dag.py",
    )
)  # fmt: skip
SAMPLES = (CRONTAB, SERVICE, TIMER, CRONJOB, TASK, DAG)
FOR_A_PERSON = {ExitCode.ROWS, ExitCode.UNUSABLE, ExitCode.GUARD, ExitCode.BUG}
"""The exit codes that a retry cannot change."""

_WINDOWS = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


def unit(path: Path) -> list[tuple[str, str]]:
    """Return the settings of a systemd unit."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE)


def setting(path: Path, name: str) -> str:
    (value,) = [value for key, value in unit(path) if key == name]
    return value


def cron_command() -> str:
    (line,) = re.findall(r"^[\d*].*$", CRONTAB.read_text(encoding="utf-8"), re.MULTILINE)
    return str(line.split(maxsplit=5)[5])


def cronjob() -> dict[str, Any]:
    (found,) = [
        each
        for each in yaml.safe_load_all(CRONJOB.read_text(encoding="utf-8"))
        if each["kind"] == "CronJob"
    ]
    return dict(found)


def pod() -> dict[str, Any]:
    return dict(cronjob()["spec"]["jobTemplate"]["spec"]["template"]["spec"])


def container() -> dict[str, Any]:
    (found,) = pod()["containers"]
    return dict(found)


def task_text(name: str) -> str:
    return ET.parse(TASK).getroot().findtext(f".//{_WINDOWS}{name}") or ""  # noqa: S314 - ours


class FailureError(Exception):
    """Airflow retries the task."""


class FinalFailureError(Exception):
    """Airflow does not retry the task."""


@dataclass(slots=True)
class Dag:
    """The sample's module, loaded with the few names of Airflow that it uses."""

    module: ModuleType
    tasks: list[Any]


@pytest.fixture
def dag(monkeypatch: pytest.MonkeyPatch) -> Dag:
    tasks: list[Any] = []

    def task(**_: object) -> Any:
        def decorated(function: Any) -> Any:
            tasks.append(function)
            return lambda: None

        return decorated

    def dag_of(**_: object) -> Any:
        return lambda function: function

    class Pendulum(ModuleType):
        @staticmethod
        def datetime(*_: int, tz: str) -> str:
            return tz

    exceptions, sdk = ModuleType("airflow.exceptions"), ModuleType("airflow.sdk")
    vars(exceptions).update(AirflowException=FailureError, AirflowFailException=FinalFailureError)
    vars(sdk).update(task=task, dag=dag_of)
    for name, module in {
        "airflow": ModuleType("airflow"),
        "airflow.exceptions": exceptions,
        "airflow.sdk": sdk,
        "pendulum": Pendulum("pendulum"),
    }.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec = importlib.util.spec_from_file_location("airflow_dag", DAG)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Dag(module, tasks)


def arguments() -> dict[str, list[str]]:
    """Return what each sample passes to `bulk-update`."""
    cron = re.search(r"bin/bulk-update (.*?) >/dev/null", cron_command())
    dag_text = DAG.read_text(encoding="utf-8")
    dag_command = re.search(r"^COMMAND = \[(.*?)^\]", dag_text, re.MULTILINE | re.DOTALL)
    assert cron
    assert dag_command
    return {
        "cron": shlex.split(cron[1]),
        "systemd": shlex.split(setting(SERVICE, "ExecStart"))[1:],
        "Kubernetes": list(container()["args"]),
        "Windows": [word.strip('"') for word in shlex.split(task_text("Arguments"), posix=False)],
        "Airflow": re.findall(r'"([^"]*)"', dag_command[1])[1:],
    }


@pytest.mark.parametrize("sample", arguments())
def test_the_command_line_accepts_every_option_of_a_sample(sample: str) -> None:
    name, *given = arguments()[sample]
    command = cli.get_command(Context(cli), name)
    assert command is not None
    with command.make_context(name, given) as context:
        assert {"yes", "newest"} <= {key for key, value in context.params.items() if value}


def test_every_variable_in_a_sample_is_a_setting() -> None:
    fields = {*Settings.model_fields, *TellingSettings.model_fields}
    known = {f"{PREFIX}{name}".upper() for name in fields}
    for sample in SAMPLES:
        named = re.findall(rf"\b{PREFIX}\w+", sample.read_text(encoding="utf-8"))
        assert set(named) <= known, sample.name


def files_of(folder: Path) -> Iterator[Path]:
    yield from (each for each in folder.rglob("*") if each.is_file())


# --- what they do when they run


@dataclass(frozen=True, slots=True)
class Night:
    """A place where a sample's command runs against the sandbox."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own samples
            words,
            cwd=self.folder / "state",
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def placed(self, text: str) -> str:
        """Replace the places that a sample names by those of this folder."""
        for place, here in {
            "/opt/bulk-update/bin": "bin",
            "/srv/crm": "exports",
            "s3://crm-exports/nightly": "exports",
            "D:\\crm\\": "exports/",
            "/etc/bulk-update": "etc",
            "C:\\bulk-update\\": "etc/",
            "/var/lib/bulk-update": "state",
        }.items():
            text = text.replace(place, str(self.folder / here) + "/" * here.endswith("/"))
        return text


@pytest.fixture
def night() -> Iterator[Night]:
    with workplace() as place:
        for name in ("state", "exports", "etc"):
            (place.folder / name).mkdir(exist_ok=True)
        shutil.copy(
            place.folder / "samples" / "clean-up-list.csv",
            place.folder / "exports" / "export-2027-01-14.csv",
        )
        mapping = (place.folder / "mappings" / "clean-up.yaml").read_text(encoding="utf-8")
        (place.folder / "etc" / "crm.yaml").write_text(
            mapping.replace("{rejected: 5}", "{rejected: 5, duplicate: 5}"), encoding="utf-8"
        )
        yield Night(place.folder, place.environment)


@pytest.mark.parametrize("sample", ["systemd", "Kubernetes", "Windows", "Airflow"])
def test_the_command_of_a_sample_runs(sample: str, night: Night) -> None:
    command = str(night.folder / "bin" / "bulk-update")
    words = [night.placed(word) for word in arguments()[sample]]
    if sample == "Kubernetes":
        words = [night.placed(word) for word in words]
    result = night.run([command, *words])
    assert result.returncode == ExitCode.SUCCESS, result.stderr
    assert list(files_of(night.folder / "state" / "bulk-update-results"))


def test_cron_mails_nothing_after_a_good_night_and_the_reason_after_a_bad_one(night: Night) -> None:
    words = ["/bin/sh", "-c", night.placed(cron_command())]
    good = night.run(words)
    assert (good.returncode, good.stdout, good.stderr) == (ExitCode.SUCCESS, "", "")
    (night.folder / "exports" / "export-2027-01-15.csv").write_text("ID;Sta", encoding="utf-8")
    bad = night.run(words)
    assert (bad.returncode, bad.stdout) == (ExitCode.UNUSABLE, "")
    assert "export-2027-01-15.csv" in bad.stderr


# --- systemd


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
@pytest.mark.parametrize("name", [SERVICE.name, TIMER.name])
def test_systemd_finds_no_fault_in_a_unit(name: str, tmp_path: Path) -> None:
    for path in (SERVICE, TIMER):  # the program that is installed on this machine
        text = path.read_text(encoding="utf-8")
        there = text.replace("/opt/bulk-update/bin/bulk-update", sys.executable)
        (tmp_path / path.name).write_text(there, encoding="utf-8")
    result = subprocess.run(  # noqa: S603 - our own units
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)],  # noqa: S607
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_the_service_gets_its_password_as_a_credential() -> None:
    assert setting(SERVICE, "LoadCredential").partition(":")[0] == "password"
    assert PREFIX + "PASSWORD" not in SERVICE.read_text(encoding="utf-8")


def test_the_service_is_stopped_later_than_an_attempt_times_out() -> None:
    assert int(setting(SERVICE, "TimeoutStopSec")) > 30 + 5
    assert pod()["terminationGracePeriodSeconds"] > 30 + 5


# --- exit codes


def test_systemd_does_not_retry_what_only_a_person_can_change() -> None:
    assert {int(code) for code in setting(SERVICE, "RestartPreventExitStatus").split()} == {
        *FOR_A_PERSON
    }


def test_kubernetes_does_not_retry_what_only_a_person_can_change() -> None:
    rules = cronjob()["spec"]["jobTemplate"]["spec"]["podFailurePolicy"]["rules"]
    (fails,) = [rule for rule in rules if rule["action"] == "FailJob"]
    assert fails["onExitCodes"]["operator"] == "In"
    assert set(fails["onExitCodes"]["values"]) == {*FOR_A_PERSON}
    assert fails["onExitCodes"]["containerName"] == container()["name"]
    assert pod()["restartPolicy"] == "Never"  # a condition of podFailurePolicy


@pytest.mark.parametrize("exit_code", [each for each in ExitCode if each])
def test_airflow_does_not_retry_what_only_a_person_can_change(
    exit_code: ExitCode, dag: Dag
) -> None:
    script = f"import sys; sys.exit({exit_code})"
    vars(dag.module)["COMMAND"] = [sys.executable, "-c", script]
    real = subprocess.run

    def here(words: list[str], *, cwd: str, check: bool) -> Any:
        assert cwd == "/var/lib/bulk-update"
        return real(words, cwd=os.curdir, check=check)

    vars(dag.module)["subprocess"] = type("Subprocess", (), {"run": staticmethod(here)})
    dag.module.nightly_crm()
    (task, *_) = dag.tasks
    with pytest.raises(FinalFailureError if exit_code in FOR_A_PERSON else FailureError):
        task()


# --- Kubernetes


def test_every_volume_of_the_pod_is_mounted_and_every_mount_has_a_volume() -> None:
    volumes = {each["name"] for each in pod()["volumes"]}
    assert volumes == {each["name"] for each in container()["volumeMounts"]}


def test_only_one_pod_runs_without_root_and_writes_only_to_its_volumes() -> None:
    assert cronjob()["spec"]["concurrencyPolicy"] == "Forbid"
    assert pod()["securityContext"]["runAsNonRoot"]
    security = container()["securityContext"]
    assert security["readOnlyRootFilesystem"]
    assert not security["allowPrivilegeEscalation"]


# --- Windows


def test_the_windows_task_is_never_started_twice() -> None:
    assert task_text("MultipleInstancesPolicy") == "IgnoreNew"
    assert task_text("StartWhenAvailable") == "true"
