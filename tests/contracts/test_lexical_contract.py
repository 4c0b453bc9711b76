"""What every lexical index must do: adding, replacing, removing, commits, views, filters, ties, limits."""

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes.lexical.analyser import Analyser
from indexes.lexical.base import LexicalEntry, LexicalIndex, LexicalSearcher
from indexes.lexical.rank_bm25_index import RankBm25Index
from indexes.lexical.tantivy_index import TantivyIndex

ANALYSER = Analyser()
WORDS = ("amber", "birch", "copper", "dune", "ember", "fjord", "grove", "heron")


class NewIndex(Protocol):
    def __call__(self) -> LexicalIndex: ...


@pytest.fixture(params=["tantivy", "rank-bm25"])
def new_index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewIndex]:
    opened: list[TantivyIndex] = []

    def tantivy() -> LexicalIndex:
        opened.append(TantivyIndex.create(tmp_path_factory.mktemp("lexical"), analyser=ANALYSER))
        return opened[-1]

    makers: dict[str, Callable[[], LexicalIndex]] = {"tantivy": tantivy, "rank-bm25": lambda: RankBm25Index(analyser=ANALYSER)}
    yield makers[request.param]
    for index in opened:
        index.close()


def entries(texts: dict[int, str]) -> list[LexicalEntry]:
    return [LexicalEntry(number, text) for number, text in texts.items()]


def filled(new_index: NewIndex, texts: dict[int, str]) -> LexicalIndex:
    index = new_index()
    index.add(entries(texts))
    index.commit(1)
    return index


def found(searcher: LexicalSearcher, query: str, *, limit: int = 10, allowed: list[int] | None = None) -> list[int]:
    chosen = None if allowed is None else np.array(sorted(allowed), np.int64)
    numbers, scores = searcher.search(query, limit=limit, allowed=chosen)
    assert (numbers.dtype, scores.dtype) == (np.int64, np.float32)
    assert len(numbers) == len(scores) <= max(0, limit)
    order = list(zip((-scores).tolist(), numbers.tolist(), strict=True))
    assert order == sorted(order), "not by descending score, then ascending number"
    assert (scores > 0).all()
    return [int(number) for number in numbers]


def corpus(size: int) -> dict[int, str]:
    """Texts of one to twelve words, so that many tie and many do not."""
    return {n * 3: " ".join(WORDS[(n * k + k * k) % 8] for k in range(1, n % 12 + 2)) for n in range(size)}


def test_a_new_index_is_empty(new_index: NewIndex) -> None:
    index = new_index()
    assert index.sequence == 0
    assert index.searcher().count == 0
    assert found(index.searcher(), "amber") == []


def test_added_entries_are_found_after_the_commit_only(new_index: NewIndex) -> None:
    index = new_index()
    index.add(entries({7: "amber and birch", 9: "copper"}))
    assert found(index.searcher(), "amber") == []
    index.commit(41)
    assert (index.sequence, index.searcher().sequence, index.searcher().count) == (41, 41, 2)
    assert found(index.searcher(), "amber") == [7]
    assert found(index.searcher(), "copper amber") == [9, 7]


def test_adding_a_number_again_replaces_it(new_index: NewIndex) -> None:
    index = filled(new_index, {1: "amber", 2: "birch"})
    index.add(entries({1: "copper"}))
    index.commit(2)
    searcher = index.searcher()
    assert searcher.count == 2
    assert (found(searcher, "amber"), found(searcher, "copper"), found(searcher, "birch")) == ([], [1], [2])


def test_the_last_of_several_in_one_batch_wins(new_index: NewIndex) -> None:
    index = new_index()
    index.add([LexicalEntry(5, "amber"), LexicalEntry(5, "birch"), LexicalEntry(3, "dune"), LexicalEntry(5, "copper")])
    index.commit(1)
    assert index.searcher().count == 2
    assert found(index.searcher(), "amber birch copper dune") == [3, 5]
    assert found(index.searcher(), "amber birch") == []


def test_removed_entries_are_gone_and_unknown_numbers_are_ignored(new_index: NewIndex) -> None:
    index = filled(new_index, {1: "amber", 2: "amber birch", 3: "birch"})
    index.remove([2, 99, 2])
    assert found(index.searcher(), "amber") == [1, 2]
    index.commit(2)
    assert index.searcher().count == 2
    assert (found(index.searcher(), "amber"), found(index.searcher(), "birch")) == ([1], [3])


def test_remove_then_add_in_one_batch_keeps_the_new_one(new_index: NewIndex) -> None:
    index = filled(new_index, {1: "amber"})
    index.remove([1])
    index.add(entries({1: "birch"}))
    index.commit(2)
    assert (found(index.searcher(), "amber"), found(index.searcher(), "birch")) == ([], [1])
    index.add(entries({1: "copper"}))
    index.remove([1])
    index.commit(3)
    assert index.searcher().count == 0


