"""Choosing a threshold, and judging the choice by questions that had no part in it."""

import random

import pytest

from eval.calibration import FOLDS, LEAST, Scored, fit_threshold, outcome_at
from ragline.errors import InputError


def questions(answerable: list[float], others: list[float]) -> list[Scored]:
    made = [Scored(f"a{n}", True, score) for n, score in enumerate(answerable)]
    return made + [Scored(f"u{n}", False, score) for n, score in enumerate(others)]


def test_kinds_that_are_apart_are_told_apart_when_held_out() -> None:
    fitted = fit_threshold(questions([0.8 + n / 100 for n in range(20)], [0.1 + n / 100 for n in range(10)]))
    assert fitted.held_out.f1 == fitted.auroc.mean == 1.0
    assert 0.2 < fitted.threshold < 0.8
    assert (fitted.held_out.abstained, fitted.held_out.false_abstentions) == (10, 0)


def test_a_choice_that_is_only_luck_does_not_look_good() -> None:
    """Chosen and judged on the same noise a threshold seems to know something; held out it does not."""
    noise = random.Random(4)
    made = questions([noise.random() for _ in range(60)], [noise.random() for _ in range(12)])
    fitted = fit_threshold(made)
    assert fitted.held_out.f1 < outcome_at(made, fitted.threshold).f1


def test_the_order_of_the_file_does_not_matter() -> None:
    noise = random.Random(1)
    made = questions([noise.random() for _ in range(30)], [noise.random() * 0.8 for _ in range(15)])
    shuffled = made[:]
    noise.shuffle(shuffled)
    assert fit_threshold(made) == fit_threshold(shuffled)


@pytest.mark.parametrize(("answerable", "others"), [(LEAST, LEAST - 1), (LEAST - 1, LEAST), (0, 0)])
def test_too_few_questions_are_refused_with_their_numbers(answerable: int, others: int) -> None:
    with pytest.raises(InputError, match=f"{answerable} answerable and {others} unanswerable .* at least {LEAST}"):
        fit_threshold(questions([0.5] * answerable, [0.1] * others))


def test_every_fold_has_questions_of_both_kinds() -> None:
    assert LEAST >= 2 * FOLDS


def test_never_abstaining_has_no_precision() -> None:
    outcome = outcome_at(questions([0.5] * 3, [0.4] * 2), 0.0)
    assert (outcome.precision, outcome.recall.mean, outcome.f1, outcome.abstained) == (None, 0.0, 0.0, 0)
