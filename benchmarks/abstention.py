"""Abstaining, on questions about articles that the weights were not made from.

Three kinds of question without an answer, apart (:mod:`benchmarks.answerability_data`): all of the article is absent, only the
paragraph is, or the question was written to look answerable (SQuAD v2's unanswerable ones). Answerable questions are the same
for all three. Precision is that of equal numbers of both, as it would otherwise say how often each was asked.
"""

import time
from collections.abc import Sequence

import ragline
from benchmarks.answerability_data import ABSENT, ANSWERABLE, HELD_OUT, HITS, NEAR_MISS, PARAGRAPH_ABSENT, Case
from benchmarks.corpora import SAMPLES
from benchmarks.figures import Figure
from benchmarks.train_answerability import EMBEDDERS, held_out_cases
from benchmarks.workspace import Workspace
from eval.bootstrap import mean_interval
from eval.golden import load_golden
from eval.metrics.auroc import auroc_interval
from retrieval.answers.answerability import ANY, model_for
from retrieval.answers.extractive import ExtractiveAnswerer
from retrieval.answers.support import measure_support

_QUICK = 10
_REPEATS = 3


def measure(workspace: Workspace) -> list[Figure]:
    """AUROC, and what the threshold does, by embedder and kind; of the weights without cosines too.

    A quick run asks every 10th question.
    """
    figures = []
    for embedder in EMBEDDERS:
        cases = held_out_cases(workspace, embedder, HELD_OUT, step=_QUICK if workspace.quick else 1)
        figures += _figures(embedder, embedder, cases)
        if embedder == EMBEDDERS[0]:
            figures += _figures("any other", ANY, cases)
    return [*figures, _cost(workspace)]


def _cost(workspace: Workspace) -> Figure:
    """What weighing the evidence adds to an answer: processor time, sentences and their vectors aside, light embedder."""
    queries = [item.query for item in load_golden(SAMPLES / "golden.jsonl").items]
    model, answerer = model_for("light"), ExtractiveAnswerer()
    with ragline.open(workspace.folder / "cost", embedder="light", threads=1) as collection:
        collection.ingest(SAMPLES / "documents")
        embedder = collection.embedder
        whole = weighing = 0.0
        for repeat in range(_REPEATS + 1):
            for query in queries:
                started = time.process_time()
                evidence = answerer.evidence(query, collection.search(query, HITS), embedder=embedder)
                ready = time.process_time()
                measure_support(evidence, model)
                ended = time.process_time()
                if repeat:  # the first round fills the caches
                    whole, weighing = whole + ended - started, weighing + ended - ready
    note = f"{1000 * weighing / _REPEATS / len(queries):.2f} ms of an answer"
    return Figure("light: an answer with the weighing / without", whole / (whole - weighing), "x", note, "<= 1.1")


def _figures(label: str, name: str, cases: Sequence[Case]) -> list[Figure]:
    model = model_for(name)
    scores = {kind: [model.probability(each.features) for each in cases if each.kind == kind] for kind in _KINDS}
    refused = [float(score < model.threshold) for score in scores[ANSWERABLE]]
    false_alarms = mean_interval(refused)
    note = f"{len(refused):,} answerable questions, threshold {model.threshold}, {_shown(false_alarms.low, false_alarms.high)}"
    figures = [Figure(f"{label}: answerable questions refused", 100 * false_alarms.mean, "%", note)]
    for kind in _KINDS[1:]:
        area = auroc_interval(scores[ANSWERABLE], scores[kind])
        found = mean_interval([float(score < model.threshold) for score in scores[kind]])
        precision = found.mean / (found.mean + false_alarms.mean)
        low, high = found.low / (found.low + false_alarms.high), found.high / (found.high + false_alarms.low)
        asked = f"{len(scores[kind]):,} unanswerable"
        figures += [
            Figure(f"{label}: {kind}: AUROC", area.mean, "", f"{asked}, {_shown(area.low, area.high)}"),
            Figure(f"{label}: {kind}: recall", found.mean, "", _shown(found.low, found.high)),
            Figure(f"{label}: {kind}: precision", precision, "", f"of equal numbers, {_shown(low, high)}"),
        ]
    return figures


_KINDS = (ANSWERABLE, ABSENT, PARAGRAPH_ABSENT, NEAR_MISS)


def _shown(low: float, high: float) -> str:
    return f"95 % [{low:.3f}, {high:.3f}]"
