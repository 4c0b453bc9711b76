"""A drop fails, noise does not, and what was not measured is not passed over."""

from pathlib import Path

import pytest

from benchmarks.expected import check, load_expected, record
from benchmarks.figures import Figure
from ragline.errors import InputError

EXPECTED = {"quality": {"nDCG@10": 0.72, "recall@10": 0.85}, "samples": {"nDCG@10": 0.9}}
CONDITIONS = {"date": "2026-01-01T00:00:00+00:00", "commit": "abc1234"}


def _measured(ndcg: float, recall: float = 0.85) -> dict[str, list[Figure]]:
    return {"quality": [Figure("nDCG@10", ndcg), Figure("recall@10", recall)]}


@pytest.mark.parametrize("drop", [-0.1, 0.0, 0.004, 0.005])
def test_a_drop_within_the_tolerance_passes(drop: float) -> None:
    assert check(_measured(0.72 - drop), EXPECTED).failures == ()


def test_a_drop_of_six_thousandths_fails_and_says_which() -> None:
    (failure,) = check(_measured(0.72 - 0.006), EXPECTED).failures
    assert failure == "quality: nDCG@10 dropped to 0.7140; expected 0.7200, tolerance 0.005"


def test_every_drop_is_named() -> None:
    assert len(check(_measured(0.1, 0.1), EXPECTED).failures) == 2


def test_a_recorded_score_that_was_not_measured_fails() -> None:
    measured = {"quality": [Figure("nDCG@10", 0.72)]}
    (failure,) = check(measured, EXPECTED).failures
    assert "recall@10 was not measured" in failure
    assert check(measured, EXPECTED, partial=True).failures == ()


def test_a_suite_that_did_not_run_is_not_looked_at() -> None:
    assert check({}, EXPECTED).failures == ()


def test_a_missed_target_warns_and_fails_only_when_strict() -> None:
    measured = {"latency": [Figure("hybrid / embed", 1.3, "x", target="<= 1.15")]}
    verdict = check(measured, EXPECTED)
    assert verdict.failures == ()
    assert verdict.warnings == ("latency: hybrid / embed is 1.300 x; the target is <= 1.15",)
    assert check(measured, EXPECTED, strict=True).failures == verdict.warnings


def test_strict_keeps_the_drops() -> None:
    verdict = check({"quality": [Figure("nDCG@10", 0.5, target=">= 0.7")]}, EXPECTED, partial=True, strict=True)
    assert len(verdict.failures) == 2


def test_what_is_recorded_is_read_back_and_other_suites_stay(tmp_path: Path) -> None:
    file = tmp_path / "expected.toml"
    assert load_expected(file) == {}
    record({"samples": [Figure("hybrid nDCG@10", 0.91234)]}, CONDITIONS, file)
    record(_measured(0.72), CONDITIONS, file)
    loaded = load_expected(file)
    assert loaded == {"quality": {"nDCG@10": 0.72, "recall@10": 0.85}, "samples": {"hybrid nDCG@10": 0.9123}}
    assert check(_measured(0.72), loaded).failures == ()


def test_timings_are_not_recorded(tmp_path: Path) -> None:
    file = tmp_path / "expected.toml"
    record(
        {"latency": [Figure("ratio", 1.0, "x")], "quality": [Figure("score", 0.5), Figure("took", 3, "s")]}, CONDITIONS, file
    )
    assert load_expected(file) == {"quality": {"score": 0.5}}


def test_a_damaged_file_says_how_to_get_a_new_one(tmp_path: Path) -> None:
    file = tmp_path / "expected.toml"
    file.write_text("[quality\n")
    with pytest.raises(InputError, match="--record"):
        load_expected(file)
