"""Law: every chunk can be found. What a graph does not reach is listed beside it and compared with every query."""

from pathlib import Path

import numpy as np
import pytest

from indexes.vector.base import Vectors
from indexes.vector.registry import KINDS
from indexes.vector.selection import Selection
from indexes.vector.unreached import FILES, WithUnreached
from ragline.errors import CorruptIndexError
from ragline.settings import Settings

GRAPHS = ("hnsw", "hnsw-fp16", "hnsw-int8")
POOR = Settings(hnsw_m=4, hnsw_ef_construction=8, hnsw_ef_search=8)
"""So few links and so narrow searches that a graph loses rows."""


def unit(vectors: Vectors) -> Vectors:
    scaled: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return scaled


def crowded_vectors() -> Vectors:
    """A cloud, an outlier, and sixty near-duplicates, behind which others' graphs lose rows for good."""
    rng = np.random.default_rng(7)
    cloud = rng.standard_normal((3_000, 32))
    crowd = rng.standard_normal(32) + 1e-3 * rng.standard_normal((60, 32))
    outlier = -50 * np.ones((1, 32)) + rng.standard_normal((1, 32))
    return unit(np.concatenate((cloud, crowd, outlier)))


@pytest.mark.parametrize("kind", GRAPHS)
@pytest.mark.parametrize("settings", [Settings(), POOR], ids=["as it comes", "poor"])
def test_every_row_is_found_by_its_own_vector(kind: str, settings: Settings, tmp_path: Path) -> None:
    vectors = crowded_vectors()
    built = KINDS[kind].build(vectors, metric="cosine", threads=1, settings=settings)
    built.save(tmp_path)
    loaded = KINDS[kind].load(tmp_path, metric="cosine", settings=settings)
    for index in (built, loaded):
        one_by_one = [row in index.search(vectors[row], 10).rows for row in range(len(vectors))]
        together = (index.search_batch(vectors, 10).rows == np.arange(len(vectors))[:, None]).any(axis=1)
        # Among near-duplicates half precision cannot always tell which is the nearest ten.
        crowd = np.isin(np.arange(len(vectors)), np.arange(3_000, 3_060))
        assert (np.array(one_by_one) | crowd).all()
        assert (together | crowd).all()
    if settings is POOR:
        assert built.parameters["unreached"] > 0
        assert {path.name for path in tmp_path.iterdir()} > set(FILES)


def poor_index() -> tuple[WithUnreached, Vectors, int]:
    vectors = crowded_vectors()
    built = KINDS["hnsw"].build(vectors, metric="cosine", threads=1, settings=POOR)
    assert isinstance(built, WithUnreached)
    return built, vectors, int(built._rows[0])


def test_a_row_that_is_listed_is_subject_to_filters() -> None:
    index, vectors, row = poor_index()
    mask = np.ones(len(vectors), np.bool_)
    mask[row] = False
    for allowed in (mask, Selection(mask)):
        assert row not in index.search(vectors[row], 10, allowed=allowed).rows
        assert row not in index.search_batch(vectors[row][None], 10, allowed=allowed).rows
    mask[:] = False
    mask[row] = True
    assert index.search(vectors[row], 10, allowed=mask).rows.tolist() == [row]
    assert index.search_batch(vectors[row][None], 10, allowed=mask).rows.tolist() == [[row]]


def test_lists_change_neither_the_number_nor_the_order_of_results() -> None:
    index, vectors, _ = poor_index()
    for query in vectors[::50]:
        hits = index.search(query, 20)
        assert len(hits.rows) == len(set(hits.rows.tolist())) == 20
        assert (np.diff(hits.scores) <= 0).all()
        np.testing.assert_allclose(hits.scores, vectors[hits.rows] @ query, atol=1e-5)


def test_it_is_searched_exactly_and_in_other_ways_like_any_index(tmp_path: Path) -> None:
    index, vectors, row = poor_index()
    hits = index.exact(vectors[row], 10)
    assert hits.exact
    assert hits.rows[0] == row
    assert row in index.searched_with(Settings(hnsw_ef_search=16)).search(vectors[row], 10).rows
    assert sum((tmp_path / name).stat().st_size for name in index.save(tmp_path)) == pytest.approx(index.size.disk, rel=0.05)


@pytest.mark.parametrize("damage", ["cut", "of another index"])
def test_a_damaged_list_is_a_typed_error(damage: str, tmp_path: Path) -> None:
    index, vectors, _ = poor_index()
    index.save(tmp_path)
    if damage == "cut":
        (tmp_path / FILES[0]).write_bytes((tmp_path / FILES[0]).read_bytes()[:40])
    else:
        np.save(tmp_path / FILES[0], np.array([len(vectors)]))
    with pytest.raises(CorruptIndexError, match="ragline rebuild"):
        KINDS["hnsw"].load(tmp_path, metric="cosine", settings=POOR)
