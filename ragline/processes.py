"""Child processes of our own that are Python."""

import json
import sys


def python_command(module: str) -> list[str]:
    """The command that runs ``main`` of one of our modules in a process of its own.

    ``-c`` with the parent's own search path finds the same packages, however the parent came by them; unlike with
    multiprocessing, the caller's main module is not run again.
    """
    start = f"import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {module} import main; main()"
    return [sys.executable, "-c", start, json.dumps(sys.path)]
