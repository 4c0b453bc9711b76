"""Running a golden set: rows, collapsing to documents, depth, errors and counts that add up."""

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.golden import GoldenItem, GoldenSet, Relevance, golden_set
from eval.metrics.abstention import Abstention
from eval.metrics.registry import SPAN_FAMILIES
from eval.result import EvalResult, MetricValue, QueryRow
from eval.run import evaluate
from ragline.errors import GoldenSetError, InputError
from ragline.types import Answer, Hit

MakeHits = Callable[..., list[Hit]]


def row_of(result: EvalResult, query_id: str) -> QueryRow:
    return next(row for row in result.rows if row.id == query_id)


def test_a_document_ranks_where_its_best_chunk_does(result: EvalResult) -> None:
    row = row_of(result, "late")
    assert [(document.rank, document.doc_id, document.chunk_id) for document in row.ranking] == [
        (1, "a", "a:0:1"),
        (2, "b", "b:0:3"),
        (3, "terms", "terms:0:4"),
    ]
    assert row.relevant == ("terms", "faq")
    assert [document.rank for document in row.expected] == [3, None]
    assert row.first_relevant_rank == 3
    assert row.metrics["MRR@10"] == pytest.approx(1 / 3)
    assert row.metrics["recall@3"] == 0.5
    assert row.metrics["hit_rate@1"] == 0


def test_what_is_shown_of_a_hit(result: EvalResult) -> None:
    first = row_of(result, "first").ranking[0]
    assert (first.score, first.excerpt, first.grade, first.is_relevant) == (1.0, "passage 1 of manual", 2, True)
    old, other = row_of(result, "missed").ranking
    assert (old.grade, old.is_relevant) == (0, False)
    assert (other.grade, other.is_relevant) == (None, False)


def test_only_ten_documents_are_shown_and_long_texts_are_cut(make_hits: MakeHits, searcher_class: type[Any]) -> None:
    golden = golden_set("s", [GoldenItem("q", "x", relevant=(Relevance("d19"),))])
    hits = make_hits(*(f"d{number}" for number in range(20)), text="word \n " * 100)
    row = evaluate(golden, searcher_class({"x": hits}), ks=[20]).rows[0]
    assert len(row.ranking) == 10
    assert row.first_relevant_rank == 20
    assert row.metrics["recall@20"] == 1
    assert len(row.ranking[0].excerpt) <= 240
    assert row.ranking[0].excerpt.endswith("word…")


def test_failures_are_rows_and_not_part_of_any_mean(result: EvalResult) -> None:
    broken, mute = row_of(result, "broken"), row_of(result, "mute")
    assert (broken.status, broken.error) == ("error", "search: LookupError: no shelf for not on any shelf")
    assert (broken.metrics, broken.ranking, broken.abstained, broken.milliseconds) == ({}, (), None, None)
    assert broken.relevant == ("shelf",)
    assert (mute.status, mute.error) == ("error", "answer: TimeoutError: the model did not answer")
    assert mute.metrics["nDCG@10"] == 1
    assert (mute.abstained, mute.answer_milliseconds) == (None, None)
    hit_rate = result.metrics["hit_rate@10"]
    assert (hit_rate.value, hit_rate.scored, hit_rate.total) == (0.75, 4, 5)


def test_the_counts_add_up(result: EvalResult) -> None:
    counts = result.counts
    assert counts == {"queries": 8, "ok": 6, "errors": 2, "answerable": 6, "unanswerable": 2, "without_relevant": 3}
    assert counts["ok"] + counts["errors"] == counts["answerable"] + counts["unanswerable"] == len(result.rows)
    for name, value in result.metrics.items():
        assert value.scored == sum(name in row.metrics for row in result.rows)
        assert value.scored <= value.total <= counts["queries"]
    assert all(
        value.total == counts["queries"] - counts["without_relevant"]
        for name, value in result.metrics.items()
        if name.partition("@")[0] not in SPAN_FAMILIES
    )
    assert sum(part.errors for part in result.slices.values()) == counts["errors"]
    assert result.abstention == Abstention(1, 1, 0, 4, 2)
    assert result.abstention.total == counts["queries"]


def test_slices_hold_the_rows_of_each_tag(result: EvalResult) -> None:
    assert {tag: (part.queries, part.errors) for tag, part in result.slices.items()} == {
        "exact": (3, 2),
        "paraphrase": (2, 0),
        "table": (1, 0),
        "unanswerable": (2, 0),
    }
    assert result.slices["exact"].metrics["nDCG@10"].scored == 2
    assert result.slices["exact"].metrics["nDCG@10"].total == 3
    assert result.slices["unanswerable"].metrics["nDCG@10"] == MetricValue(None, None, None, 0, 0)


def test_spans_are_measured_over_chunks_where_they_are_known(result: EvalResult) -> None:
    assert row_of(result, "first").metrics["span_recall@1"] == 1
    assert "span_recall@1" not in row_of(result, "late").metrics
    assert result.metrics["span_recall@10"] == MetricValue(1, 1, 1, 1, 2)
    assert row_of(result, "first").metrics["coverage@1"] == 15 / 20
    assert row_of(result, "first").metrics["span_precision@10"] == 15 / (25 + 10 + 90)
    assert row_of(result, "first").metrics["span_IoU@1"] == 15 / (25 + 20 - 15)
    assert result.metrics["span_IoU@1"].total == result.slices["exact"].metrics["span_IoU@1"].total == 2


