"""The model's arithmetic, and what its file of weights promises."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answers.answerability import ANY, WEIGHTS, AnswerabilityModel, Weight, model_for
from retrieval.answers.features import COSINES, FEATURES

MODEL = AnswerabilityModel({"a": Weight(2.0, 1.0, 0.5), "b": Weight(-1.0, 0.0, 1.0)}, 0.25, 0.3, 0.4, "d")


def test_the_probability_is_that_of_the_logit() -> None:
    assert MODEL.shares({"a": 1.5, "b": 2.0}) == {"a": 2.0, "b": -2.0}
    assert MODEL.probability({"a": 1.5, "b": 2.0}) == pytest.approx(1 / (1 + math.exp(-0.25)))


def test_what_is_not_known_counts_nothing() -> None:
    assert MODEL.probability({"a": math.nan}) == MODEL.probability({"a": 1.0, "b": 0.0}) == MODEL.probability({})


@given(st.dictionaries(st.sampled_from(["a", "b"]), st.floats(allow_nan=True, allow_infinity=False)))
def test_it_is_a_probability(features: dict[str, float]) -> None:
    assert 0.0 <= MODEL.probability(features) <= 1.0


def test_every_known_embedder_has_a_model_over_all_features_and_any_other_has_one_without_cosines() -> None:
    for name in ("light", "minilm"):
        assert list(model_for(name).weights) == list(FEATURES)
    assert model_for("somebody/else") == model_for(ANY)
    assert list(model_for(ANY).weights) == [name for name in FEATURES if name not in COSINES]


def test_weights_are_numbers_that_say_how_they_were_made() -> None:
    stored = json.loads(WEIGHTS.read_text("utf-8"))
    assert stored["made_by"] == "python -m benchmarks.train_answerability"
    for name in stored["models"]:
        model = model_for(name)
        assert 0.0 < model.threshold < 1.0
        assert all(weight.scale > 0 and math.isfinite(weight.weight + weight.mean) for weight in model.weights.values())


def test_other_weights_have_another_digest() -> None:
    assert len({model_for(name).digest for name in ("light", "minilm", ANY)}) == 3
