"""What is found after most of a collection was deleted and a part came back, before the automatic rebuild and after it.

The collection holds real text vectors (:mod:`benchmarks.given_vectors`) and goes the way of any other: an index is built,
documents leave and come, the rebuild that falls due is waited for. Recall is of the ten nearest of the vectors that are there.
"""

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import ragline
from benchmarks.child import run_child
from benchmarks.figures import Figure
from benchmarks.given_vectors import open_given, passages, query_of, row_of
from benchmarks.vector_data import VectorData, load_vectors, recall
from benchmarks.workspace import Workspace
from indexes.vector.base import Mask, Vectors
from ragline.durable import folder_size
from ragline.errors import RaglineError

EMBEDDER = "minilm"
"""The embedder that made the shared vectors: what a new collection of them says."""

K = 10
KINDS = ("hnsw", "hnsw-fp16", "hnsw-int8", "ivf-pq", "ivf-rabitq")
DELETED, RETURNED = 0.6, 0.3
"""Shares of all vectors."""

LEAST_RECALL = 0.97
NEVER = 10_000_000
"""Chunks up to which no rebuild falls due: so the churn is seen as it is without one."""

_BLOCK = 2_000  # documents that are deleted and published together
_SEED = 11
_MOST_WAIT_S = 600.0


@dataclass(frozen=True, slots=True)
class State:
    """What searches find at one moment, as recall@10.

    ``leg`` is the vector leg asked for ten, ``search`` the whole search, which asks its leg for a hundred; ``short`` counts
    results of either with other than ten.
    """

    leg: float
    search: float
    short: int
    disk_bytes: int
    memory: Mapping[str, float]


def measure(workspace: Workspace) -> list[Figure]:
    """All kinds on 45,178 vectors and 1,000 queries. A quick run: 10,000 and 300, two kinds."""
    data = load_vectors(quick=workspace.quick)
    place = workspace.folder / "churn"
    _save(data, place)
    with open_given(place / "full", data.base, data.queries, embedder=EMBEDDER, exact_threshold=NEVER) as kb:
        kb.ingest(passages(range(len(data.base))))
    figures = []
    for kind in ("hnsw", "ivf-pq") if workspace.quick else KINDS:
        shutil.copytree(place / "full", place / kind)
        figures += churn(place, data, kind)
        shutil.rmtree(place / kind)
    return figures


def churn(place: Path, data: VectorData, kind: str) -> list[Figure]:
    """The figures of one kind; the collection in ``place / kind`` holds all vectors and has no index yet."""
    live = np.ones(len(data.base), np.bool_)
    with open_given(place / kind, data.base, data.queries, exact_threshold=NEVER) as kb:
        kb.rebuild(kind=kind)
        _delete_and_return(kb, live)
        before = _state(kb, place, data, live)
        number = kb.stats()["generation"]
    with open_given(place / kind, data.base, data.queries, index_kind=kind, exact_threshold=len(data.base) // 4) as kb:
        started = time.perf_counter()
        kb.ingest(passages([int(np.flatnonzero(live)[0])]))  # nothing new: it is the end of an ingest that rebuilds
        _wait_for(kb, number)
        seconds = time.perf_counter() - started
        after = _state(kb, place, data, live)
        kb.compact()
        compacted = folder_size(kb.folder)
    return [
        *_figures(kind, "before", before),
        *_figures(kind, "after", after),
        Figure(f"{kind}: the automatic rebuild", seconds, "s", "from the end of the ingest until it is in use"),
        Figure(f"{kind}: on disk, compacted", compacted / 1e6, "MB", "without the generation that a rollback would go back to"),
    ]


def _save(data: VectorData, place: Path) -> None:
    """The vectors where the process that looks at memory maps them."""
    place.mkdir()
    np.save(place / "base.npy", data.base)
    np.save(place / "queries.npy", data.queries)


def _delete_and_return(kb: ragline.Collection, live: Mask) -> None:
    order = np.random.default_rng(_SEED).permutation(len(live))
    gone = order[: int(DELETED * len(live))]
    for start in range(0, len(gone), _BLOCK):
        with kb._store.writing() as session:  # one at a time, as kb.delete does it, each would wait for the disk
            session.catalog.remove_documents([f"p{row}" for row in gone[start : start + _BLOCK]], run_id=None)
            session.publish()
    back = gone[: int(RETURNED * len(live))]
    kb.ingest(passages(back.tolist()))
    live[gone] = False
    live[back] = True


def _wait_for(kb: ragline.Collection, number: int) -> None:
    """Until a newer generation than ``number`` is in use. Raises :class:`RaglineError` when none comes."""
    end = time.monotonic() + _MOST_WAIT_S
    while kb.stats()["generation"] == number:
        if time.monotonic() > end:
            raise RaglineError(f"No rebuild in {_MOST_WAIT_S:.0f} s. Look at: {kb.health()['warnings']}")
        time.sleep(0.1)


def _state(kb: ragline.Collection, place: Path, data: VectorData, live: Mask) -> State:
    truth = data.truth(K, queries=len(data.queries), allowed=lambda _: live)
    leg = [_leg(kb, query) for query in data.queries]
    search = [[row_of(hit.doc_id) for hit in kb.search(query_of(n), K, mode="vector")] for n in range(len(truth))]
    short = sum(len(rows) != K for rows in (*leg, *search))
    disk, memory = folder_size(kb.folder), run_child("churn_child:memory", kb.folder, place)
    return State(recall(np.array(leg), truth), recall(np.array(search), truth), short, disk, memory)


def _leg(kb: ragline.Collection, query: Vectors) -> list[int]:
    """The rows that the vector leg brings when it is asked for ten."""
    snapshot = kb._store.snapshot()
    numbers = snapshot.chunk_nos[snapshot.vector_candidates(query, K, None).rows].tolist()
    found = kb._store.catalog.chunks(numbers)
    return [row_of(found[number].doc_id) for number in numbers]


def _figures(kind: str, when: str, state: State) -> list[Figure]:
    name = f"{kind}, {when} the rebuild"
    resident = state.memory["rss"] / 1e6
    anonymous = f"{state.memory['anonymous'] / 1e6:.0f} MB of them no file backs; a process that has searched for every query"
    return [
        Figure(f"{name}: recall@10", state.search, "", "kb.search, which asks its leg for 100", f">= {LEAST_RECALL}"),
        Figure(f"{name}: recall@10 of the leg alone", state.leg, "", "asked for 10", f">= {LEAST_RECALL}"),
        Figure(f"{name}: results with other than 10 hits", float(state.short), "", "of both", "<= 0"),
        Figure(f"{name}: on disk", state.disk_bytes / 1e6, "MB"),
        Figure(f"{name}: resident memory", resident, "MB", anonymous),
    ]
