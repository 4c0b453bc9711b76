"""A judge is checked before it scores an evaluation, and paid for its check once."""

from pathlib import Path

import pytest

from api.judging import JUDGES, judged_by, judging, scored_by
from eval.judges.check.judge_check import trial_count
from eval.judges.faithfulness import FaithfulnessScorer
from ragline.errors import InputError
from tests.eval.judges.check.known_judges import KnownJudge, truth


@pytest.fixture(autouse=True)
def _cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGLINE_CACHE_DIR", str(tmp_path))


def test_a_judge_scores_faithfulness_and_comes_with_its_check() -> None:
    judge = KnownJudge(truth)
    found = judged_by(judge)
    assert found.check is not None
    assert found.check.passed
    assert [scorer.metrics for scorer in found.scorers] == [("faithfulness",)]
    again = KnownJudge(truth)
    assert judged_by(again).check == found.check
    assert (judge.asked, again.asked) == (trial_count(), 0)


def test_a_scorer_of_faithfulness_is_checked_too() -> None:
    scorer = FaithfulnessScorer(KnownJudge(truth))
    found = scored_by(scorer, "other")
    assert found.check is not None
    assert (found.check.judge, found.check.passed, found.scorers) == ("other", True, (scorer,))


def test_an_unknown_judge_is_refused() -> None:
    with pytest.raises(InputError, match="No judge is called 'nobody'"):
        judging(None, "nobody")  # type: ignore[arg-type]
    assert "none" in JUDGES
