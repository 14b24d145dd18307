"""A process that starts the program again and again, without what it takes to start Python.

As a program, it reads the arguments of a command from each line, as JSON, and prints its exit code.
"""

from __future__ import annotations

import json
import sys
from subprocess import PIPE, Popen

from command_line import python, start


def lasting_process() -> Popen[str]:
    """Start such a process."""
    return python(__file__, stdin=PIPE)


if __name__ == "__main__":
    for line in sys.stdin:
        print(start(*json.loads(line)).exit_code, flush=True)  # noqa: T201 - the answer