def test_everything_can_be_removed_and_added_back(new_index: NewIndex) -> None:
    texts = corpus(30)
    index = filled(new_index, texts)
    index.remove(list(texts))
    index.commit(2)
    assert (index.searcher().count, found(index.searcher(), "amber")) == (0, [])
    index.add(entries(texts))
    index.commit(3)
    assert index.searcher().count == 30


def test_a_commit_without_changes_moves_the_sequence_only(new_index: NewIndex) -> None:
    index = filled(new_index, {1: "amber"})
    index.commit(8)
    assert (index.sequence, index.searcher().sequence, index.searcher().count) == (8, 8, 1)
    assert found(index.searcher(), "amber") == [1]


def test_a_searcher_never_changes(new_index: NewIndex) -> None:
    index = filled(new_index, {1: "amber", 2: "birch"})
    before = index.searcher()
    for step in range(9):
        index.remove([1])
        index.add(entries({2: "amber", 10 + step: "amber birch"}))
        index.commit(2 + step)
    assert (before.sequence, before.count) == (1, 2)
    assert (found(before, "amber"), found(before, "birch")) == ([1], [2])
    assert index.searcher().count == 10


def test_allowed_restricts_before_the_limit(new_index: NewIndex) -> None:
    texts = corpus(400)
    searcher = filled(new_index, texts).searcher()
    query = "amber dune heron"
    everything = found(searcher, query, limit=1000)
    assert len(everything) > 200
    for every in (1, 2, 10, 100):
        allowed = [number for place, number in enumerate(texts) if place % every == 0]
        expected = [number for number in everything if number in set(allowed)]
        for limit in (1, 5, 37, 1000):
            assert found(searcher, query, limit=limit, allowed=allowed) == expected[:limit]


def test_allowed_may_be_empty_unknown_or_everything(new_index: NewIndex) -> None:
    searcher = filled(new_index, {1: "amber", 2: "amber birch"}).searcher()
    assert found(searcher, "amber", allowed=[]) == []
    assert found(searcher, "amber", allowed=[77, 10**12]) == []
    assert found(searcher, "amber", allowed=list(range(5000))) == [1, 2]


def test_ties_are_broken_by_number_also_at_the_cut(new_index: NewIndex) -> None:
    index = new_index()
    for step, numbers in enumerate(([40, 10, 30], [20, 50], [5, 45])):
        index.add([LexicalEntry(number, "amber birch") for number in numbers])
        index.commit(step + 1)
    index.add([LexicalEntry(1, "dune dune heron")])
    index.commit(9)
    searcher = index.searcher()
    tied = [5, 10, 20, 30, 40, 45, 50]
    for limit in range(1, 9):
        assert found(searcher, "amber", limit=limit) == tied[:limit]
        assert found(searcher, "amber", limit=limit, allowed=[10, 20, 45, 50]) == [10, 20, 45, 50][:limit]


def test_ties_come_whole_when_asked_for(new_index: NewIndex) -> None:
    texts = dict.fromkeys((50, 10, 40, 20), "amber") | {60: "amber amber", 70: "dune"}
    searcher = filled(new_index, texts).searcher()
    for limit in range(1, 6):
        numbers, scores = searcher.search("amber", limit=limit, with_ties=True)
        assert numbers.tolist() == ([60] if limit == 1 else [60, 10, 20, 40, 50])
        assert len(scores) == len(numbers)
        restricted, _ = searcher.search("amber", limit=limit, allowed=np.array([10, 40]), with_ties=True)
        assert restricted.tolist() == [10, 40]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_finds_nothing(new_index: NewIndex, limit: int) -> None:
    assert found(filled(new_index, {1: "amber"}).searcher(), "amber", limit=limit) == []


def test_a_limit_above_the_matches_gives_the_matches(new_index: NewIndex) -> None:
    searcher = filled(new_index, {1: "amber", 2: "birch", 3: "amber amber"}).searcher()
    assert sorted(found(searcher, "amber", limit=10**9)) == [1, 3]


@pytest.mark.parametrize("query", ["", "   ", "?!", "\x00", "unheard"])
def test_a_query_without_known_terms_finds_nothing(new_index: NewIndex, query: str) -> None:
    assert found(filled(new_index, {1: "amber", 2: "birch"}).searcher(), query) == []


def test_a_query_of_function_words_only_is_still_a_query(new_index: NewIndex) -> None:
    searcher = filled(new_index, {1: "The Who played here", 2: "a band played there", 3: "who knows"}).searcher()
    assert found(searcher, "the who") == [1, 3]
    assert found(searcher, "who played") == [1, 2]


def test_entries_without_terms_are_counted_and_never_found(new_index: NewIndex) -> None:
    searcher = filled(new_index, {1: "", 2: "...", 3: "amber"}).searcher()
    assert searcher.count == 3
    assert found(searcher, "amber") == [3]
    assert filled(new_index, {1: "", 2: "?"}).searcher().search("amber", limit=5)[0].size == 0


