"""A pairwise judge is checked on pairs whose better answer is known, and its liking for length where none is better."""

from collections.abc import Mapping, Sequence

import pytest

from eval.judges.check.known_answers import known_answers
from eval.judges.pairwise.base import Preference
from eval.judges.pairwise.pair_check import check_pair_judge, known_pairs
from eval.judges.pairwise.scored import ScoredPairs
from tests.eval.judges.check.known_judges import FAILED, REFUSAL, YES, KnownJudge, constant, truth


class Longer:
    """Prefers the longer answer, and the first of two of a length."""

    name = "longer"
    fingerprint: Mapping[str, str] = {}

    def prefer(self, question: str, contexts: Sequence[str], first: str, second: str) -> Preference:
        return Preference("first" if len(first) >= len(second) else "second")


class Oracle:
    """Knows the better answer of every pair, and that padding makes none better."""

    name = "oracle"
    fingerprint: Mapping[str, str] = {"judge.version": "1"}

    def prefer(self, question: str, contexts: Sequence[str], first: str, second: str) -> Preference:
        better = {pair.one for kind in ("contradicted", "unrelated") for pair in known_pairs()[kind]}
        if first.startswith(second) or second.startswith(first):
            return Preference("tie")
        return Preference("first" if first in better else "second")


def test_the_pairs_are_of_the_built_in_set() -> None:
    pairs = known_pairs()
    assert {kind: len(each) for kind, each in pairs.items()} == {"contradicted": 40, "unrelated": 20, "padded": 40}
    kinds = {known.answer: known.kind for known in known_answers()}
    for pair in pairs["contradicted"]:
        assert any(pair.one in text for text in pair.contexts)
        assert kinds[pair.other] == "contradicted"
    for pair in pairs["unrelated"]:
        assert (kinds[pair.one], kinds[pair.other]) == ("supported", "unrelated")
    assert all(pair.other.startswith(pair.one) for pair in pairs["padded"])


def test_a_judge_that_knows_passes_without_bias() -> None:
    check = check_pair_judge(Oracle(), concurrency=4)
    assert check.passed
    assert check.accuracy is not None
    assert check.accuracy.mean == 1.0
    assert (check.inconsistent, check.position_bias, check.length_bias) == (0.0, 0.0, None)
    assert {kind: found.right for kind, found in check.kinds.items()} == {"contradicted": 40, "unrelated": 20, "padded": 40}
    assert "check.set" in check.fingerprint


def test_a_judge_of_length_is_found_out_and_does_not_pass() -> None:
    check = check_pair_judge(Longer())
    assert check.length_bias == 0.5
    assert check.kinds["padded"].right == 0
    assert not check.passed


def test_a_judge_of_single_answers_compares_without_a_place_to_prefer() -> None:
    judge = KnownJudge(truth)
    pairs = known_pairs()["unrelated"]
    scored = ScoredPairs(judge)
    found = {(p.id, scored.prefer(p.question, p.contexts, p.one, p.other).choice) for p in pairs}
    assert {choice for _, choice in found} == {"first"}
    assert {scored.prefer(p.question, p.contexts, p.other, p.one).choice for p in pairs} == {"second"}
    assert judge.asked == 2 * len(pairs)


@pytest.mark.parametrize(("score", "choice"), [(YES, "tie"), (REFUSAL, "tie")])
def test_equal_scores_are_a_tie(score: object, choice: str) -> None:
    pair = known_pairs()["unrelated"][0]
    judge = ScoredPairs(KnownJudge(constant(score)))  # type: ignore[arg-type]
    assert judge.prefer(pair.question, pair.contexts, pair.one, pair.other).choice == choice


def test_a_score_that_failed_is_no_preference() -> None:
    pair = known_pairs()["unrelated"][0]
    found = ScoredPairs(KnownJudge(constant(FAILED))).prefer(pair.question, pair.contexts, pair.one, pair.other)
    assert (found.choice, found.reason) == (None, "the reply was cut off")
