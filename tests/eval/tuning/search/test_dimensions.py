"""What is searched over: names, values, and points that are the same."""

import pytest

from eval.tuning.search.dimensions import DEFAULT, canonical, changes, dimensions_of
from ragline.errors import InputError, SettingsError
from ragline.settings import Settings


def test_the_value_in_use_is_among_those_that_are_tried() -> None:
    found = {each.setting: each.values for each in dimensions_of((), Settings(depth=77, reranker="late-interaction"))}
    assert tuple(found) == DEFAULT
    assert found["depth"] == (50, 77, 100, 200, 400)
    assert found["reranker"] == ("none", "learned", "late-interaction")


def test_values_can_be_given_and_names_shortened() -> None:
    depth, weight, expansion = dimensions_of(["depth=10, 20", "weights", "expansion=none;parts,variants"], Settings())
    assert depth.values == (10, 20, 100)
    assert weight.setting == "lexical_weight"
    assert expansion.values == ("none", "parts,variants", "variants,parts")


@pytest.mark.parametrize("text", ["model", "depht", "embedder=light"])
def test_what_is_not_searched_over_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not searched over"):
        dimensions_of([text], Settings())


@pytest.mark.parametrize("text", ["depth=0", "fusion=sum", "depth=many", "depth="])
def test_impossible_values_are_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        dimensions_of([text], Settings())


def test_what_plays_no_part_is_as_in_use() -> None:
    current = Settings()
    off = canonical({"reranker": "none", "rerank_depth": 20, "fusion": "dbsf", "rrf_k": 10}, current)
    assert off == {"reranker": "none", "rerank_depth": 50, "fusion": "dbsf", "rrf_k": 60}
    assert changes(off, current) == {"reranker": "none", "fusion": "dbsf"}
    on = {"reranker": "learned", "rerank_depth": 20, "fusion": "rrf", "rrf_k": 10}
    assert canonical(on, current) == on
