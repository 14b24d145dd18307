"""The container's steps, carried out in an environment of their own instead of Docker."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from documents import ROOT

WHOLE_IMAGE = "--whole-image"
DOCKERFILE = ROOT / "samples" / "container" / "Dockerfile"
DEPENDENCIES = "/site-packages/(?!bulk_update/)"


@dataclass(frozen=True, slots=True)
class Step:
    """An instruction of the Dockerfile and its argument."""

    instruction: str
    argument: str


def stages() -> list[list[Step]]:
    """Return the steps of each stage, `FROM` first."""
    found: list[list[Step]] = []
    for line in DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if line and not line.startswith("#"):
            instruction, argument = line.split(maxsplit=1)
            if instruction == "FROM":
                found.append([])
            found[-1].append(Step(instruction, argument))
    return found


def arguments_of(steps: list[Step], instruction: str) -> list[str]:
    return [step.argument for step in steps if step.instruction == instruction]


@dataclass(frozen=True, slots=True)
class Image:
    """What the steps have installed, and the environment that they set."""

    root: Path
    environment: dict[str, str]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own image
            words,
            cwd=self.root / "state",
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def contents(self) -> dict[Path, float]:
        """Return every file of the installation and when it was written."""
        return {each: each.lstat().st_mtime for each in (self.root / "opt").rglob("*")}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Image:
    """Carry out the steps; without `--whole-image`, as with `--build-arg EXTRAS=`."""
    root = tmp_path_factory.mktemp("image")
    source = root / "src"
    for folder in (source, root / "opt", root / "state"):
        folder.mkdir()
    # `python` is the interpreter that runs the tests, outside its virtual environment
    (root / "bin").mkdir()
    (root / "bin" / "python").symlink_to(Path(sys.base_prefix) / "bin" / "python3")
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"VIRTUAL_ENV", "PYTHONPATH"} and not name.startswith("COV")
    }
    environment["PATH"] = f"{root / 'bin'}:{environment['PATH']}"
    build, final = stages()
    for argument in arguments_of(build, "ARG"):
        name, _, value = argument.partition("=")
        environment[name] = value if pytestconfig.getoption(WHOLE_IMAGE) else ""
    for step in build:
        if step.instruction == "COPY":
            *copied, target = step.argument.split()
            for name in copied:
                _copy(ROOT / name, source / target)
        if step.instruction == "RUN":
            script = step.argument.replace("/opt/", f"{root}/opt/").replace(
                "file:///src", source.as_uri()
            )
            if not pytestconfig.getoption(WHOLE_IMAGE):
                # Compiling the dependencies takes longer than all else, and shows nothing.
                script = script.replace("-x /tests/", f"-x '{DEPENDENCIES}'")
            subprocess.run(  # noqa: S603 - our own Dockerfile
                ["/bin/sh", "-euc", script], cwd=source, env=environment, timeout=600, check=True
            )
    for assigned in arguments_of(final, "ENV"):
        name, _, value = assigned.partition("=")
        value = value.replace("/opt/", f"{root}/opt/").replace("$PATH", environment["PATH"])
        environment[name] = str(root / "state") if value == "/state" else value
    return Image(root, environment)


def _copy(path: Path, target: Path) -> None:
    if path.is_dir():
        shutil.copytree(path, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(path, target)


def test_the_program_runs_as_installed_and_writes_nothing_but_its_state(image: Image) -> None:
    before = image.contents()
    (entrypoint,) = arguments_of(stages()[1], "ENTRYPOINT")
    (command,) = json.loads(entrypoint)
    version = image.run(command, "--version")
    assert (version.returncode, version.stderr) == (0, "")
    checked = image.run(
        command, "check", str(ROOT / "samples" / "crm-export-utf8.csv"),
        "-m", str(ROOT / "mappings" / "crm-utf8.yaml"),
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr
    assert image.contents() == before
    assert {each.name for each in (image.root / "state").iterdir()} >= {"bulk-update-results"}


def test_every_module_of_the_program_is_compiled(image: Image) -> None:
    (package,) = (image.root / "opt").rglob("site-packages/bulk_update")
    modules = list(package.rglob("*.py"))
    assert modules
    for module in modules:
        assert list((module.parent / "__pycache__").glob(f"{module.stem}.*.pyc")), module


def test_the_image_has_every_extra_that_works_in_a_container() -> None:
    [argument] = arguments_of(stages()[0], "ARG")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].keys() - {"keyring", "test"}  # it has no keyring
    assert argument == f"EXTRAS={','.join(sorted(extras))}"


def test_every_optional_package_of_the_image_can_be_imported(
    image: Image, pytestconfig: pytest.Config
) -> None:
    if not pytestconfig.getoption(WHOLE_IMAGE):
        pytest.skip(f"installing all optional packages needs half a minute: pass {WHOLE_IMAGE}")
    result = image.run("python", "-c", "import apprise, asyncssh, boto3, psycopg")
    assert (result.returncode, result.stderr) == (0, "")


def test_the_image_runs_as_a_user_without_a_name_that_owns_only_the_state() -> None:
    _, final = stages()
    (user,) = arguments_of(final, "USER")
    (made,) = arguments_of(final, "RUN")
    uid, _, gid = user.partition(":")
    assert uid.isdigit()  # Kubernetes cannot check `runAsNonRoot` for a name
    assert f"--uid {uid}" in made
    assert f"-o {uid} -g {gid} -m 0700 /state" in made
    assert arguments_of(final, "VOLUME") == ["/state"]