def test_sets_without_spans_have_no_span_metric(golden: GoldenSet, searcher: Any) -> None:
    unplaced = replace(golden, items=tuple(item for item in golden.items if item.id in ("late", "silent")))
    result = evaluate(unplaced, searcher, ks=(10, 1, 1))
    assert result.ks == (1, 10)
    assert list(result.metrics) == [
        f"{name}@{k}" for name in ("nDCG", "recall", "precision", "MRR", "MAP", "hit_rate") for k in (1, 10)
    ]


def test_means_have_intervals(result: EvalResult) -> None:
    value = result.metrics["MRR@10"]
    scores = [row.metrics["MRR@10"] for row in result.rows if "MRR@10" in row.metrics]
    assert value.value == pytest.approx(math.fsum(scores) / len(scores))
    assert value.low is not None
    assert value.high is not None
    assert value.low < value.value < value.high


def test_the_worst_come_first(result: EvalResult) -> None:
    """Errors, then what went wrong (an answer that is wrong, where no ranking can be scored, counts as 0), then the rest."""
    assert [row.id for row in result.worst_first()] == ["broken", "mute", "missed", "eager", "told", "late", "first", "silent"]
    assert [row.diagnosis.verdict for row in result.worst_first()] == ["unmeasured", "unmeasured", *["wrong"] * 5, "right"]


def test_without_answers_nothing_is_said_of_abstaining(golden: GoldenSet, searcher: Any) -> None:
    result = evaluate(golden, searcher)
    assert result.abstention is None
    assert {row.abstained for row in result.rows} == {None}
    assert list(result.timings) == ["search"]
    assert result.counts["errors"] == 1


def test_timings_and_configuration_are_recorded(result: EvalResult) -> None:
    assert {stage: values.count for stage, values in result.timings.items()} == {"search": 7, "answer": 6}
    assert all(0 <= values.p50_ms <= values.p95_ms <= values.p99_ms for values in result.timings.values())
    assert result.configuration["mode"] == "hybrid"
    assert result.configuration["eval.ks"] == "1, 3, 5, 10"
    assert result.configuration["eval.answers"] is True
    other = replace(result, configuration={**result.configuration, "mode": "lexical"})
    assert len(result.fingerprint) == 12
    assert other.fingerprint != result.fingerprint == replace(result, seconds=0.0).fingerprint
    assert result.started_at.endswith("+00:00")


def test_search_goes_deeper_until_enough_documents_are_found(make_hits: MakeHits, searcher_class: type[Any]) -> None:
    golden = golden_set("s", [GoldenItem("q", "x", relevant=(Relevance("rare"),))])
    crowded = searcher_class({"x": make_hits(*["big"] * 120, "rare")})
    result = evaluate(golden, crowded, ks=(2,))
    assert crowded.asked == [10, 40, 160]
    assert result.metrics["recall@2"].value == 1
    enough = searcher_class({"x": make_hits("a", "b", *["c"] * 20)})
    evaluate(golden, enough, ks=(2,))
    assert enough.asked == [10]
    short = searcher_class({"x": make_hits("a", "a")})
    evaluate(golden, short, ks=(2,))
    assert short.asked == [10]


def test_as_many_documents_as_the_deepest_cut_off_are_enough(make_hits: MakeHits, searcher_class: type[Any]) -> None:
    golden = golden_set("s", [GoldenItem("q", "x", relevant=(Relevance("a"),))])
    exact = searcher_class({"x": make_hits("a", "b", *["a"] * 8)})
    evaluate(golden, exact, ks=(2,))
    assert exact.asked == [10]


def test_times_are_milliseconds_of_the_call_itself(make_hits: MakeHits, searcher_class: type[Any]) -> None:
    own: dict[str, float] = {}

    class Timed(searcher_class):  # type: ignore[misc]
        def search(self, query: str, *, k: int) -> Sequence[Hit]:
            return self.timed("search", lambda: super(Timed, self).search(query, k=k))

        def answer(self, query: str) -> Answer:
            return self.timed("answer", lambda: super(Timed, self).answer(query))

        def timed(self, stage: str, work: Callable[[], Any]) -> Any:
            begin = time.perf_counter()
            sum(range(100_000))
            done = work()
            own[stage] = (time.perf_counter() - begin) * 1000
            return done

    golden = golden_set("s", [GoldenItem("q", "x", relevant=(Relevance("a"),))])
    result = evaluate(golden, Timed({"x": make_hits("a")}), answers=True)
    row = result.rows[0]
    assert row.milliseconds is not None
    assert row.answer_milliseconds is not None
    assert own["search"] <= row.milliseconds <= result.seconds * 1000
    assert own["answer"] <= row.answer_milliseconds <= result.seconds * 1000
    assert result.timings["search"].p50_ms == result.timings["search"].p99_ms == row.milliseconds


