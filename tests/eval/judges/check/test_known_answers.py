"""The built-in set is what it says: balanced, with nothing in length or overlap that gives a kind away."""

import re
from collections import Counter
from itertools import combinations
from statistics import mean

import pytest

from eval.judges.check.known_answers import WAYS, KnownAnswer, known_answers, set_fingerprint
from eval.metrics.auroc import auroc


def of_kind(kind: str) -> list[KnownAnswer]:
    return [each for each in known_answers() if each.kind == kind]


def overlap(known: KnownAnswer) -> float:
    """The share of the answer's words that stand in its contexts."""
    answer, contexts = (set(re.findall(r"\w+", text.lower())) for text in (known.answer, " ".join(known.contexts)))
    return len(answer & contexts) / len(answer)


def test_forty_of_each_kind_and_ten_of_each_contradiction() -> None:
    assert Counter(each.kind for each in known_answers()) == dict.fromkeys(WAYS, 40)
    assert Counter(each.way for each in of_kind("contradicted")) == dict.fromkeys(WAYS["contradicted"], 10)
    assert len({each.id for each in known_answers()}) == len({each.answer for each in known_answers()}) == 160


def test_four_of_each_kind_are_not_in_english() -> None:
    assert Counter(each.kind for each in known_answers() if each.language != "en") == dict.fromkeys(WAYS, 4)


def test_passages_have_two_to_six_sentences_and_no_passage_has_three_answers() -> None:
    passages = Counter(" ".join(each.contexts) for each in known_answers())
    assert all(2 <= len(re.findall(r"[.!?](?:\s|$)", passage)) <= 6 for passage in passages)
    assert set(passages.values()) == {2}


@pytest.mark.parametrize("size", [len, lambda answer: len(answer.split())], ids=["characters", "words"])
def test_the_length_of_an_answer_tells_nothing_of_its_kind(size: object) -> None:
    assert callable(size)
    sizes = {kind: [float(size(each.answer)) for each in of_kind(kind)] for kind in WAYS}
    for one, other in combinations(WAYS, 2):
        assert auroc(sizes[one], sizes[other]) == pytest.approx(0.5, abs=0.1), f"{one} against {other}"
    rest = [*sizes["contradicted"], *sizes["unrelated"]]
    assert auroc(sizes["supported"], rest) == pytest.approx(0.5, abs=0.1)


def test_overlap_ranks_contradicted_answers_above_supported_ones() -> None:
    supported, contradicted = ([overlap(each) for each in of_kind(kind)] for kind in ("supported", "contradicted"))
    assert auroc(supported, contradicted) < 0.2
    assert mean(contradicted) > 0.9


def test_the_fingerprint_is_that_of_the_file() -> None:
    assert re.fullmatch(r"[0-9a-f]{12}", set_fingerprint())
