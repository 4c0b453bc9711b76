"""What judging will take and has taken, as a terminal shows it: small amounts are no zero, and one is no plural."""

from dataclasses import replace

import pytest

from api.render_judging import answers, estimate_line, progress_line, warn_unscored
from eval.judges.progress import Estimate, Progress, Spent
from eval.result import EvalResult, MetricValue

ESTIMATE = Estimate(10, 4, 12, 3_400, 560, 0.0034, 7.2)


def test_an_estimate_shows_a_cost_below_a_cent() -> None:
    assert estimate_line(ESTIMATE) == (
        "judging: 6 judgements (4 are known, or do not apply); 12 calls, 3,400 + 560 tokens, about $0.0034, 7 s"
    )
    assert "of unknown price" in estimate_line(replace(ESTIMATE, cost_usd=None))
    assert "about $0," in estimate_line(replace(ESTIMATE, cost_usd=0.0))


def test_progress_shows_the_cost_in_the_same_form() -> None:
    spent = Spent(calls=3, replies=2, retried=1, prompt_tokens=1_000, completion_tokens=20, cost_usd=0.00042)
    told = progress_line(Progress(3, 10, 2, 1, spent, 4.0, 8.0))
    assert told == "2 scored, 1 failed; 3 calls, 1 retried, 1,000 + 20 tokens, $0.00042, 8 s left"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("faithfulness", "Run again to judge only them, or pass --allow-unscored."),
        (
            "nDCG@1",
            "Correct the errors in the report's rows; where a row has none, no chunk holds what it is to find: see `ragline",
        ),
    ],
)
def test_what_is_to_be_done_about_missing_scores_fits_what_is_missing(
    name: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    few = MetricValue(0.5, 0.5, 0.5, 1, 2)
    result = EvalResult("g", "0" * 64, {}, (1,), {}, {}, (), None, {}, "", 0.0)
    given = {name: few}
    warn_unscored(replace(result, metrics=given) if "@" in name else replace(result, answers=given))
    assert says in capsys.readouterr().err


def test_less_is_better_turns_the_bounds_round(capsys: pytest.CaptureFixture[str]) -> None:
    value = MetricValue(0.25, 0.2, 0.3, 2, 4)
    result = EvalResult(
        "g", "0" * 64, {"judge": "stub"}, (1,), {}, {}, (), None, {}, "", 0.0, answers={"noise_sensitivity": value}
    )
    answers(result)
    assert "0.625 to 0.125" in capsys.readouterr().out