def test_documents_judged_not_relevant_are_not_expected(make_hits: MakeHits, searcher_class: type[Any]) -> None:
    judgements = (Relevance("a", 1, "x", 0, 9), Relevance("b", 0, "y", 0, 9), Relevance("c", 3), Relevance("a", 1, "z"))
    golden = golden_set("s", [GoldenItem("q", "x", relevant=judgements)])
    row = evaluate(golden, searcher_class({"x": make_hits("b")})).rows[0]
    assert [(document.doc_id, document.grade, document.quotes) for document in row.expected] == [
        ("c", 3, ()),
        ("a", 1, ("x", "z")),
    ]
    assert row.spans == 1
    assert row.first_relevant_rank is None


@pytest.mark.parametrize(("length", "shown"), [(239, 239), (240, 240), (241, 240)])
def test_excerpts_have_240_characters_at_most(make_hits: MakeHits, searcher_class: type[Any], length: int, shown: int) -> None:
    golden = golden_set("s", [GoldenItem("q", "x", relevant=(Relevance("a"),))])
    excerpt = evaluate(golden, searcher_class({"x": make_hits("a", text="w" * length)})).rows[0].ranking[0].excerpt
    assert len(excerpt) == shown
    assert excerpt.endswith("…") == (length > 240)


def test_long_reasons_are_cut(golden: GoldenSet) -> None:
    class Verbose:
        def search(self, query: str, *, k: int) -> Sequence[Hit]:
            raise RuntimeError("x" * 10_000)

    assert {len(row.error) for row in evaluate(golden, Verbose()).rows} == {500}


def test_a_searcher_that_never_ends_is_stopped(make_hits: MakeHits) -> None:
    class Endless:
        asked = 0

        def search(self, query: str, *, k: int) -> Sequence[Hit]:
            self.asked = k
            return make_hits("same") * k

    endless = Endless()
    golden = golden_set("s", [GoldenItem("q", "x", relevant=(Relevance("same"),))])
    assert evaluate(golden, endless, ks=(2,)).metrics["nDCG@2"].value == 1
    assert endless.asked == 100_000


def test_scores_that_are_no_numbers_are_an_error_row(make_hits: MakeHits, searcher_class: type[Any]) -> None:
    golden = golden_set("s", [GoldenItem("q", "x", relevant=(Relevance("a"),))])
    hits = [replace(hit, score=math.nan) for hit in make_hits("a")]
    row = evaluate(golden, searcher_class({"x": hits})).rows[0]
    assert row.status == "error"
    assert "score nan" in row.error


def test_interrupts_are_not_swallowed(golden: GoldenSet) -> None:
    class Interrupted:
        def search(self, query: str, *, k: int) -> Sequence[Hit]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(golden, Interrupted())


def test_progress_is_told_of_every_query(golden: GoldenSet, searcher: Any) -> None:
    told: list[int] = []
    evaluate(golden, searcher, progress=told.append)
    assert told == [1] * len(golden)


def test_reports_are_written_when_asked_for(golden: GoldenSet, searcher: Any, tmp_path: Path) -> None:
    result = evaluate(golden, searcher, reports=tmp_path / "run" / "1")
    assert set(result.files) == {"json", "markdown", "html", "junit", "csv"}
    assert json.loads(result.files["json"].read_text())["counts"] == result.counts


def test_what_cannot_be_run_is_refused(golden: GoldenSet, searcher: Any) -> None:
    class SearchOnly:
        def search(self, query: str, *, k: int) -> Sequence[Hit]:
            return []

    with pytest.raises(GoldenSetError, match="holds no questions"):
        evaluate(golden_set("empty", []), searcher)
    with pytest.raises(InputError, match="SearchOnly has no method 'answer'"):
        evaluate(golden, SearchOnly(), answers=True)
    for ks in ((), (0, 5)):
        with pytest.raises(InputError, match="Give one or more whole numbers"):
            evaluate(golden, searcher, ks=ks)
    assert evaluate(golden, SearchOnly()).metrics["nDCG@10"] == MetricValue(0, 0, 0, 5, 5)


def test_chunks_are_ranked_where_their_grades_are_given(golden: GoldenSet, searcher: Any) -> None:
    grades = {"first": {"manual:0:3": 2, "elsewhere": 1}, "late": {"b:0:3": 1}, "missed": {}}
    result = evaluate(golden, searcher, chunk_grades=grades, stale=["q: gone"])
    assert row_of(result, "first").metrics["MRR@10"] == pytest.approx(1 / 3)
    assert row_of(result, "first").metrics["recall@10"] == 0.5
    assert row_of(result, "late").metrics["precision@3"] == pytest.approx(1 / 3)
    assert "nDCG@10" not in row_of(result, "missed").metrics
    assert result.metrics["nDCG@10"].scored < result.metrics["nDCG@10"].total
    assert (result.configuration["eval.unit"], result.stale) == ("chunk", ("q: gone",))
    assert evaluate(golden, searcher).configuration["eval.unit"] == "document"
