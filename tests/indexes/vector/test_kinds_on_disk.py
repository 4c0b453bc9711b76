"""Every kind as a generation: found again with its ids, refused when damaged, and named when its library is absent."""

import json
import resource
import sys
from pathlib import Path

import numpy as np
import pytest

from indexes.generations import GenerationStore
from indexes.options import StoreOptions
from indexes.rebuilding.build import build_generation
from indexes.rebuilding.gate import Inspection
from indexes.rebuilding.plan import Plan
from indexes.rows import BaseRows
from indexes.tuned import NOT_TUNED
from indexes.vector.registry import KINDS, Kind, choose_kind, kind_of
from ragline.durable import json_digest
from ragline.errors import CorruptIndexError, IncompatibleError, InputError, MissingExtra
from ragline.settings import Settings
from tests.contracts.vector_sets import clustered, installed

COUNT, DIM = 2_200, 24
FIRST_NUMBER = 2**40
"""Chunk numbers have 64 bits."""


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    installed(request.param)
    return KINDS[request.param]


def store_at(folder: Path) -> GenerationStore:
    return GenerationStore(folder, embedder="test", settings=Settings())


def write(store: GenerationStore, kind: Kind, vectors: np.ndarray) -> int:
    numbers = FIRST_NUMBER + 3 * np.arange(len(vectors), dtype=np.int64)
    ids = np.array([f"chunk{number}" for number in numbers], "S32")
    index = kind.build(vectors, metric="cosine", threads=1, settings=Settings())
    return store.write(index, BaseRows(numbers, numbers * 2, ids), sequence=5, check=lambda _: Inspection(()))[0]


def test_a_generation_gives_back_rows_with_their_numbers(kind: Kind, tmp_path: Path) -> None:
    vectors = clustered(COUNT, DIM, seed=1)
    vectors[100:160] = vectors[7]  # more copies than a node has links
    store = store_at(tmp_path)
    loaded = store.load(write(store, kind, vectors))
    assert (loaded.manifest.kind, loaded.manifest.metric, loaded.manifest.count) == (kind.name, "cosine", COUNT)
    assert loaded.manifest.parameters == dict(loaded.generation.index.parameters)
    for row in (3, 1_000, COUNT - 1):
        best = loaded.generation.index.search(vectors[row], 1).rows[0]
        assert loaded.rows.chunk_nos[best] == FIRST_NUMBER + 3 * row
        assert loaded.rows.chunk_ids[best] == f"chunk{FIRST_NUMBER + 3 * row}".encode()
    copies = loaded.generation.index.search(vectors[7], 61).rows
    assert sorted(copies[:61]) == [7, *range(100, 160)]


@pytest.mark.parametrize("place", [0.01, 0.25, 0.5, 0.99])
def test_a_damaged_file_never_reaches_a_native_loader(
    kind: Kind, place: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_at(tmp_path)
    number = write(store, kind, clustered(700, DIM, seed=2))

    def reached(*_: object, **__: object) -> None:
        raise AssertionError("a damaged file was handed to the loader")

    monkeypatch.setattr(
        "indexes.generations.kind_of", lambda name: Kind(name, kind.capabilities, reached, reached, reached, "")
    )
    for path in sorted((tmp_path / f"{number:06d}").iterdir()):
        original = path.read_bytes()
        flipped = bytearray(original)
        flipped[int(place * len(original))] ^= 0xFF
        for damaged in (bytes(flipped), original[: int(place * len(original))]):
            path.write_bytes(damaged)
            with pytest.raises((CorruptIndexError, IncompatibleError), match="Run: ragline rebuild"):
                store.load(number)
        path.write_bytes(original)


def test_a_file_that_is_no_index_is_a_typed_error(kind: Kind, tmp_path: Path) -> None:
    index = kind.build(clustered(700, DIM, seed=3), metric="cosine", threads=1, settings=Settings())
    for name in index.save(tmp_path):
        original = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(b"nothing of the kind")
        with pytest.raises(CorruptIndexError, match="ragline rebuild"):
            kind.load(tmp_path, metric="cosine", settings=Settings())
        (tmp_path / name).write_bytes(original)


def test_a_kind_that_is_not_known_is_incompatible(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    number = write(store, KINDS["flat"], clustered(10, DIM, seed=4))
    path = tmp_path / f"{number:06d}" / "manifest.json"
    content = {key: value for key, value in json.loads(path.read_text()).items() if key != "digest"} | {"kind": "annoy"}
    path.write_text(json.dumps({**content, "digest": json_digest(content)}))
    with pytest.raises(IncompatibleError, match="'annoy'"):
        store.load(number)
    with pytest.raises(IncompatibleError, match="ragline rebuild"):
        kind_of("annoy")


def test_auto_is_the_setting_then_the_kind_in_use_then_the_number_of_chunks() -> None:
    few = clustered(10, DIM, seed=4)
    flat, coded = (KINDS[name].build(few, metric="cosine", threads=1, settings=Settings()) for name in ("flat", "hnsw-int8"))
    assert choose_kind("auto", Settings(exact_threshold=5), 10, in_use=coded).name == "hnsw-int8"
    assert choose_kind("auto", Settings(exact_threshold=5), 10, in_use=flat).name == "hnsw"
    assert choose_kind("auto", Settings(index_kind="ivf-pq"), 10, in_use=coded).name == "ivf-pq"
    assert choose_kind("flat", Settings(), 10, in_use=coded).name == "flat"
    assert choose_kind("auto", Settings(exact_threshold=10), 10).name == "flat"
    assert choose_kind("auto", Settings(index_kind="ivf-pq"), 10).name == "ivf-pq"
    assert choose_kind("hnsw-int8", Settings(index_kind="ivf-pq"), 10).name == "hnsw-int8"
    with pytest.raises(InputError, match="choose one of auto, flat, hnsw"):
        choose_kind("annoy", Settings(), 10)


@pytest.mark.parametrize("name", [name for name in KINDS if name != "flat"])
def test_a_missing_library_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for library in ("faiss", "hnswlib"):
        monkeypatch.setitem(sys.modules, library, None)
    extra = "hnswlib" if name == "hnswlib" else "ann"
    with pytest.raises(MissingExtra, match=rf"pip install 'ragline\[{extra}\]'"):
        KINDS[name].build(clustered(10, DIM, seed=5), metric="cosine", threads=1, settings=Settings())


def test_an_index_that_loses_too_much_is_not_written(tmp_path: Path) -> None:
    from indexes.catalog.records import VectorRows

    installed("ivf-pq")
    vectors = np.random.default_rng(6).standard_normal((6_000, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    numbers = np.arange(1, len(vectors) + 1, dtype=np.int64)
    rows = VectorRows(numbers, numbers, numbers.astype("S32"), vectors)
    options = StoreOptions(64, "test", 1, Settings(ivf_cells=64, ivf_probes=1))
    plan = Plan.of(KINDS["ivf-pq"], NOT_TUNED, options)
    with pytest.raises(IncompatibleError, match="raise ivf_probes or over_fetch"):
        build_generation(rows, store_at(tmp_path), plan, options, sequence=1)
    assert list(tmp_path.iterdir()) == []


def test_a_graph_that_hnswlib_could_not_write_whole_is_an_error(tmp_path: Path) -> None:
    """hnswlib says nothing when the disk is full."""
    installed("hnswlib")
    index = KINDS["hnswlib"].build(clustered(2_000, DIM, seed=7), metric="cosine", threads=1, settings=Settings())
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, most))
    try:
        with pytest.raises(OSError, match=r"graph\.hnswlib"):
            index.save(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
