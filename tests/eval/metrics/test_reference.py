"""1,000 random runs against ir-measures: ties, missing, duplicate and graded documents."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.metrics import LIMIT, agreement, measure, random_run
from benchmarks.vector_store import VectorStore
from benchmarks.workspace import Workspace
from eval.formats.trec_run import ScoredDocument, ranked
from eval.metrics.registry import FAMILIES


@pytest.mark.slow
def test_1000_random_runs_equal_ir_measures() -> None:
    found = agreement(1_000)
    assert set(found.difference) == set(FAMILIES), "a family is not compared"
    assert max(*found.difference.values(), *found.means.values()) < LIMIT
    assert found.compared > 50_000
    assert min(found.tied, found.duplicates) > 40_000
    assert found.unscored > 20


def test_ties_and_places_that_differ_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.metrics.ranked", lambda returned: sorted(ranked(returned)))
    found = agreement(20)
    assert all(found.difference[family] > LIMIT for family in ("nDCG", "recall", "precision", "MAP", "hit_rate", "MRR"))


def test_runs_have_everything_in_them() -> None:
    generator = np.random.default_rng(1)
    judgements, run = zip(*(random_run(generator) for _ in range(50)), strict=True)
    grades = {grade for each in judgements for judged in each.values() for grade in judged.values()}
    assert grades == {-1, 0, 1, 2, 3, 7}
    assert any(query not in returned for each, returned in zip(judgements, run, strict=True) for query in each)


def test_of_a_tie_the_later_id_comes_first_and_single_precision_counts() -> None:
    given = [ScoredDocument("a", 1.0), ScoredDocument("b", 1.0), ScoredDocument("é", 1.0), ScoredDocument("z", 1.0 + 1e-12)]
    assert ranked([*given, ScoredDocument("a", 2.0), ScoredDocument("a", 0.5)]) == ["a", "é", "z", "b"]


def test_the_figures_are_written_as_differences(tmp_path: Path) -> None:
    figures = measure(Workspace(tmp_path, VectorStore(tmp_path / "store"), quick=True))
    assert all(figure.is_met for figure in figures)
    assert "e-" in str(figures[-1])
