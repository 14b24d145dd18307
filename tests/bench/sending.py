"""`send`: 20,000 rows end to end against nginx answering 204, beside others that do less."""

from __future__ import annotations

import csv
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from measuring import Table, bulk_update, measured
from spreadsheets import write_csv, write_mapping

ROWS = 20_000
WORKERS = 32
PORT = 18_099
ROUNDS = 3

_NGINX = """\
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 10000000;
    client_body_temp_path {folder}/bodies;
    server {{ listen 127.0.0.1:{port}; location / {{ return 204; }} }}
}}
"""


def bench_send(folder: Path) -> Table:
    """Time each in turn, some rounds, and compare the medians."""
    file, mapping = write_csv(folder / "crm.csv", ROWS), write_mapping(folder / "crm.yaml")
    with nginx(folder) as base_url:
        peers = _peers(folder, file, mapping, base_url)
        seconds: dict[str, list[float]] = {name: [] for name in peers}
        for _ in range(ROUNDS):
            for name, run in peers.items():
                seconds[name].append(run())
    ours = statistics.median(seconds["bulk-update run"])
    table = Table(("what", "s", "rows/s", "our speed over its"))
    for name, each in seconds.items():
        median = statistics.median(each)
        table.add(name, median, round(ROWS / median), median / ours)
    return table


def _peers(
    folder: Path, file: Path, mapping: Path, base_url: str
) -> dict[str, Callable[[], float]]:
    config = _curl_config(folder / "curl.cfg", file, base_url)
    url = f"{base_url}/api/outbounds/00001/records_by_identifier/"
    csv2http = _csv2http()
    peers = {
        "bulk-update run": lambda: _ours(file, mapping, base_url),
        "curl -Z, 32 connections, no file read": lambda: (
            measured(["curl", "-sZ", "--parallel-max", str(WORKERS), "-K", str(config)]).seconds
        ),
        "pandas + httpx + tenacity by hand": lambda: (
            measured(
                [sys.executable, str(Path(__file__).with_name("by_hand.py")), str(file), url]
            ).seconds
        ),
    }
    if csv2http:
        command = [csv2http, str(file), url, "--method", "PUT", "-c", str(WORKERS), "-n"]
        peers["csv2http"] = lambda: measured(command).seconds
    return peers


def _ours(file: Path, mapping: Path, base_url: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return bulk_update(
            "run", str(file), "-m", str(mapping), "--yes", "--quiet", "--no-progress",
            "--base-url", base_url, "--username", "bench", "--rate", "unlimited",
            "--workers", str(WORKERS), "--out", f"{folder}/out",
            state=Path(folder) / "state",
        ).seconds  # fmt: skip


@contextmanager
def nginx(folder: Path) -> Iterator[str]:
    """Run nginx on loopback, answering 204 to everything."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        raise SystemExit("nginx is needed: apt-get install nginx-light")
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(folder=folder, port=PORT), encoding="ascii")
    process = subprocess.Popen([program, "-c", str(config)])
    try:
        _wait_for(f"http://127.0.0.1:{PORT}/")
        yield f"http://127.0.0.1:{PORT}"
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str) -> None:
    subprocess.run(
        ["curl", "-s", "--retry", "20", "--retry-connrefused", "--retry-delay", "1", url],
        check=True,
    )


def _curl_config(path: Path, file: Path, base_url: str) -> Path:
    """Write one request a row for curl, ready-made."""
    with (
        file.open(encoding="utf-8", newline="") as rows,
        path.open("w", encoding="utf-8") as config,
    ):
        for number, row in enumerate(csv.DictReader(rows, delimiter=";")):
            body = json.dumps({"status_id": "3", "record_fields": {"miasto": row["Miasto"]}})
            config.write(
                ("next\n" if number else "")
                + f'url = "{base_url}/api/outbounds/00001/records_by_identifier/{row["ID"]}"\n'
                f"request = PUT\ndata = {json.dumps(body)}\n"
                'header = "Content-Type: application/json"\noutput = /dev/null\n'
            )
    return path


def _csv2http() -> str | None:
    """Return the program, installed into an environment of its own, or None without a registry."""
    folder = Path(tempfile.gettempdir()) / "bench-csv2http"
    program = folder / "bin" / "csv2http"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        install = ["python3", "-m", "pip", "--python", str(folder), "install", "-q", "csv2http"]
        subprocess.run(install, check=False, stderr=subprocess.DEVNULL)
    return str(program) if program.exists() else None
