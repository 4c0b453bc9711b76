"""Runs out and in: what is written is scored as what was searched."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ir_measures
import pytest

from eval.formats.trec_run import Run, ScoredDocument, read_run, write_run
from eval.golden import GoldenItem, GoldenSet, Relevance, golden_set
from eval.golden_runs import evaluate_run, run_of
from eval.metrics.registry import FAMILIES
from eval.run import evaluate
from ragline.errors import GoldenSetError, InputError
from ragline.types import Hit

MakeHits = Callable[..., list[Hit]]


@pytest.fixture
def found(golden: GoldenSet) -> GoldenSet:
    """The questions that the table has an answer to."""
    items = tuple(item for item in golden.items if item.id != "broken")
    return golden_set("found", items)


def test_a_run_that_was_written_has_the_figures_of_the_search(found: GoldenSet, searcher: Any, tmp_path: Path) -> None:
    run = run_of(found, searcher, depth=20, tag="table")
    assert write_run(run, tmp_path / "run") == sum(map(len, run.rankings.values()))
    assert "silent" not in run.rankings
    searched, read = evaluate(found, searcher), evaluate_run(found, read_run(tmp_path / "run"), reports=tmp_path / "report")
    for name in (f"{family}@{k}" for family in FAMILIES for k in searched.ks):
        assert read.metrics[name] == searched.metrics[name]
        assert read.slices["paraphrase"].metrics[name] == searched.slices["paraphrase"].metrics[name]
    assert read.timings == {}
    assert (read.configuration["run"], read.golden_sha256) == ("table", found.sha256)
    assert not any(name.startswith(("span", "coverage")) for name in read.metrics)
    assert read.files["json"].is_file()
    qrels = {item.id: item.grades for item in found.items if item.relevant}
    measure = ir_measures.nDCG @ 10
    theirs = ir_measures.calc_aggregate([measure], qrels, list(ir_measures.read_trec_run(str(tmp_path / "run"))))
    assert read.metrics["nDCG@10"].value == pytest.approx(theirs[measure], abs=1e-6)


def test_a_question_without_a_ranking_scores_0(found: GoldenSet) -> None:
    run = Run("one", {"first": (ScoredDocument("manual", 3.0),), "other": (ScoredDocument("x", 1.0),)})
    result = evaluate_run(found, run)
    assert (result.metrics["MRR@10"].value, result.metrics["MRR@10"].scored) == (pytest.approx(1 / 4), 4)
    assert result.configuration["run.queries_not_in_golden"] == 1


def test_a_run_of_other_questions_is_refused(found: GoldenSet) -> None:
    with pytest.raises(GoldenSetError, match=r"the run 't' has none of the questions of 'found'; its first is '17'"):
        evaluate_run(found, Run("t", {"17": (ScoredDocument("a", 1.0),)}))


def test_questions_with_one_text_need_one_ranking() -> None:
    twins = golden_set(
        "t", [GoldenItem("1", "why?", relevant=(Relevance("a"),)), GoldenItem("2", "why?", relevant=(Relevance("b"),))]
    )
    ranking = (ScoredDocument("a", 1.0),)
    assert evaluate_run(twins, Run("t", {"1": ranking, "2": ranking})).metrics["MRR@1"].value == 0.5
    with pytest.raises(GoldenSetError, match="two questions read 'why"):
        evaluate_run(twins, Run("t", {"1": ranking}))


def test_as_many_chunks_as_it_takes_are_asked_for(make_hits: MakeHits, searcher_class: type[Any]) -> None:
    golden = golden_set("s", [GoldenItem("q", "x", relevant=(Relevance("rare"),))])
    crowded = searcher_class({"x": make_hits(*["big"] * 120, "rare")})
    told: list[int] = []
    run = run_of(golden, crowded, depth=2, progress=told.append)
    assert [document.doc_id for document in run.rankings["q"]] == ["big", "rare"]
    assert (crowded.asked, told) == ([10, 40, 160], [1])
    with pytest.raises(InputError, match="Use 1 or more"):
        run_of(golden, crowded, depth=0)
