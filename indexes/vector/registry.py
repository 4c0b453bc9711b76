"""The kinds of vector index by name: how each is built and loaded, and what it takes from the settings.

Nothing else knows the kinds by name. A new one is a class with ``build``, ``load`` and the protocol of
:class:`indexes.vector.base.VectorIndex`, and an entry here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from indexes.vector.base import Capabilities, VectorIndex, Vectors
from indexes.vector.cells import plan_cells
from indexes.vector.distinct import FILE as COPIES
from indexes.vector.distinct import DistinctIndex, crowded
from indexes.vector.faiss_library import has_faiss
from indexes.vector.flat import FlatIndex, keeps_half
from indexes.vector.hnsw import ByteHnswIndex, HalfHnswIndex, HnswIndex
from indexes.vector.hnswlib_graph import HnswlibIndex
from indexes.vector.ivf import PqIndex, RabitqIndex
from indexes.vector.metrics import Metric, prepared_vectors
from indexes.vector.parameters import CellParameters, GraphParameters
from indexes.vector.sizes import IndexSize, flat_size
from indexes.vector.unreached import FILES as UNREACHED
from indexes.vector.unreached import WithUnreached, audited
from ragline.errors import IncompatibleError, InputError, SettingsError
from ragline.settings import Settings

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of index.

    ``build(vectors, metric=, threads=, settings=)`` and ``load(folder, metric=, settings=)`` make one; ``parameters(settings)``
    are the settings that it takes, and ``advice`` says which of them raise its recall. ``building`` and ``searching`` name
    those that a build and a search look at. ``size(count, dim, settings)`` is what it will take; building takes ``(n / m) **
    growth`` times as long for ``n`` vectors as for ``m``. ``library`` is the module it needs.
    """

    name: str
    capabilities: Capabilities
    build: Callable[..., VectorIndex]
    load: Callable[..., VectorIndex]
    parameters: Callable[[Settings], Any]
    advice: str
    building: tuple[str, ...] = ()
    searching: tuple[str, ...] = ()
    size: Callable[[int, int, Settings], IndexSize] = lambda count, dim, _: flat_size(count, dim, has_half=False)
    growth: float = 1.0
    library: str = "numpy"

    def searched_as(self, settings: Settings, search: Mapping[str, Any], given: frozenset[str] = frozenset()) -> Settings:
        """``settings`` with the values that ``search`` has for this kind, but for those that are ``given``.

        Raises :class:`IncompatibleError` for a value that is none.
        """
        return _with(settings, self.searching, search, given)

    def built_as(self, settings: Settings, build: Mapping[str, Any], given: frozenset[str] = frozenset()) -> Settings:
        """The same for the values of ``build``, which are those that building this kind takes."""
        return _with(settings, self.building, build, given)


def _with(settings: Settings, names: Iterable[str], values: Mapping[str, Any], given: frozenset[str]) -> Settings:
    try:
        return replace(settings, **{name: values[name] for name in names if name in values and name not in given})
    except SettingsError as error:
        raise IncompatibleError(
            f"What the index says of how it is built and searched cannot be ({error}). Run: ragline rebuild"
        ) from error


def _flat() -> Kind:
    def build(vectors: Vectors, *, metric: Metric, threads: int, settings: Settings) -> VectorIndex:  # noqa: ARG001
        return FlatIndex.build(vectors, metric=metric)

    def load(folder: Path, *, metric: Metric, settings: Settings) -> VectorIndex:  # noqa: ARG001
        return FlatIndex.load(folder, metric=metric)

    advice = "restore the collection from a backup"

    def size(count: int, dim: int, settings: Settings) -> IndexSize:  # noqa: ARG001
        return flat_size(count, dim, has_half=keeps_half(count))

    return Kind(FlatIndex.kind, FlatIndex.capabilities, build, load, lambda _: None, advice, size=size)


GRAPH_GROWTH, CODED_GROWTH, BIT_GROWTH = 1.4, 0.9, 1.25
"""How building grows with the vectors, measured from 2,500 to 45,178 of 384 dimensions. In a graph each is searched for among
those before it, ever less of which is in the processor's caches. Product codes are trained on 4,096 vectors whatever their
number, which is most of the work for some thousand; assigning to cells grows with the vectors and their cells.
"""


def _graph(index: Any, library: str = "faiss") -> Kind:
    def build(vectors: Vectors, *, metric: Metric, threads: int, settings: Settings) -> VectorIndex:
        parameters = GraphParameters.of(settings)
        vectors = prepared_vectors(vectors, metric)
        copies = crowded(vectors, parameters.m)
        if copies is not None:
            vectors = vectors[copies.first]
        graph = index.build(vectors, parameters=parameters, metric=metric, threads=threads)
        built = audited(graph, vectors, settings, threads=threads)
        return built if copies is None else DistinctIndex(built, copies)

    def load(folder: Path, *, metric: Metric, settings: Settings) -> VectorIndex:
        loaded: VectorIndex = index.load(folder, parameters=GraphParameters.of(settings), metric=metric)
        if (folder / UNREACHED[0]).exists():
            loaded = WithUnreached.load(loaded, folder)
        return DistinctIndex.load(loaded, folder) if (folder / COPIES).exists() else loaded

    advice = "raise hnsw_ef_search or hnsw_m and rebuild"

    def size(count: int, dim: int, settings: Settings) -> IndexSize:
        found: IndexSize = index.size_of(count, dim, settings.hnsw_m)
        return found

    names = GraphParameters.building, GraphParameters.searching
    return Kind(index.kind, index.capabilities, build, load, GraphParameters.of, advice, *names, size, GRAPH_GROWTH, library)


def _cells(index: Any, growth: float) -> Kind:
    def build(vectors: Vectors, *, metric: Metric, threads: int, settings: Settings) -> VectorIndex:
        built: VectorIndex = index.build(vectors, parameters=CellParameters.of(settings), metric=metric, threads=threads)
        return built

    def load(folder: Path, *, metric: Metric, settings: Settings) -> VectorIndex:
        loaded: VectorIndex = index.load(folder, parameters=CellParameters.of(settings), metric=metric)
        return loaded

    advice = "raise ivf_probes or over_fetch and rebuild"

    def size(count: int, dim: int, settings: Settings) -> IndexSize:
        plan = plan_cells(count, dim, CellParameters.of(settings), coded=index.coded)
        found: IndexSize = index.size_of(count, dim, plan)
        return found

    names = CellParameters.building, CellParameters.searching
    return Kind(index.kind, index.capabilities, build, load, CellParameters.of, advice, *names, size, growth, "faiss")


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        _flat(),
        _graph(HnswIndex),
        _graph(HalfHnswIndex),
        _graph(ByteHnswIndex),
        _graph(HnswlibIndex, "hnswlib"),
        _cells(PqIndex, CODED_GROWTH),
        _cells(RabitqIndex, BIT_GROWTH),
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
