"""tantivy against the exact reference, and the quality of both on public collections."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.lexical.analyser import Analyser
from indexes.lexical.base import LexicalEntry, LexicalSearcher
from indexes.lexical.rank_bm25_index import RankBm25Index
from indexes.lexical.tantivy_index import TantivyIndex

WORDS = [f"{first}{second}" for first in ("ka", "lo", "mi") for second in ("ban", "dor", "fel", "gum", "hit")]
# tantivy keeps field lengths up to 40 exactly and rounds longer ones down, by at most one part in eight.
EXACT_LENGTH = 40


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[list[LexicalEntry]], tuple[LexicalSearcher, LexicalSearcher]]:
    analyser = Analyser()

    def build(entries: list[LexicalEntry]) -> tuple[LexicalSearcher, LexicalSearcher]:
        reference = RankBm25Index(analyser=analyser)
        with TantivyIndex.create(tmp_path_factory.mktemp("lexical"), analyser=analyser) as index:
            for each in (index, reference):
                each.add(entries)
                each.commit(1)
            return index.searcher(), reference.searcher()

    return build


@settings(max_examples=15, deadline=None)
@given(
    texts=st.lists(st.lists(st.sampled_from(WORDS), max_size=EXACT_LENGTH), min_size=1, max_size=25),
    queries=st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5), min_size=1, max_size=5),
)
def test_scores_are_equal_for_short_texts(
    both: Callable[[list[LexicalEntry]], tuple[LexicalSearcher, LexicalSearcher]],
    texts: list[list[str]],
    queries: list[list[str]],
) -> None:
    tantivy, reference = both([LexicalEntry(number, " ".join(words), "en") for number, words in enumerate(texts)])
    assert tantivy.count == reference.count
    for words in queries:
        left, right = (searcher.search(" ".join(words), limit=100) for searcher in (tantivy, reference))
        scores = [dict(zip(numbers.tolist(), values.tolist(), strict=True)) for numbers, values in (left, right)]
        assert scores[0] == pytest.approx(scores[1], rel=1e-5)


def load(folder: Path) -> tuple[list[str], list[str], dict[str, str], dict[str, dict[str, int]]]:
    """Ids, texts (title and text as one), queries, and for each query the grades of its relevant ids."""
    rows = [json.loads(line) for line in (folder / "corpus.jsonl").read_text().splitlines()]
    queries = {row["_id"]: row["text"] for row in map(json.loads, (folder / "queries.jsonl").read_text().splitlines())}
    grades: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels.tsv").read_text().splitlines()[1:]:
        query, document, grade = line.split("\t")
        if int(grade) > 0:
            grades.setdefault(query, {})[document] = int(grade)
    return [row["_id"] for row in rows], [f"{row.get('title', '')}\n{row['text']}" for row in rows], queries, grades


def gain(ids: list[str], grades: dict[str, int]) -> float:
    """nDCG@10 with linear gains (Järvelin and Kekäläinen, 2002)."""
    ideal = sum(grade / math.log2(place + 2) for place, grade in enumerate(sorted(grades.values(), reverse=True)[:10]))
    return sum(grades.get(name, 0) / math.log2(place + 2) for place, name in enumerate(ids[:10])) / ideal


def recall(ids: list[str], grades: dict[str, int]) -> float:
    return sum(name in grades for name in ids[:10]) / len(grades)


def mean_of(
    measure: Callable[[list[str], dict[str, int]], float],
    folder: Path,
    searcher_of: Callable[[list[LexicalEntry]], LexicalSearcher],
) -> float:
    ids, texts, queries, grades = load(folder)
    searcher = searcher_of([LexicalEntry(number, text) for number, text in enumerate(texts)])
    values = []
    for query, relevant in grades.items():
        numbers, _ = searcher.search(queries[query], limit=10)
        values.append(measure([ids[number] for number in numbers], relevant))
    return float(np.mean(values))


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "measure", "expected"),
    [
        ("scifact", gain, 0.694),
        ("nfcorpus-preprocessed", gain, 0.334),
        ("squad-v2.0-dev", recall, 0.969),
        ("xquad/en", recall, 0.992),
        ("xquad/es", recall, 0.991),
        ("xquad/ar", recall, 0.985),
        ("xquad/zh", recall, 0.992),
    ],
)
def test_quality_on_public_collections(
    shared_data: Path,
    tmp_path: Path,
    name: str,
    measure: Callable[[list[str], dict[str, int]], float],
    expected: float,
) -> None:
    def searcher_of(entries: list[LexicalEntry]) -> LexicalSearcher:
        with TantivyIndex.create(tmp_path / "lexical") as index:
            index.add(entries)
            index.commit(1)
            return index.searcher()

    assert mean_of(measure, shared_data / name, searcher_of) >= expected - 0.002


@pytest.mark.shared_data
def test_the_reference_ranks_a_public_collection_alike(
    both: Callable[[list[LexicalEntry]], tuple[LexicalSearcher, LexicalSearcher]], shared_data: Path
) -> None:
    _, texts, queries, grades = load(shared_data / "xquad" / "en")
    tantivy, reference = both([LexicalEntry(number, text) for number, text in enumerate(texts)])
    shared, ratios = [], []
    for query in list(grades)[::12]:
        left, right = (searcher.search(queries[query], limit=240) for searcher in (tantivy, reference))
        assert set(left[0].tolist()) == set(right[0].tolist()), "the same texts match"
        first, second = set(left[0][:10].tolist()), set(right[0][:10].tolist())
        shared.append(len(first & second) / max(1, len(second)))
        exact = dict(zip(right[0].tolist(), right[1].tolist(), strict=True))
        ratios += [score / exact[number] for number, score in zip(left[0].tolist(), left[1].tolist(), strict=True)]
    assert np.mean(shared) > 0.95
    assert 0.99 < np.median(ratios) < 1.06
    assert max(ratios) < 1.13
    assert min(ratios) > 0.94
