"""A rebuild in a process of its own: what it takes of memory is given back with it, and what kills it is no reader's problem.

The request comes as one line of JSON on standard input, the report goes as one line to standard output. The process ends when
its parent does. It is given what is left of the processors.
"""

import json
import os
import sys
import threading
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from indexes.catalog.reader import CatalogReader
from indexes.generations import GenerationStore
from indexes.lexical.analyser import Analyser
from indexes.options import StoreOptions
from indexes.places import CATALOG, GENERATIONS, LEXICAL
from indexes.rebuilding.rebuilder import Rebuilder
from indexes.views import Views
from ragline.errors import CollectionLockedError, RaglineError
from ragline.settings import Settings

NICENESS = 19
"""The scheduler gives a process at 19 about a seventieth of what one at 0 gets, while both want the processor."""


def main() -> None:
    """Read the request, build, report. Errors of Ragline are reported; any other ends the process."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints cannot garble the report
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _yield_to_others()
    try:
        answer: dict[str, Any] = {"report": _rebuild(Path(request["folder"]), request)}
    except CollectionLockedError as error:  # another process does what this one was to do
        answer = {"busy": str(error)}
    except RaglineError as error:
        answer = {"error": str(error)}
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _rebuild(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    settings, given = Settings(**request["settings"]), frozenset(request["given"])
    options = StoreOptions(request["dim"], request["embedder"], request["threads"], settings, given, request["analysis"])
    golden = None if request["golden"] is None else np.array(request["golden"], np.float32)
    with closing(CatalogReader(folder / CATALOG)) as catalog:
        generations = GenerationStore(folder / GENERATIONS, embedder=options.embedder, settings=settings, given=given)
        views = Views(folder / LEXICAL, catalog, generations, options.dim, lambda _: None, analyser=Analyser(options.analysis))
        return asdict(Rebuilder(folder, catalog, generations, views, options).rebuild(request["kind"], golden=golden))


def _yield_to_others() -> None:
    """Linux has a class of its own for what may only run when nobody else wants to: who wakes up never waits for it."""
    os.nice(NICENESS)
    if hasattr(os, "SCHED_IDLE"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)
