"""A judge is believed when it is right on known answers, and asked once."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.judges.base import JudgedClaim, Score
from eval.judges.check.judge_check import BOUND, check_judge, trial_count
from eval.judges.check.known_answers import KnownAnswer
from eval.judges.check.verdicts import verdict_of
from indexes.embedders.model_cache import ModelCache
from tests.eval.judges.check.known_judges import (
    FAILED,
    NO,
    REFUSAL,
    YES,
    BatchedJudge,
    KnownJudge,
    constant,
    overlap,
    truth,
)


def test_a_judge_that_is_always_right_passes() -> None:
    check = check_judge(KnownJudge(truth))
    assert check.passed
    assert check.problems == ()
    assert {kind: (found.items, found.scored, found.right) for kind, found in check.kinds.items()} == dict.fromkeys(
        ("supported", "contradicted", "unrelated", "refusal"), (40, 40, 40)
    )
    assert check.ways["contradicted: negation"].items == check.ways["contradicted: negation"].right == 10
    assert check.balanced_accuracy is not None
    assert check.auroc is not None
    assert check.auroc_length_matched is not None
    assert check.balanced_accuracy.mean == check.auroc.mean == check.auroc_length_matched.mean == 1.0
    assert check.biases == {"position": 0.0, "length": 0.0}
    assert (check.judge, check.bound) == ("known", BOUND)


@pytest.mark.parametrize("score", [YES, NO], ids=["yes", "no"])
def test_a_judge_that_always_says_the_same_does_not_pass(score: Score) -> None:
    check = check_judge(KnownJudge(constant(score)), biases=False)
    assert check.balanced_accuracy is not None
    assert check.balanced_accuracy.mean == 0.5
    assert "its balanced accuracy is 0.500, below 0.668" in check.problems
    assert check.kinds["refusal"].right == 0


def test_overlap_does_not_pass_though_its_balanced_accuracy_does() -> None:
    check = check_judge(KnownJudge(overlap), biases=False)
    assert check.balanced_accuracy is not None
    assert check.balanced_accuracy.mean > BOUND
    assert check.kinds["contradicted"].right == 0
    assert "of 40 contradicted answers it gets 0 right" in check.problems
    assert not check.passed


def test_a_judge_that_fails_often_has_no_figures_and_does_not_pass() -> None:
    def say(known: KnownAnswer, answer: str, contexts: Sequence[str]) -> Score:
        return FAILED if known.id.endswith(("0", "5")) else truth(known, answer, contexts)

    check = check_judge(KnownJudge(say), biases=False)
    assert check.kinds["supported"].scored == 32
    assert check.balanced_accuracy is check.auroc is check.auroc_length_matched is None
    assert check.problems == ("it gave a verdict on only 128 of 160 known answers",)


def test_claims_called_refusals_are_wrong_and_have_no_value() -> None:
    check = check_judge(KnownJudge(constant(REFUSAL)), biases=False)
    assert check.kinds["refusal"].right == 40
    assert check.kinds["unrelated"].right == check.kinds["supported"].right == 0
    assert check.balanced_accuracy is not None
    assert check.balanced_accuracy.mean == 0.0
    assert check.auroc is None


def test_a_judge_that_reads_the_first_passages_only_shows_its_position_bias() -> None:
    def say(known: KnownAnswer, answer: str, contexts: Sequence[str]) -> Score:
        return truth(known, answer, contexts) if known.contexts[0] in contexts[:2] else NO

    assert check_judge(KnownJudge(say)).biases == {"position": 1.0, "length": 0.0}


def test_a_judge_that_likes_long_answers_shows_its_length_bias() -> None:
    def say(known: KnownAnswer, answer: str, contexts: Sequence[str]) -> Score:
        return YES if len(answer) > len(known.answer) else truth(known, answer, contexts)

    assert check_judge(KnownJudge(say)).biases == {"position": 0.0, "length": 1.0}


def test_a_checked_judge_is_not_asked_again_and_another_version_is(tmp_path: Path) -> None:
    cache, judge = ModelCache(tmp_path), KnownJudge(truth)
    first = check_judge(judge, cache=cache)
    assert judge.asked == trial_count()
    again = KnownJudge(truth)
    assert check_judge(again, cache=cache) == first
    assert again.asked == 0
    newer = KnownJudge(truth, version="2")
    check_judge(newer, cache=cache, biases=False)
    assert newer.asked == trial_count(biases=False) == 160


def test_a_failure_is_asked_again_and_nothing_else(tmp_path: Path) -> None:
    def flaky(known: KnownAnswer, answer: str, contexts: Sequence[str]) -> Score:
        return FAILED if known.id == "supported-07" else truth(known, answer, contexts)

    cache = ModelCache(tmp_path)
    assert check_judge(KnownJudge(flaky), cache=cache, biases=False).kinds["supported"].scored == 39
    mended = KnownJudge(truth)
    assert check_judge(mended, cache=cache, biases=False).kinds["supported"].scored == 40
    assert mended.asked == 1


def test_a_killed_check_goes_on_where_it_was(tmp_path: Path) -> None:
    cache = ModelCache(tmp_path)

    def killed(known: KnownAnswer, answer: str, contexts: Sequence[str]) -> Score:
        if known.kind == "unrelated":
            raise KeyboardInterrupt
        return truth(known, answer, contexts)

    with pytest.raises(KeyboardInterrupt):
        check_judge(KnownJudge(killed), cache=cache, biases=False)
    rest = KnownJudge(truth)
    check_judge(rest, cache=cache, biases=False)
    assert rest.asked == 80


def test_a_damaged_note_is_asked_for_again(tmp_path: Path) -> None:
    cache = ModelCache(tmp_path)
    check_judge(KnownJudge(truth), cache=cache, biases=False)
    (note,) = tmp_path.iterdir()
    note.write_text(note.read_text().replace('"scored"', '"sure"', 3))
    judge = KnownJudge(truth)
    assert check_judge(judge, cache=cache, biases=False).passed
    assert judge.asked == 3


def test_a_batch_judge_is_given_many_at_once_and_progress_adds_up(tmp_path: Path) -> None:
    told: list[int] = []
    judge = BatchedJudge(truth)
    check_judge(judge, cache=ModelCache(tmp_path), biases=False, progress=told.append)
    assert judge.batches == [40, 40, 40, 40]
    assert sum(told) == 160
    told.clear()
    check_judge(judge, cache=ModelCache(tmp_path), biases=False, progress=told.append)
    assert sum(told) == 160


def test_an_answer_is_supported_when_all_of_its_claims_are() -> None:
    claims = tuple(JudgedClaim(text, 0, 1, supported) for text, supported in (("a", True), ("b", False)))
    assert verdict_of(Score(0.9, "scored", claims=claims)).supported is False
    assert verdict_of(Score(0.2, "scored", claims=claims[:1])).supported is True
    assert verdict_of(Score(0.5, "scored")).supported is False
    assert verdict_of(Score(0.6, "scored")).supported is True
    assert verdict_of(Score(None, "failed")).supported is None
