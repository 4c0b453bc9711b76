"""What processes of their own do for the suite of opening: one makes the collection, each other opens it once."""

import os
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import ragline
from benchmarks.child import memory_status
from benchmarks.sentence_windows import shared_texts
from ragline.errors import InputError
from ragline.types import Document, SearchMode

OUTSIDE = 0.2
"""Share of the chunks that came after the index was built: somewhat less than what makes a new one due."""

BEHIND, REBUILT = "a fifth outside of the index", "rebuilt"
NEVER = 10_000_000
"""Chunks up to which no rebuild falls due."""

_STEP = 200  # documents of an ingest: the number of chunks is looked at in between


def make(folder: str, chunks: str, state: str) -> dict[str, float]:
    """A collection of at least so many chunks of shared documents; its vector index holds all (``REBUILT``) or four fifths."""
    with ragline.open(folder, embedder="light", exact_threshold=NEVER) as kb:
        documents = _documents()
        if state == BEHIND:
            _fill(kb, documents, int(int(chunks) * (1 - OUTSIDE)))
            kb.rebuild(kind="hnsw")
        _fill(kb, documents, int(chunks))
        if state == REBUILT:
            kb.rebuild(kind="hnsw")
        found = kb.stats()
    return {
        "documents": found["documents"],
        "chunks": found["chunks"],
        "delta": found["delta_chunks"],
        "bytes": found["bytes_on_disk"],
    }


def first_hit(folder: str, mode: SearchMode, query: str, files: str) -> dict[str, float]:
    """Seconds to load the model, to open the collection, and to its first hits; then resident bytes. Linux only.

    ``files`` ``"cold"`` drops the collection's files from the system's cache before; ``read`` are the bytes that then came
    from the disk.
    """
    started = time.perf_counter()
    from indexes.embedders.registry import load_embedder

    load_embedder("light").embed_query(query)
    if files == "cold":
        _drop_cached(Path(folder))
    before, read_before = memory_status("VmRSS"), _bytes_read()
    loaded, processor = time.perf_counter(), time.process_time()
    with ragline.open(folder, create=False) as kb:
        opened = time.perf_counter()
        hits = kb.search(query, 10, mode=mode)
        found, processor = time.perf_counter(), time.process_time() - processor
        resident, anonymous = memory_status("VmRSS"), memory_status("RssAnon")
    if len(hits) != 10:
        raise InputError(f"{len(hits)} hits in place of 10. Make the collection anew.")
    return {
        "before_s": loaded - started,
        "open_s": opened - loaded,
        "first_s": found - opened,
        "processor_s": processor,
        "rss": resident,
        "grown": resident - before,
        "anonymous": anonymous,
        "read": _bytes_read() - read_before,
    }


def _documents() -> Iterator[Document]:
    for source, name, text in shared_texts():
        if text.strip():
            yield Document(f"{source}/{name}", text)


def _fill(kb: ragline.Collection, documents: Iterator[Document], chunks: int) -> None:
    while kb.stats()["chunks"] < chunks:
        kb.ingest(islice(documents, _STEP))


def _drop_cached(folder: Path) -> None:
    """Ask the system to forget the content of all files in a folder; it may refuse what is in use."""
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)  # only what has been written can be dropped
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)


def _bytes_read() -> int:
    """Bytes that this process has had read from a disk."""
    return int(
        next(line.split()[1] for line in Path("/proc/self/io").read_text("utf-8").splitlines() if line.startswith("read_bytes"))
    )
