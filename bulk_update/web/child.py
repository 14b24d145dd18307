"""A command of the page in a process of its own, which writes down itself before it begins.

If the page dies in the moment in which it has started the process, the next page still finds it,
and can stop it.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

from bulk_update.web.liveness import STOPPING, record_child


def main() -> None:
    """Become a module: the arguments are the file of this process, the module, and its arguments.

    If the process was asked to stop before it could be reached, the module does not begin.
    """
    alive, module, *arguments = sys.argv[1:]
    record_child(Path(alive), os.getpid())
    if Path(alive).with_name(STOPPING).exists():
        return
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
