"""What an evaluation costs beyond the searches that it makes: the 300 test queries of SciFact with MiniLM, all reports written.

Searching alone and evaluating take turns, each in a collection that was just opened, so that neither finds vectors of queries
that the other has computed, and noise falls on both alike. The figure is the ratio of the medians; that of the processor time
tells of a machine with other work too. No answers are asked for: those take many times as long as all that is done about them.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import ragline
from benchmarks.corpora import queries_of, shared_corpus
from benchmarks.figures import Figure
from benchmarks.workspace import Workspace
from eval.asking import first_depth

_KS = (1, 3, 5, 10)
_DEPTH = first_depth(_KS)  # what an evaluation at these cut-offs asks for
_WARM_UP = ("warming up the encoder for short queries", "and for queries that are a good deal longer than the first one is")


def measure(workspace: Workspace) -> list[Figure]:
    """Seconds of both and their ratio, and the bytes of the reports. A quick run: one turn each."""
    queries, golden = queries_of("scifact"), shared_corpus("scifact")
    with workspace.collection("scifact", embedder="minilm") as collection:
        folder = collection.folder
    turns = 1 if workspace.quick else 5
    alone: list[_Taken] = []
    whole: list[_Taken] = []
    for turn in range(turns):
        pair = (
            lambda: alone.append(_searching(folder, queries)),
            lambda: whole.append(_evaluating(folder, golden, workspace.folder / "report")),
        )
        for measured in pair if turn % 2 == 0 else reversed(pair):
            measured()
    seconds, reported = (median(taken.wall for taken in each) for each in (alone, whole))
    cpu = median(taken.cpu for taken in whole) / median(taken.cpu for taken in alone)
    size = sum(file.stat().st_size for file in (workspace.folder / "report").iterdir())
    spread = f"{turns} turns, {min(taken.wall for taken in whole):.2f} to {max(taken.wall for taken in whole):.2f} s"
    return [
        Figure(f"searches alone, {len(queries)} queries, {_DEPTH} hits each", seconds, "s"),
        Figure("evaluation with all reports", reported, "s", spread),
        Figure("evaluation / searches alone", reported / seconds, "x", "", "<= 1.2"),
        Figure("the same in processor time", cpu, "x"),
        Figure("reports", size / 1e6, "MB", "HTML, Markdown, JSON, JUnit and CSV"),
    ]


@dataclass(frozen=True, slots=True)
class _Taken:
    """Seconds by the clock, and of all processors."""

    wall: float
    cpu: float


@contextmanager
def _clock() -> Iterator[list[_Taken]]:
    taken: list[_Taken] = []
    wall, cpu = time.perf_counter(), time.process_time()
    yield taken
    taken.append(_Taken(time.perf_counter() - wall, time.process_time() - cpu))


def _searching(folder: Path, queries: list[str]) -> _Taken:
    with _opened(folder) as kb, _clock() as taken:
        for query in queries:
            kb.search(query, _DEPTH)
    return taken[0]


def _evaluating(folder: Path, golden: Path, reports: Path) -> _Taken:
    with _opened(folder) as kb, _clock() as taken:
        kb.evaluate(golden, answers=False, ks=_KS, reports=reports)
    return taken[0]


def _opened(folder: Path) -> ragline.Collection:
    """The collection with its model, its index and its code loaded, and no vector of a query in memory."""
    kb = ragline.open(folder, create=False)
    for query in _WARM_UP:
        kb.search(query, _DEPTH)
    return kb
