"""The kinds of vector index by name: how each is built and loaded, and what it takes from the settings.

Nothing else knows the kinds by name. A new one is a class with ``build``, ``load`` and the protocol of
:class:`indexes.vector.base.VectorIndex`, and an entry here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexes.vector.base import Capabilities, VectorIndex, Vectors
from indexes.vector.distinct import FILE as COPIES
from indexes.vector.distinct import DistinctIndex, crowded
from indexes.vector.faiss_library import has_faiss
from indexes.vector.flat import FlatIndex
from indexes.vector.hnsw import ByteHnswIndex, HalfHnswIndex, HnswIndex
from indexes.vector.hnswlib_graph import HnswlibIndex
from indexes.vector.ivf import PqIndex, RabitqIndex
from indexes.vector.metrics import Metric, prepared_vectors
from indexes.vector.parameters import CellParameters, GraphParameters
from indexes.vector.unreached import FILES as UNREACHED
from indexes.vector.unreached import WithUnreached, audited
from ragline.errors import IncompatibleError, InputError
from ragline.settings import Settings

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of index.

    ``build(vectors, metric=, threads=, settings=)`` and ``load(folder, metric=, settings=)`` make one; ``parameters(settings)``
    are the settings that it takes, and ``advice`` says which of them raise its recall.
    """

    name: str
    capabilities: Capabilities
    build: Callable[..., VectorIndex]
    load: Callable[..., VectorIndex]
    parameters: Callable[[Settings], Any]
    advice: str


def _flat() -> Kind:
    def build(vectors: Vectors, *, metric: Metric, threads: int, settings: Settings) -> VectorIndex:  # noqa: ARG001
        return FlatIndex.build(vectors, metric=metric)

    def load(folder: Path, *, metric: Metric, settings: Settings) -> VectorIndex:  # noqa: ARG001
        return FlatIndex.load(folder, metric=metric)

    advice = "restore the collection from a backup"
    return Kind(FlatIndex.kind, FlatIndex.capabilities, build, load, lambda _: None, advice)


def _graph(index: Any) -> Kind:
    def build(vectors: Vectors, *, metric: Metric, threads: int, settings: Settings) -> VectorIndex:
        parameters = GraphParameters.of(settings)
        vectors = prepared_vectors(vectors, metric)
        copies = crowded(vectors, parameters.m)
        if copies is not None:
            vectors = vectors[copies.first]
        graph = index.build(vectors, parameters=parameters, metric=metric, threads=threads)
        built = audited(graph, vectors, graph.incoming, threads=threads)
        return built if copies is None else DistinctIndex(built, copies)

    def load(folder: Path, *, metric: Metric, settings: Settings) -> VectorIndex:
        loaded: VectorIndex = index.load(folder, parameters=GraphParameters.of(settings), metric=metric)
        if (folder / UNREACHED[0]).exists():
            loaded = WithUnreached.load(loaded, folder)
        return DistinctIndex.load(loaded, folder) if (folder / COPIES).exists() else loaded

    advice = "raise hnsw_ef_search or hnsw_m and rebuild"
    return Kind(index.kind, index.capabilities, build, load, GraphParameters.of, advice)


def _cells(index: Any) -> Kind:
    def build(vectors: Vectors, *, metric: Metric, threads: int, settings: Settings) -> VectorIndex:
        built: VectorIndex = index.build(vectors, parameters=CellParameters.of(settings), metric=metric, threads=threads)
        return built

    def load(folder: Path, *, metric: Metric, settings: Settings) -> VectorIndex:
        loaded: VectorIndex = index.load(folder, parameters=CellParameters.of(settings), metric=metric)
        return loaded

    advice = "raise ivf_probes or over_fetch and rebuild"
    return Kind(index.kind, index.capabilities, build, load, CellParameters.of, advice)


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        _flat(),
        _graph(HnswIndex),
        _graph(HalfHnswIndex),
        _graph(ByteHnswIndex),
        _graph(HnswlibIndex),
        _cells(PqIndex),
        _cells(RabitqIndex),
    )
}


def choose_kind(asked: str, settings: Settings, count: int, *, in_use: VectorIndex | None = None) -> Kind:
    """The kind for ``count`` vectors: the one asked for, else that of the settings, else that in use, else by their number.

    By number it is an exact scan up to ``settings.exact_threshold`` and wherever FAISS is not installed, above it an HNSW
    graph. An exact index in use does not count: it was there before there were so many. Raises :class:`InputError` for an
    unknown name.
    """
    name = settings.index_kind if asked == AUTO else asked
    if name == AUTO and in_use is not None and not in_use.capabilities.exact:
        name = in_use.kind
    if name == AUTO:
        name = HnswIndex.kind if count > settings.exact_threshold and has_faiss() else FlatIndex.kind
    if name not in KINDS:
        raise InputError(f"Unknown index kind {name!r}; choose one of {', '.join((AUTO, *KINDS))}.")
    return KINDS[name]


def kind_of(name: str) -> Kind:
    """The kind that a manifest names. Raises :class:`IncompatibleError` for one that this version does not know."""
    if name not in KINDS:
        raise IncompatibleError(f"The index is of the kind {name!r}, which this version does not know. Run: ragline rebuild")
    return KINDS[name]
