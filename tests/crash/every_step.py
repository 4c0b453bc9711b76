"""A program that does a piece of work as often as it has steps, and stops it at another one each time.

``every_step.py ACTION WAY FOLDER FIRST LAST`` works on the collections ``FOLDER/n``, for n from FIRST to LAST, in a forked
process each, and prints a JSON list of what became of them. A step is a call from our code into native code that may write: of
SQLite, tantivy, FAISS, NumPy or the system. In front of its n-th step a process is killed (``WAY`` kill), or the disk is full
from then on (``full``): then the work must end in a :class:`StorageError` or be done all the same, and the collection must go
on serving.
"""

import errno
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import faiss  # noqa: F401
import tantivy  # noqa: F401

import indexes.embedders.light  # noqa: F401
import ragline
from ragline.errors import StorageError
from ragline.settings import Settings
from ragline.types import Document

WRITES = {
    "execute", "executemany", "executescript", "commit", "rollback", "backup",
    "add_document", "delete_documents_by_term", "delete_documents_by_query", "wait_merging_threads", "merge",
    "write", "write_index", "tofile", "flush", "fsync", "sendfile",
    "rename", "replace", "unlink", "remove", "rmdir", "mkdir", "link", "chmod", "truncate", "ftruncate",
}  # fmt: skip
OURS = ("/indexes/", "/ragline/", "/api/", "/shutil.py", "/pathlib.py", "/tempfile.py")
READS = ("/reader.py",)
SETTINGS = Settings(embedder="light", exact_threshold=3, auto_rebuild="wait", threads=1, keep_runs=1)
DOCUMENTS = [Document(f"d{number}", f"own{number} edition first of the pump {number * 31}") for number in range(8)]
CHANGED = [Document(f"d{number}", f"own{number} edition second of the valve {number * 17}") for number in (1, 2, 8)]


def ingest(kb: ragline.Collection) -> None:
    """Edits and an addition, in two transactions, then a deletion; the rebuild that they make due."""
    kb.ingest(CHANGED)
    kb.delete("d0")


def rebuild(kb: ragline.Collection) -> None:
    """Two generations are built and swapped in, one is pruned, one rolled back to."""
    kb.rebuild(kind="hnsw")
    kb.rebuild(kind="flat")
    kb.rollback()


def compact(kb: ragline.Collection) -> None:
    kb.compact()


def purge(kb: ragline.Collection) -> None:
    kb.purge(["d0"])


def backup(kb: ragline.Collection) -> None:
    kb.backup(kb.folder.with_name(f"{kb.folder.name}-copy"))


ACTIONS: dict[str, Callable[[ragline.Collection], None]] = {
    "ingest": ingest,
    "rebuild": rebuild,
    "compact": compact,
    "purge": purge,
    "backup": backup,
}


class Disk:
    """Counts steps, and is full or ends the process from the ``last``-th one on."""

    def __init__(self, way: str, last: int) -> None:
        self.way = way
        self.last = last
        self.steps = 0
        self.is_full = False
        self._limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def watch(self) -> None:
        sys.addaudithook(self._hear)
        sys.setprofile(self._count)

    def free(self) -> None:
        sys.setprofile(None)
        self.is_full = False
        resource.setrlimit(resource.RLIMIT_FSIZE, self._limits)

    def _count(self, frame: FrameType, event: str, function: Any) -> None:
        if event != "c_call" or function.__name__ not in WRITES or isinstance(getattr(function, "__self__", None), str):
            return
        name = frame.f_code.co_filename
        if any(part in name for part in OURS) and not name.endswith(READS):
            self._step()

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        makes = event == "open" and isinstance(arguments[0], str) and bool(arguments[2] & os.O_CREAT)
        if makes:
            self._step()
        if self.is_full and (event == "os.mkdir" or (makes and not Path(arguments[0]).exists())):
            # A full disk takes no new file or folder either; a limit on sizes alone would.
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(arguments[0]))

    def _step(self) -> None:
        self.steps += 1
        if self.steps == self.last:
            if self.way == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            self.is_full = True
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, self._limits[1]))


def work(action: str, way: str, folder: Path, step: int) -> str:
    """``done`` when there are fewer steps than that, else what became of it."""
    disk = Disk(way, step)
    kb = ragline.open(folder, settings=SETTINGS)
    kb.search("edition", k=20)
    disk.watch()
    try:
        ACTIONS[action](kb)
        outcome = "done in spite of it" if disk.is_full else "done"
    except StorageError:
        outcome = "refused"
    found = {hit.doc_id for mode in ("vector", "lexical") for hit in kb.search("own edition", k=20, mode=mode)}  # type: ignore[arg-type]
    if not {f"d{number}" for number in range(1, 8)} <= found:
        return f"only {sorted(found)} were found while the disk was full"
    disk.free()
    kb.close()
    return outcome


def trial(action: str, way: str, folder: Path, step: int) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            outcome = work(action, way, folder, step)
        except BaseException:  # noqa: BLE001 - whatever it is, it fails the test
            outcome = traceback.format_exc()
        os.write(writing, outcome.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answers:
        outcome = answers.read()
    _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL else outcome or f"status {status}"


if __name__ == "__main__":
    chosen, way, root, first, last = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
    outcomes = [trial(chosen, way, root / str(number), number) for number in range(first, last + 1)]
    sys.stdout.write(json.dumps(outcomes) + "\n")
