"""Clusters: nobody is in one without being alike, equal texts are always together, and the order of input changes nothing."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.duplicates import clusters, jaccard
from ingestion.duplicates.clusters import Clusters, cluster
from ingestion.duplicates.jaccard import ShingleSets
from ingestion.duplicates.minhash import signatures_of
from ingestion.duplicates.shingles import Shingler
from ragline.errors import InputError

BASES = [" ".join(f"b{base}w{place}" for place in range(60)) for base in range(3)]


def edited(text: str, edits: list[int]) -> str:
    words = text.split()
    for place in edits:
        words[place % len(words)] = f"edit{place}"
    return " ".join(words)


TEXTS = st.lists(
    st.builds(edited, st.sampled_from(BASES), st.lists(st.integers(0, 59), max_size=4)) | st.text(max_size=20), max_size=24
)


def clusters_of(texts: list[str], threshold: float = 0.85) -> Clusters:
    return cluster(signatures_of(Shingler().shingle(texts)), ShingleSets(texts.__getitem__), threshold)


def similarity(one: str, other: str) -> float:
    return jaccard.jaccard(*Shingler().shingle([one, other]).sets())


@settings(deadline=None)
@given(TEXTS, st.sampled_from([0.5, 0.7, 0.85, 1.0]))
def test_members_are_as_alike_as_asked_and_leaders_come_first(texts: list[str], threshold: float) -> None:
    found = clusters_of(texts, threshold)
    for row, leader in enumerate(found.leaders.tolist()):
        assert leader <= row
        assert found.leaders[leader] == leader
        if leader != row:
            assert found.similarities[row] == similarity(texts[row], texts[leader]) >= threshold
        else:
            assert found.similarities[row] == 1
    assert found.crowded == 0


@settings(deadline=None)
@given(TEXTS)
def test_equal_texts_are_always_together(texts: list[str]) -> None:
    leaders = clusters_of(texts).leaders
    first: dict[str, int] = {}
    for row, text in enumerate(texts):
        if text.strip():
            assert leaders[row] == leaders[first.setdefault(text, row)]
        else:
            assert leaders[row] == row  # nothing in it that could be alike


@settings(deadline=None)
@given(TEXTS, st.randoms(use_true_random=False))
def test_the_order_of_input_changes_nothing(texts: list[str], chance: random.Random) -> None:
    """Callers sort by key; whatever order the texts arrived in, the same texts lead and the same follow."""

    def by_text(arrived: list[str]) -> dict[str, str]:
        ordered = sorted(set(arrived))
        return {ordered[row]: ordered[leader] for row, leader in enumerate(clusters_of(ordered).leaders.tolist())}

    shuffled = texts.copy()
    chance.shuffle(shuffled)
    assert by_text(texts) == by_text(shuffled)


@settings(deadline=None)
@given(TEXTS)
def test_near_duplicates_are_found(texts: list[str]) -> None:
    """Every text that leads is less alike than the threshold to all leaders before it, but for the few that may escape."""
    found = clusters_of(texts, 0.8)
    leaders = sorted({int(leader) for leader in found.leaders if texts[leader].strip()})
    escaped = [
        (one, other)
        for place, other in enumerate(leaders)
        for one in leaders[:place]
        if similarity(texts[one], texts[other]) >= 0.8
    ]
    assert not [pair for pair in escaped if similarity(texts[pair[0]], texts[pair[1]]) >= 0.88]


def test_recall_just_above_the_threshold() -> None:
    """400 pairs of similarity .85 to .88: nearly all are found (one in 400 at .85 may escape)."""
    chance = random.Random(5)
    pairs: list[tuple[str, str]] = []
    while len(pairs) < 400:
        words = [f"{chance.randrange(10**9)}" for _ in range(120)]
        one = " ".join(words)
        other = edited(one, chance.sample(range(120), 3))
        if 0.85 <= similarity(one, other) <= 0.88:
            pairs.append((one, other))
    texts = [text for pair in pairs for text in pair]
    leaders = clusters_of(texts).leaders
    assert sum(leaders[2 * number + 1] == 2 * number for number in range(400)) >= 397


def test_the_ends_of_a_chain_are_not_one_cluster() -> None:
    """Every text differs from the next by one word; the first and the last have nothing in common."""
    words = [f"old{place}" for place in range(60)]
    chain = []
    for place in range(60):
        words[place] = f"new{place}"
        chain.append(" ".join(words))
    found = clusters_of(chain)
    assert similarity(chain[0], chain[-1]) < 0.1
    assert 10 < len(set(found.leaders.tolist())) < 30


def test_a_crowd_of_forms_is_compared_with_some_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """500 forms of similarity .78 share bands without being near-duplicates: the work stays bounded, equal ones are found."""
    monkeypatch.setattr(clusters, "CROWD", 4)
    calls: list[int] = []
    form = " ".join(f"field{place}" for place in range(80))
    forms = [edited(form, [7 * number % 80]).replace("edit", f"n{number}x") + f" a{number} b{number}" for number in range(500)]
    texts = [*forms, *forms]
    sets = ShingleSets(texts.__getitem__)
    found = cluster(signatures_of(Shingler().shingle(texts)), counted(sets, calls), 0.97)
    assert found.crowded > 0
    assert len(calls) < 100 * len(texts)
    assert found.leaders[500:].tolist() == found.leaders[:500].tolist()


def counted(inner: Callable[[int], frozenset[int]], calls: list[int]) -> Callable[[int], frozenset[int]]:
    def call(number: int) -> frozenset[int]:
        calls.append(number)
        return inner(number)

    return call


def test_the_memory_of_sets_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jaccard, "KEPT_SHINGLES", 100)
    asked: list[int] = []
    sets = ShingleSets(lambda number: asked.append(number) or BASES[number % 3])  # type: ignore[func-returns-value]
    assert [len(sets(number)) for number in (0, 0, 1, 2, 0)] == [58] * 5
    assert asked == [0, 1, 2, 0]


def test_progress_and_wrong_thresholds() -> None:
    done: list[int] = []
    texts = list(BASES)
    cluster(signatures_of(Shingler().shingle(texts)), ShingleSets(texts.__getitem__), 0.85, progress=done.append)
    assert done == [1, 2, 3]
    for wrong in (0.49, 1.01, True, "high", float("nan")):
        with pytest.raises(InputError, match=r"give a similarity from 0\.5 to 1"):
            clusters_of(texts, wrong)  # type: ignore[arg-type]
