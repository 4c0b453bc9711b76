"""A program that forks a process for each trial, lets it work on a collection, and kills it in the middle.

``killed_children.py ACTION FOLDER`` reads a JSON list of moments from standard input and prints a JSON list of ``"killed"`` or
``"done"``. A moment is either seconds (a float), or the number of a step (an integer): the process dies in front of its n-th
call that makes, writes, renames or removes a file. ``{}`` in the folder stands for the trial's number. The imports happen
before the forks, so that a kill after some milliseconds falls into the work and not into the start of Python.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import faiss  # noqa: F401
import tantivy  # noqa: F401

import indexes.embedders.light  # noqa: F401
import ragline
from indexes.catalog.writer import CatalogWriter
from ragline.types import Document

COMMIT = "ragline.commit"
CHANGES = {COMMIT, "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.chmod", "sqlite3.connect"}


def open_new(folder: Path) -> None:
    """The first open of a collection."""
    ragline.open(folder, embedder="light").close()


def open_exact(folder: Path) -> None:
    """The first open of a collection whose lexical index is not the one that comes with a new folder."""
    ragline.open(folder, embedder="light", analysis="exact").close()


def rebuild(folder: Path) -> None:
    """Two rebuilds, so that a generation is pruned."""
    with ragline.open(folder, exact_threshold=20, auto_rebuild="wait", threads=1) as kb:
        kb.rebuild(kind="flat")
        kb.rebuild(kind="hnsw")


def migrate(folder: Path) -> None:
    """Smaller chunks, written in many commits."""
    with _announced_commits(), ragline.open(folder, exact_threshold=10, threads=1, batch_chunks=8) as kb:
        kb.migrate(chunk_tokens=48)


def go_back(folder: Path) -> None:
    """The space before is brought up to what was written since, and used again."""
    with _announced_commits(), ragline.open(folder, exact_threshold=10, threads=1, batch_chunks=8) as kb:
        kb.rollback(space=True)


@contextmanager
def _announced_commits() -> Iterator[None]:
    """SQLite writes where no hook of Python sees it: every transaction is announced, in front of it and behind it."""
    original = CatalogWriter._transaction

    @contextmanager
    def announced(self: CatalogWriter) -> Iterator[Any]:
        sys.audit(COMMIT)
        with original(self) as run:
            yield run
        sys.audit(COMMIT)

    CatalogWriter._transaction = announced  # type: ignore[method-assign]
    try:
        yield
    finally:
        CatalogWriter._transaction = original  # type: ignore[method-assign]


def write_for_ever(folder: Path) -> None:
    """Edits that make a rebuild due, rebuilds and rollbacks that were asked for."""
    with ragline.open(folder, exact_threshold=20, auto_rebuild="wait", threads=1) as kb:
        for edition in range(kb.stats()["sequence"], sys.maxsize):
            kb.ingest(Document(f"d{number}", f"own{number} edition {edition}") for number in range(0, 60, 2))
            kb.rebuild(kind=("flat", "hnsw")[edition % 2])
            kb.rollback()


ACTIONS: dict[str, Callable[[Path], None]] = {
    "open_new": open_new,
    "open_exact": open_exact,
    "rebuild": rebuild,
    "migrate": migrate,
    "go_back": go_back,
    "write_for_ever": write_for_ever,
}


def die_at_step(last: int) -> None:
    """Let this process be killed in front of its ``last``-th change to a file."""
    steps = 0

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal steps
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if writes or event in CHANGES:
            steps += 1
            if steps == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def trial(action: Callable[[Path], None], folder: Path, moment: float) -> str:
    child = os.fork()
    if child == 0:
        if isinstance(moment, int):
            die_at_step(moment)
        action(folder)
        os._exit(0)
    if isinstance(moment, float):
        deadline = time.monotonic() + moment
        while time.monotonic() < deadline and os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            time.sleep(0.0002)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"the work on {folder} failed by itself")
    return "killed" if os.WIFSIGNALED(status) else "done"


if __name__ == "__main__":
    chosen, place = ACTIONS[sys.argv[1]], sys.argv[2]
    outcomes = [trial(chosen, Path(place.format(number)), moment) for number, moment in enumerate(json.load(sys.stdin))]
    sys.stdout.write(json.dumps(outcomes) + "\n")
