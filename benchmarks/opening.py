"""What it takes a fresh process to open a collection of 60,000 chunks and find the first hits in it.

The collection is made of shared documents through the public API, with the light embedder. Opening is timed after the imports
and the load of the model, which are told apart, as the ingest suite does it.
"""

from pathlib import Path
from statistics import median

from benchmarks import opening_child
from benchmarks.child import run_child
from benchmarks.figures import Figure
from benchmarks.workspace import Workspace

CHUNKS = 60_000
QUICK_CHUNKS = 3_000
QUERY = "how are documents split into passages before they are embedded?"
MOST_SECONDS = 1
MODES = ("vector", "hybrid")
_RUNS = 5

Runs = list[dict[str, float]]


def measure(workspace: Workspace) -> list[Figure]:
    """Both modes with warm and with cold files, before and after a rebuild. A quick run: 3,000 chunks."""
    place = workspace.folder / "opened"
    figures: list[Figure] = []
    for state in (opening_child.BEHIND, opening_child.REBUILT):
        made = run_child("opening_child:make", place, QUICK_CHUNKS if workspace.quick else CHUNKS, state)
        note = (
            f"{made['documents']:,.0f} documents, {made['delta']:,.0f} chunks not in the index; {made['bytes'] / 1e6:,.0f} MB"
        )
        figures.append(Figure(f"{state}: chunks", made["chunks"], "chunks", note))
        for mode in MODES:
            figures += _first_hits(place, state, mode)
    return figures


def _first_hits(place: Path, state: str, mode: str) -> list[Figure]:
    warm: Runs = [run_child("opening_child:first_hit", place, mode, QUERY, "warm") for _ in range(_RUNS)]
    cold: Runs = [run_child("opening_child:first_hit", place, mode, QUERY, "cold") for _ in range(_RUNS)]
    name, target = f"{state}, {mode}", f"<= {MOST_SECONDS}"
    grown = f"of {_of('rss', warm) / 1e6:.0f} MB in all; {_of('anonymous', warm) / 1e6:.0f} MB that no file backs"
    return [
        Figure(f"{name}: open to the first hit", _total(warm), "s", _parts(warm), target),
        Figure(
            f"{name}: the same, files not in memory",
            _total(cold),
            "s",
            f"{_of('read', cold) / 1e6:.0f} MB read; {_parts(cold)}",
        ),
        Figure(f"{name}: imports and model", _of("before_s", warm), "s", "before the above"),
        Figure(f"{name}: resident memory above the model", _of("grown", warm) / 1e6, "MB", grown),
    ]


def _of(name: str, runs: Runs) -> float:
    return median(run[name] for run in runs)


def _total(runs: Runs) -> float:
    return median(run["open_s"] + run["first_s"] for run in runs)


def _parts(runs: Runs) -> str:
    processor = f"{_of('processor_s', runs):.3f} s of processors"
    return f"opening {_of('open_s', runs):.3f} s, hits {_of('first_s', runs):.3f} s; {processor}"
