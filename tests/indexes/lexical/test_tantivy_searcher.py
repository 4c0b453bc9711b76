"""Searching: long queries, both ways to filter, ties in bulk, threads."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.lexical.analyser import Analyser
from indexes.lexical.base import LexicalEntry
from indexes.lexical.tantivy_index import TantivyIndex
from indexes.lexical.tantivy_searcher import MAX_QUERY_TERMS, TantivySearcher

VOCABULARY = [f"{first}{second}" for first in ("al", "be", "co", "du") for second in ("mar", "nor", "pil", "ros", "tun")]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> TantivySearcher:
    """3,000 short texts of 20 words in three commits, with many equal scores and every tenth text removed."""
    random = np.random.default_rng(4)
    numbers = random.permutation(3000)
    with TantivyIndex.create(tmp_path_factory.mktemp("lexical"), analyser=Analyser()) as index:
        for step, part in enumerate(np.array_split(numbers, 3)):
            index.add(
                LexicalEntry(int(number), " ".join(random.choice(VOCABULARY, size=1 + int(number) % 6)), "en")
                for number in part
            )
            index.commit(step + 1)
        index.remove(list(range(0, 3000, 10)))
        index.commit(4)
        return index.searcher()


def test_the_setting(searcher: TantivySearcher) -> None:
    assert searcher.count == 2700
    assert searcher.search("almar", limit=3000)[0].size > 300


@settings(max_examples=60, deadline=None)
@given(
    words=st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=4),
    share=st.sampled_from([1.0, 0.5, 0.1, 0.02, 0.002]),
    limit=st.sampled_from([1, 3, 10, 100, 2000]),
    seed=st.integers(0, 99),
)
def test_both_ways_to_filter_give_what_filtering_everything_would(
    searcher: TantivySearcher, words: list[str], share: float, limit: int, seed: int
) -> None:
    query = " ".join(words)
    allowed = np.flatnonzero(np.random.default_rng(seed).random(3000) < share).astype(np.int64)
    everything, scores = searcher.search(query, limit=5000)
    inside = np.isin(everything, allowed)
    expected = everything[inside][:limit].tolist(), scores[inside][:limit].tolist()
    for found in (
        searcher.search(query, limit=limit, allowed=allowed),
        searcher._best(searcher._restricted(searcher._parse(query), allowed), limit) if allowed.size else None,
        searcher._best_allowed(searcher._parse(query), limit, allowed) if allowed.size else None,
    ):
        if found is not None:
            assert (found[0].tolist()[:limit], found[1].tolist()[:limit]) == expected


def test_every_limit_gives_a_prefix_of_the_whole(searcher: TantivySearcher) -> None:
    numbers, scores = searcher.search("almar benor copil", limit=5000)
    assert len(np.unique(scores)) < len(scores) / 4, "there should be many ties"
    for limit in (1, 2, 7, 50, 333, 1500):
        found = searcher.search("almar benor copil", limit=limit)
        assert found[0].tolist() == numbers[:limit].tolist()
        assert found[1].tolist() == scores[:limit].tolist()


def test_removed_numbers_never_come_back(searcher: TantivySearcher) -> None:
    for word in VOCABULARY:
        assert not (searcher.search(word, limit=3000)[0] % 10 == 0).any()
    assert searcher.search("almar", limit=10, allowed=np.arange(0, 3000, 10))[0].size == 0


def test_a_query_of_a_hundred_thousand_characters(searcher: TantivySearcher) -> None:
    filler = " ".join(f"filler{number}" for number in range(8000))
    numbers, _ = searcher.search(f"{filler} almar", limit=10)
    assert numbers.tolist() == searcher.search("almar", limit=10)[0].tolist()
    assert searcher.search(filler, limit=10)[0].size == 0
    assert searcher.search("almar " * 17_000, limit=10)[0].tolist() == numbers.tolist()


def test_of_too_many_terms_the_rarest_count(tmp_path: Path) -> None:
    words = [f"w{number}" for number in range(MAX_QUERY_TERMS)]
    with TantivyIndex.create(tmp_path, analyser=Analyser()) as index:
        index.add(LexicalEntry(number, f"common {word}", "en") for number, word in enumerate(words))
        index.add([LexicalEntry(999, "common common")])
        index.commit(1)
        searcher = index.searcher()
    assert 999 in searcher.search(" ".join(["common", *words[1:]]), limit=999)[0]
    found = searcher.search(" ".join(["common", *words]), limit=999)[0].tolist()
    assert found == list(range(MAX_QUERY_TERMS)), "the commonest term is the one that is left out"


def test_a_searcher_serves_several_threads(searcher: TantivySearcher) -> None:
    queries = [f"{left} {right}" for left in VOCABULARY for right in VOCABULARY]
    expected = [searcher.search(query, limit=20)[0].tolist() for query in queries]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda query: searcher.search(query, limit=20)[0].tolist(), queries))
    assert found == expected
