"""What the offline judge's benchmark rests on: documents on one side only, alterations that alter, figures that are right."""

import random

import numpy as np
import pytest

from benchmarks.offline_judge_alterations import altered, loosened
from benchmarks.offline_judge_data import Example, is_held_out, stated, written
from benchmarks.offline_judge_figures import area, balance, gain, interval, matched_area, overlap, told
from benchmarks.offline_judge_fit import fitted_model, measured
from eval.judges.offline.model import WEIGHTS, claim_model
from eval.metrics.auroc import auroc
from eval.metrics.matched_auroc import matched_auroc

TEXT = "In 1994, the mill was built by Greta Holm for 30 men. The Runa mill is 12 metres tall and was not sold. Anna left."
ELSEWHERE = [
    "Another page tells of a windmill that Olav Moe has in the hills.",
    "Penguins of the Antarctic breed in winter.",
]


def example(claim: str, context: str, *, is_supported: bool = True) -> Example:
    return Example("qags", "judged", context, "a", claim, (context,), "", is_supported)


def test_a_document_is_always_on_the_same_side() -> None:
    sides = [is_held_out(f"document {number}") for number in range(400)]
    assert sides == [is_held_out(f"document {number}") for number in range(400)]
    assert 150 < sum(sides) < 250


def test_alterations_change_one_thing_and_are_the_same_for_the_same_dice() -> None:
    sentence = "The Runa mill is 12 metres tall and was not sold."
    made = altered(sentence, TEXT, ELSEWHERE, random.Random(1))
    assert made == altered(sentence, TEXT, ELSEWHERE, random.Random(1))
    assert sentence not in made.values()
    assert made["not put in"] == "The Runa mill is not 12 metres tall and was not sold."
    assert made["not taken out"] == "The Runa mill is 12 metres tall and was sold."
    assert made["unrelated"] in ELSEWHERE[-1]
    assert "12 metres" not in made["number"]
    assert made["unit"].startswith("The Runa mill is 12 ")


def test_loosening_keeps_what_is_said() -> None:
    told_loosely = loosened("In 1994, the mill was built by Greta Holm for 30 men.", random.Random(0))
    assert told_loosely
    assert all("mill" in text for text in told_loosely.values())


@pytest.mark.parametrize(
    ("question", "reply", "statement"),
    [
        ("Who won the race?", "Anna Berg", "Anna Berg won the race."),
        ("When did the race begin?", "1994", "The race begin in 1994."),
        ("How many riders were there?", "40", "40 riders were there."),
        ("Why did it rain?", "nobody knows", ""),
    ],
)
def test_a_question_and_its_reply_make_a_statement(question: str, reply: str, statement: str) -> None:
    assert stated(question, reply) == statement


def test_each_passage_has_true_statements_and_false_ones_of_every_kind() -> None:
    rows = list(written())
    assert len({each.document for each in rows}) * 7 == len(rows)
    assert {each.kind for each in rows if each.is_supported} == {"close", "loose"}
    assert {each.kind for each in rows if not each.is_supported} == {"number", "name", "negation", "unit", "unrelated"}


def test_overlap_is_the_share_of_pairs_of_words() -> None:
    assert overlap(example("The mill is old.", "the mill was here; it is old")) == pytest.approx(2 / 3)
    assert overlap(example("Mill", "the mill")) == 1.0


def test_figures_agree_with_the_metrics_they_repeat() -> None:
    draw = np.random.default_rng(0)
    examples = [example("x" * int(draw.integers(20, 60)), str(at % 17), is_supported=bool(at % 3)) for at in range(120)]
    scores = draw.random(120)
    claims = told(examples, scores.tolist())
    above, below = scores[claims.labels], scores[~claims.labels]
    assert area(claims) == pytest.approx(auroc(above.tolist(), below.tolist()))
    lengths = claims.lengths.astype(int)
    expected = matched_auroc(
        [(float(s), int(n)) for s, n in zip(above, lengths[claims.labels], strict=True)],
        [(float(s), int(n)) for s, n in zip(below, lengths[~claims.labels], strict=True)],
    )
    assert expected is not None
    assert matched_area(claims) == pytest.approx(expected.mean)
    assert balance(claims) == pytest.approx(((above >= 0.5).mean() + (below < 0.5).mean()) / 2)
    found = interval(claims, area)
    assert found.low < found.mean < found.high


def test_a_score_is_no_better_than_itself() -> None:
    draw = np.random.default_rng(0)
    examples = [example("a claim", str(at), is_supported=bool(at % 2)) for at in range(60)]
    better = [float(each.is_supported) + draw.normal() for each in examples]
    noise = draw.random(60).tolist()
    same, p = gain(told(examples, better), better)
    assert (same.mean, same.low, same.high, p) == (0.0, 0.0, 0.0, 1.0)
    difference, p = gain(told(examples, better), noise)
    assert difference.low > 0
    assert p < 0.05


def test_the_fit_finds_what_tells_claims_apart() -> None:
    claims = list(measured(written(), None))
    model = fitted_model(claims, with_meaning=False)
    scores = told([each.example for each in claims], [model.probability(each.features) for each in claims])
    assert area(scores) > 0.9


def test_the_weights_that_are_kept_name_the_command_that_made_them() -> None:
    assert "python -m benchmarks.train_offline_judge" in WEIGHTS.read_text("utf-8")
    assert {claim_model(name).name for name in ("light", "minilm", "another", "")} == {"light", "minilm", ""}
