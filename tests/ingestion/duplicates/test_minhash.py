"""Signatures estimate the similarity, within the error that theory gives, and are the same for ever."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.duplicates.jaccard import jaccard
from ingestion.duplicates.minhash import (
    NONE,
    PERMUTATIONS,
    estimates,
    from_bytes,
    signatures_of,
    standard_error,
    to_bytes,
)
from ingestion.duplicates.shingles import Shingler

WORDS = st.lists(st.sampled_from([f"w{number}" for number in range(40)]), max_size=60)


def altered(words: list[str], share: float, seed: int) -> list[str]:
    chance = random.Random(seed)
    return [f"new{place}" if chance.random() < share else word for place, word in enumerate(words)]


def test_estimates_lie_within_three_standard_errors() -> None:
    """Over 600 pairs of every similarity: as many outliers as a normal distribution has, and no bias."""
    chance = random.Random(1)
    deviations = []
    for seed in range(600):
        words = [f"{chance.randrange(10_000)}" for _ in range(chance.randrange(20, 400))]
        texts = [" ".join(words), " ".join(altered(words, seed / 3000, seed))]
        shingled = Shingler().shingle(texts)
        true = jaccard(*shingled.sets())
        one, other = signatures_of(shingled)
        if 0 < true < 1:
            deviations.append((float(estimates(one, other[None])[0]) - true) / standard_error(true))
    beyond = sum(abs(each) > 3 for each in deviations)
    assert beyond <= len(deviations) * 0.01  # .0027 of a normal distribution; discrete values near 1 are a little wider
    assert abs(np.mean(deviations)) < 0.15
    assert 0.85 < np.std(deviations) < 1.15


@given(WORDS, WORDS)
def test_the_order_and_the_number_of_shingles_change_nothing(one: list[str], other: list[str]) -> None:
    texts = [" ".join(one + other + one), " ".join(one + other + one + other + one)]
    shingled = Shingler().shingle(texts)
    if len(set(map(frozenset, shingled.sets()))) == 1:
        first, second = signatures_of(shingled)
        assert (first == second).all()


@given(st.lists(st.text(max_size=30), max_size=6))
def test_a_signature_does_not_depend_on_the_batch(texts: list[str]) -> None:
    together = signatures_of(Shingler().shingle(texts))
    assert together.shape == (len(texts), PERMUTATIONS)
    assert together.dtype == np.uint32
    for text, signature in zip(texts, together, strict=True):
        (alone,) = signatures_of(Shingler().shingle([text]))
        assert (alone == signature).all()
        assert (signature == NONE).all() == (not text.strip())


@given(st.text(max_size=40))
def test_a_stored_signature_comes_back(text: str) -> None:
    (signature,) = signatures_of(Shingler().shingle([text]))
    assert len(to_bytes(signature)) == 4 * PERMUTATIONS
    assert (from_bytes(to_bytes(signature)) == signature).all()
    assert (from_bytes(to_bytes(signature) * 2) == signature).all()


def test_signatures_are_what_they_were_when_they_were_stored() -> None:
    """Whoever makes this fail has to raise the number in RECIPE, so that stored signatures are made anew."""
    (signature,) = signatures_of(Shingler().shingle(["The pump P-200 stops with error E-4012 when its inlet is blocked."]))
    assert signature[:4].tolist() == [40941818, 282785784, 22626940, 379795557]


@pytest.mark.parametrize(("similarity", "error"), [(0.85, 0.0316), (0.5, 0.0442), (1.0, 0.0)])
def test_standard_error(similarity: float, error: float) -> None:
    assert standard_error(similarity) == pytest.approx(error, abs=1e-4)
