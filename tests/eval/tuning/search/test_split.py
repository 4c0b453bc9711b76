"""The two parts of a golden set: apart, whole, the same every time, and not leaking."""

import pytest

from eval.golden import GoldenItem, GoldenSet, Relevance, golden_set
from eval.tuning.search.split import split
from ragline.errors import GoldenSetError, InputError


def questions(count: int, *, words: str = "question {}") -> GoldenSet:
    return golden_set("g", [GoldenItem(f"q{n}", words.format(n), relevant=(Relevance("d"),)) for n in range(count)])


def ids(golden: GoldenSet) -> set[str]:
    return {item.id for item in golden.items}


def test_the_parts_are_apart_and_make_the_whole() -> None:
    golden = questions(101)
    parts = split(golden, held_out=0.4)
    assert ids(parts.train) | ids(parts.held_out) == ids(golden)
    assert not ids(parts.train) & ids(parts.held_out)
    assert len(parts.held_out) == 40


def test_the_same_seed_splits_the_same_whatever_the_order() -> None:
    golden = questions(80)
    backwards = golden_set("b", reversed(golden.items))
    assert ids(split(golden).train) == ids(split(backwards).train)
    assert split(golden).hashes == split(backwards).hashes
    assert split(golden, seed=1).hashes != split(golden).hashes


def test_the_same_words_are_never_on_both_sides() -> None:
    items = [
        GoldenItem(f"{n}-{twin}", f"Words  {n}" if twin else f"words {n}", relevant=(Relevance("d"),))
        for n in range(40)
        for twin in (0, 1)
    ]
    parts = split(golden_set("twins", items))
    assert not {item.id.split("-")[0] for item in parts.train.items} & {item.id.split("-")[0] for item in parts.held_out.items}


def test_questions_without_a_relevant_document_have_no_part() -> None:
    golden = golden_set("g", [*questions(50).items, GoldenItem("u", "unanswerable", answerable=False)])
    parts = split(golden)
    assert len(parts.train) + len(parts.held_out) == 50


def test_too_few_questions_are_refused() -> None:
    with pytest.raises(GoldenSetError, match="until both are at least 20"):
        split(questions(39))
    with pytest.raises(InputError, match="held_out"):
        split(questions(100), held_out=1.0)
