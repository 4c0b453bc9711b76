"""The rules that all metrics share, as ``eval/metrics/base.py`` states them, for every metric that there is."""

import pytest

from eval.metrics.registry import FAMILIES, SPAN_FAMILIES, metrics_at, span_metrics_at
from eval.metrics.span_recall import Span
from ragline.errors import InputError

RANKING = pytest.mark.parametrize("family", FAMILIES)
SPANS = pytest.mark.parametrize("family", SPAN_FAMILIES)
CHUNK = Span("a", 0, 10)
EMPTY = Span("a", 5, 5)


@RANKING
@pytest.mark.parametrize("relevance", [{}, {"a": 0}, {"a": -1, "b": 0}])
@pytest.mark.parametrize("ranking", [[], ["a"], ["a", "b", "c"]])
def test_without_a_relevant_document_there_is_no_score(family: str, relevance: dict[str, int], ranking: list[str]) -> None:
    assert FAMILIES[family](ranking, relevance, 5) is None


@RANKING
def test_a_ranking_without_a_relevant_document_scores_0(family: str) -> None:
    assert FAMILIES[family]([], {"a": 2}, 5) == 0
    assert FAMILIES[family](["x", "y"], {"a": 2, "y": 0, "x": -1}, 5) == 0


@RANKING
def test_an_id_that_comes_twice_counts_once_at_its_first_place(family: str) -> None:
    relevance = {"a": 1, "b": 2}
    assert FAMILIES[family](["a", "a", "x", "a", "b"], relevance, 3) == FAMILIES[family](["a", "x", "b"], relevance, 3)


@RANKING
@pytest.mark.parametrize(("ranking", "relevance"), [(["a"], {"a": 1}), ([], {}), (["a"], {})])
@pytest.mark.parametrize("k", [0, -1])
def test_a_cut_off_below_1_is_refused(family: str, ranking: list[str], relevance: dict[str, int], k: int) -> None:
    with pytest.raises(InputError, match="Use 1 or more"):
        FAMILIES[family](ranking, relevance, k)


@SPANS
@pytest.mark.parametrize("wanted", [[], [EMPTY]])
@pytest.mark.parametrize("returned", [[], [CHUNK], [EMPTY]])
def test_without_a_wanted_span_there_is_no_score(family: str, wanted: list[Span], returned: list[Span]) -> None:
    assert SPAN_FAMILIES[family](returned, wanted, 5) is None


@SPANS
@pytest.mark.parametrize("returned", [[], [EMPTY], [EMPTY, EMPTY], [Span("b", 0, 10)], [Span("a", 10, 20)]])
def test_chunks_without_a_wanted_character_score_0(family: str, returned: list[Span]) -> None:
    assert SPAN_FAMILIES[family](returned, [CHUNK], 5) == 0


@SPANS
@pytest.mark.parametrize(("returned", "wanted"), [([CHUNK], [CHUNK]), ([], []), ([CHUNK], [])])
@pytest.mark.parametrize("k", [0, -1])
def test_a_cut_off_below_1_is_refused_for_spans(family: str, returned: list[Span], wanted: list[Span], k: int) -> None:
    with pytest.raises(InputError, match="Use 1 or more"):
        SPAN_FAMILIES[family](returned, wanted, k)


def test_every_family_has_a_name_with_a_cut_off() -> None:
    names = [metric.name for metric in (*metrics_at((1, 10)), *span_metrics_at((1, 10)))]
    assert names == [f"{family}@{k}" for family in (*FAMILIES, *SPAN_FAMILIES) for k in (1, 10)]
    assert len(set(names)) == len(names)