def test_more_occurrences_and_rarer_words_score_higher(new_index: NewIndex) -> None:
    searcher = filled(
        new_index,
        {1: "amber dune dune dune", 2: "amber amber dune dune", 3: "birch dune dune dune", 4: "dune dune dune dune"},
    ).searcher()
    assert found(searcher, "amber") == [2, 1]
    assert found(searcher, "birch dune")[0] == 3
    once, twice = (searcher.search(query, limit=1)[1][0] for query in ("amber", "amber amber"))
    assert twice == pytest.approx(2 * once, rel=1e-6)


def test_matched_terms_are_those_of_the_query_in_its_order(new_index: NewIndex) -> None:
    searcher = filled(new_index, {1: "running shoes with code E-4012"}).searcher()
    matched = searcher.matched_terms("shoe E4012 boots ran running running", "Running shoes with code E-4012")
    assert matched == ("shoe", "e4012", "run")
    assert searcher.matched_terms("nothing", "else") == ()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.integers(0, 12), st.lists(st.sampled_from(WORDS), max_size=6)),
            st.tuples(st.just("remove"), st.integers(0, 14), st.just([])),
            st.tuples(st.just("commit"), st.just(0), st.just([])),
        ),
        max_size=25,
    )
)
def test_any_history_gives_what_a_dictionary_would_hold(new_index: NewIndex, steps: list[tuple[str, int, list[str]]]) -> None:
    index, staged, committed, sequence = new_index(), {}, {}, 0
    for action, number, words in [*steps, ("commit", 0, [])]:
        if action == "add":
            staged[number] = " ".join(words)
            index.add([LexicalEntry(number, staged[number])])
        elif action == "remove":
            staged.pop(number, None)
            index.remove([number])
        else:
            sequence += 1
            committed = dict(staged)
            index.commit(sequence)
    searcher = index.searcher()
    assert (searcher.sequence, searcher.count) == (sequence, len(committed))
    for word in WORDS:
        assert sorted(found(searcher, word, limit=99)) == sorted(n for n, text in committed.items() if word in text.split())


def test_weighted_terms_are_searched_as_a_query_is_that_repeats_them(new_index: NewIndex) -> None:
    searcher = filled(new_index, corpus(60)).searcher()
    numbers, scores = searcher.search("amber amber dune", limit=20)
    weighted, own = searcher.search_terms({"amber": 2.0, "dune": 1.0, "grove": 0.0}, limit=20)
    assert weighted.tolist() == numbers.tolist()
    np.testing.assert_allclose(own, scores, rtol=1e-5)
    half = searcher.search_terms({"amber": 1.0, "dune": 0.5}, limit=20)
    np.testing.assert_allclose(half[1], scores / 2, rtol=1e-5)
    assert searcher.search_terms({"amber": 0.0}, limit=5)[0].size == searcher.search_terms({}, limit=5)[0].size == 0


def test_the_vocabulary_is_that_of_the_chunks_that_are_there_and_allowed(new_index: NewIndex) -> None:
    index = filled(new_index, {1: "amber birch birch", 2: "amber copper", 3: "ember"})
    searcher = index.searcher()
    assert searcher.vocabulary("") == {"amber": 2, "birch": 1, "copper": 1, "ember": 1}
    assert searcher.vocabulary("a") == {"amber": 2}
    assert [searcher.frequency(term) for term in ("amber", "ember", "zebra", "")] == [2, 1, 0, 0]
    assert searcher.vocabulary("", np.array([2, 3])) == {"amber": 1, "copper": 1, "ember": 1}
    assert searcher.vocabulary("", np.array([], np.int64)) == {}
    index.remove([1])
    index.commit(2)
    assert index.searcher().vocabulary("", np.array([1, 2, 3])) == {"amber": 1, "copper": 1, "ember": 1}
    assert index.searcher().vocabulary("").keys() >= {"amber", "copper", "ember"}
    assert searcher.vocabulary("b") == {"birch": 1}


def test_whether_a_chunk_that_is_there_and_allowed_holds_a_term(new_index: NewIndex) -> None:
    texts = dict.fromkeys(range(1, 80), "amber birch") | {80: "copper", 81: "amber dune"}
    index = filled(new_index, texts)
    searcher = index.searcher()
    assert searcher.holds_any(["copper"])
    assert searcher.holds_any(["nowhere", "dune"])
    assert not searcher.holds_any(["nowhere"])
    assert not searcher.holds_any([])
    assert searcher.holds_any(["amber"], np.array([80, 81]))  # though the first that hold it are not allowed
    assert not searcher.holds_any(["copper", "dune"], np.arange(1, 80))
    assert not searcher.holds_any(["amber"], np.array([], np.int64))
    index.remove([80])
    index.commit(2)
    assert not index.searcher().holds_any(["copper"])
    assert searcher.holds_any(["copper"])


def test_content_terms_are_those_of_a_query(new_index: NewIndex) -> None:
    searcher = filled(new_index, {1: "The amber of the dune is amber"}).searcher()
    assert searcher.content_terms("the amber and the AMBER dunes") == ["amber", "amber", "dune"]
