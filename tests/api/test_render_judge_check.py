"""A judge that fails on known answers is told of in red, with the reason; one that passes in plain figures."""

import io

import pytest
from rich.console import Console

from api.render_judge_check import judge_check, warn
from eval.judges.base import Score
from eval.judges.check.judge_check import check_judge
from tests.eval.judges.check.known_judges import YES, KnownJudge, Say, constant, truth


def shown(say: Say, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """What standard output and the terminal for warnings show."""
    errors = io.StringIO()
    console = Console(file=errors, force_terminal=True, color_system="standard", highlight=False)
    check = check_judge(KnownJudge(say, name="known"))
    judge_check(check)
    warn(check, console)
    return capsys.readouterr().out, errors.getvalue()


def test_a_judge_that_passes_has_its_figures_and_no_warning(capsys: pytest.CaptureFixture[str]) -> None:
    out, errors = shown(truth, capsys)
    assert "judge known, on 160 known answers: right on supported 40/40, contradicted 40/40" in out
    assert "balanced accuracy 1.000 (1.000 to 1.000)" in out
    assert "bias: position +0.00, length +0.00" in out
    assert errors == ""


def test_a_judge_below_the_bound_is_warned_of_in_red(capsys: pytest.CaptureFixture[str]) -> None:
    out, errors = shown(constant(YES), capsys)
    assert "contradicted 0/40" in out
    assert "\x1b[1;31mwarning:" in errors
    assert "its balanced accuracy is 0.500, below 0.668" in errors
    assert "Use another judge or model" in errors


def test_figures_that_are_not_there_are_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    out, errors = shown(constant(Score(None, "failed", "cut off")), capsys)
    assert "balanced accuracy -" in out
    assert "on only 0 of 160 known answers" in errors
