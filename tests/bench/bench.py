"""How fast, how evenly and how lean, measured beside peers in the same run.

    python tests/bench/bench.py              all of it (some minutes)
    python tests/bench/bench.py send pace    some of it

Absolute times depend on the machine and on what else it does; the ratios are what counts. Needs
nginx and curl for `send`; csv2http is installed from PyPI into an environment of its own.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "support"))  # the tests' own tools

from checking import bench_check, bench_growth, bench_only_changed
from crowd import bench_crowd
from measuring import Table
from pace import bench_pace
from sending import bench_send
from starting import bench_start

BENCHMARKS: dict[str, Callable[[Path], Table]] = {
    "send": bench_send,
    "pace": bench_pace,
    "crowd": bench_crowd,
    "check": bench_check,
    "only-changed": bench_only_changed,
    "growth": bench_growth,
    "start": bench_start,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    names = parser.parse_args().names or list(BENCHMARKS)
    for name in names:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            print(f"\n## {name}\n")
            print(BENCHMARKS[name](Path(folder)))


if __name__ == "__main__":
    main()
