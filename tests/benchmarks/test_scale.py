"""The suite of scale: vectors are distinct and made once, the truth is exact, and all that is asked for has a figure."""

import re
from collections import Counter
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from benchmarks import scale, scale_data
from benchmarks.child import measure_named
from benchmarks.scale_data import ScaleData, exact_nearest
from benchmarks.sentence_windows import Sentences, sentences_of
from benchmarks.vector_store import VectorStore
from benchmarks.workspace import Workspace
from indexes.embedders.base import Embedder
from indexes.embedders.registry import load_embedder
from ragline.errors import InputError
from tests.contracts.vector_sets import clustered, installed, queries_near

COLOURS = ("red", "green", "blue", "yellow", "black", "white", "grey", "brown")


@pytest.fixture(scope="module")
def light() -> Embedder:
    return load_embedder("light")


@pytest.fixture
def documents() -> list[Sentences]:
    """40 documents of 8 sentences each; every other one says the same as the one before in another order of words."""
    found = []
    for number in range(20):
        parts = [f"The {colour} pump {number} drives the valve {place}" for place, colour in enumerate(COLOURS)]
        turned = [f"The valve {place} drives the {colour} pump {number}" for place, colour in enumerate(COLOURS)]
        found += [
            sentences_of("one", f"a{number}", ". ".join(parts) + "."),
            sentences_of("two", f"b{number}", ". ".join(turned) + "."),
        ]
    return found


@pytest.fixture(autouse=True)
def few_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale_data, "QUERIES", 5)


def test_vectors_are_distinct_and_those_of_the_queries_are_not_among_them(
    light: Embedder, documents: list[Sentences], tmp_path: Path
) -> None:
    installed("hnsw")
    data = scale_data.scale_data(150, light, documents=documents, place=tmp_path)
    assert data.base.shape == (150, 256)
    assert data.queries.shape == (5, 256)
    everything = np.concatenate((data.base, data.queries)).astype(np.float16)
    assert len(np.unique(everything, axis=0)) == 155  # though half of the texts have the words of another
    assert (np.linalg.norm(data.base, axis=1) > 0.99).all()  # every row was written
    assert sum(data.counts["sentences"].values()) == sum(data.counts["sources"].values()) == 150
    assert sum(data.counts["query sentences"].values()) == 5


def test_they_are_made_once(light: Embedder, documents: list[Sentences], tmp_path: Path) -> None:
    made = scale_data.scale_data(60, light, documents=documents, place=tmp_path)
    again = scale_data.scale_data(60, light, documents=[], place=tmp_path)
    np.testing.assert_array_equal(made.base, again.base)
    assert made.counts == again.counts


def test_a_file_that_was_cut_off_is_made_anew(light: Embedder, documents: list[Sentences], tmp_path: Path) -> None:
    made = scale_data.scale_data(60, light, documents=documents, place=tmp_path)
    expected = np.array(made.base)
    (made.folder / "counts.json").unlink()
    (made.folder / "base.npy").write_bytes(b"")
    np.testing.assert_array_equal(scale_data.scale_data(60, light, documents=documents, place=tmp_path).base, expected)


def test_too_few_texts_are_no_reason_for_copies(light: Embedder, documents: list[Sentences], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Give more, or ask for fewer"):
        scale_data.scale_data(10_000, light, documents=documents, place=tmp_path)
    with pytest.raises(InputError, match="Give more"):  # nothing half made is taken for done
        scale_data.scale_data(10_000, light, documents=documents, place=tmp_path)


def test_no_sentence_of_a_query_is_in_the_set(documents: list[Sentences]) -> None:
    copied = sentences_of("copy", "c", " ".join(documents[0].texts))
    queries = list(scale_data._queries([copied, documents[5]], documents[:5]))
    assert [query.source for query in queries] == [documents[5].source]
    widths = Counter(query.width for query in scale_data._queries(documents[:20], documents[20:]))
    assert set(widths) == {1, 2, 3, 4, 5, 6}


def test_truth_is_that_of_all_scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed("hnsw")
    monkeypatch.setattr(scale_data, "_BLOCK_ROWS", 64)
    base, queries = clustered(500, 16, seed=1), queries_near(clustered(500, 16, seed=1), 7, seed=2)
    expected = np.argsort(-(queries @ base.T), axis=1)[:, :10]
    np.testing.assert_array_equal(np.sort(exact_nearest(base, queries, 10)), np.sort(expected))
    data = ScaleData(tmp_path, base, queries, {})
    assert data.truth(100) == [set(row) for row in np.argsort(-(queries @ base[:100].T), axis=1)[:, :10].tolist()]


@pytest.mark.slow
def test_everything_asked_for_has_a_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed("hnsw")
    base = clustered(6_000, 32, seed=1)
    queries = queries_near(base, 100, seed=2)
    np.save(tmp_path / "base.npy", base)
    np.save(tmp_path / "queries.npy", queries)
    counts = {name: {"1": 1} for name in ("sentences", "sources", "query sentences", "query sources")}
    monkeypatch.setattr(scale, "scale_data", lambda *_: ScaleData(tmp_path, base, queries, counts))
    monkeypatch.setattr(scale, "SIZES", (600, 6_000))
    monkeypatch.setattr(scale, "run_child", lambda name, *arguments: measure_named(name)(*map(str, arguments)))
    with closing(VectorStore(tmp_path / "vectors.sqlite")) as store:
        (tmp_path / "work").mkdir()
        figures = scale.measure(Workspace(tmp_path / "work", store))
    text = "\n".join(f"{figure.name} {figure.target}" for figure in figures)
    for kind in scale.KINDS:
        for promise in (
            r"6,000: build ",
            r"6,000: build, peak of resident memory",
            r"6,000: resident bytes a vector <= 100",
            r"6,000: bytes a vector on disk",
            r"6,000: recall@10 >= 0.95",
            r"6,000: recall@10 with the settings as they come >= 0.95",
            r"6,000: one at a time",
            r"6,000: batches of 100",
            r"600 to 6,000: growth of the build, processor time <= 20",
        ):
            assert re.search(f"{kind}, {promise}", text), promise
    assert all(figure.value > 0 for figure in figures if "resident bytes" not in figure.name)
    reached = [figure for figure in figures if figure.name.endswith("recall@10")]
    assert all(figure.is_met for figure in reached), reached
