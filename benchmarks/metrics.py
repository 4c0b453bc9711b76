"""The retrieval metrics against ir-measures, on random runs with everything in them that tools count differently.

Each run holds the rankings of some queries. Scores are drawn from a few values, so that ties are the rule; documents are
returned twice; documents that were judged are missing from rankings and ranked ones from the judgements; queries have no
ranking at all, or nothing relevant; grades run from -1 to 7. Ties are broken as trec_eval does, by which ir-measures computes
(:func:`eval.formats.trec_run.ranked`). Of a document that comes twice the better place counts, which ir-measures is told by
leaving out the other: it would take whichever line comes last. A query with nothing relevant has no score in ours, and 0 in
theirs: these are counted, not compared.

For one family ir-measures is of two minds about ties: it takes RR with a cut-off from the script of MS MARCO, which breaks them
the other way round, and RR without one from trec_eval. MRR is compared with both: with ``RR@k`` on the ranking that trec_eval
makes of the scores, and with ``RR``, which is 0 here where it is below ``1 / k``, on the scores themselves.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import ir_measures
import numpy as np

from benchmarks.figures import Figure
from benchmarks.workspace import Workspace
from eval.formats.trec_run import ScoredDocument, ranked
from eval.metrics.registry import FAMILIES, metrics_at

RUNS = 1_000
KS = (1, 3, 5, 10, 100)
SEED = 2026
LIMIT = 1e-6
THEIRS = {"nDCG": "nDCG", "recall": "R", "precision": "P", "MRR": "RR", "MAP": "AP", "hit_rate": "Success"}
"""What ir-measures calls each family."""

Judgements = dict[str, dict[str, int]]
Run = dict[str, list[ScoredDocument]]


@dataclass(slots=True)
class Agreement:
    """``difference`` is the largest by family, over ``compared`` scores; ``unscored`` queries have nothing relevant."""

    difference: dict[str, float] = field(default_factory=lambda: dict.fromkeys(FAMILIES, 0.0))
    means: dict[str, float] = field(default_factory=lambda: dict.fromkeys(FAMILIES, 0.0))
    compared: int = 0
    unscored: int = 0
    tied: int = 0
    duplicates: int = 0


def measure(workspace: Workspace) -> list[Figure]:
    """The largest difference of a query's score, and of a run's mean, for each family at five cut-offs."""
    runs = RUNS // 10 if workspace.quick else RUNS
    found = agreement(runs)
    note = (
        f"{runs:,} runs, k = {', '.join(map(str, KS))}; {found.compared:,} scores, {found.tied:,} documents in ties, "
        f"{found.duplicates:,} returned twice, {found.unscored:,} queries with nothing relevant"
    )
    print(f"  {note}", flush=True)
    limit = f"<= {LIMIT:.6f}"
    figures = [Figure(f"{name}: largest difference", found.difference[name], "difference", "", limit) for name in FAMILIES]
    figures += [Figure(f"{name}: of the mean of a run", found.means[name], "difference", "", limit) for name in FAMILIES]
    worst = max((*found.difference.values(), *found.means.values()))
    return [*figures, Figure("largest of all", worst, "difference", note, limit)]


def agreement(runs: int, seed: int = SEED) -> Agreement:
    """Compare every family at every cut-off on so many random runs."""
    generator = np.random.default_rng(seed)
    found = Agreement()
    for _ in range(runs):
        judgements, run = random_run(generator)
        _compare(found, judgements, run)
    return found


def random_run(generator: np.random.Generator) -> tuple[Judgements, Run]:
    """Judgements of 1 to 5 queries, and what a system returned for them and for one that nobody judged."""
    documents = [f"{kind}{number}" for number in range(40) for kind in ("d", "D", "é")]
    judgements: Judgements = {}
    run: Run = {"unjudged": [ScoredDocument("d1", 1.0)]}
    for number in range(int(generator.integers(1, 6))):
        query = f"q{number}"
        judged = generator.choice(documents, size=int(generator.integers(1, 41)), replace=False).tolist()
        grades = generator.choice([-1, 0, 1, 2, 3, 7], size=len(judged), p=[0.05, 0.35, 0.3, 0.15, 0.1, 0.05]).tolist()
        judgements[query] = dict(zip(judged, grades, strict=True))
        returned = generator.choice(documents, size=int(generator.integers(0, 121)), replace=True).tolist()
        scores = generator.integers(0, int(generator.integers(2, 60)), size=len(returned)) / 7 - 2
        if returned:
            run[query] = [ScoredDocument(doc, float(score)) for doc, score in zip(returned, scores, strict=True)]
    return judgements, run


def _compare(found: Agreement, judgements: Judgements, run: Run) -> None:
    theirs = _theirs(judgements, run)
    sums: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for query, relevance in judgements.items():
        returned = run.get(query, [])
        ranking = ranked(returned)
        found.duplicates += len(returned) - len(ranking)
        found.tied += len(ranking) - len({np.float32(score) for score in _best(returned).values()})
        for metric in metrics_at(KS):
            ours, other = metric.score(ranking, relevance), theirs[metric.name, query]
            if ours is None:
                found.unscored += metric.name == "nDCG@1"
                continue
            found.compared += 1
            others = [other, theirs[f"RR cut at {metric.k}", query]] if metric.family == "MRR" else [other]
            gap = max(abs(ours - each) for each in others)
            found.difference[metric.family] = max(found.difference[metric.family], gap)
            sums[metric.name].append((ours, other))
    for name, pairs in sums.items():
        family = name.partition("@")[0]
        gap = float(abs(np.mean([ours for ours, _ in pairs]) - np.mean([other for _, other in pairs])))
        found.means[family] = max(found.means[family], gap)


def _theirs(judgements: Judgements, run: Run) -> Mapping[tuple[str, str], float]:
    """What ir-measures says, by our name of the metric and the query; 0 for a query that it returns nothing for."""
    measures = {ir_measures.parse_measure(f"{THEIRS[metric.family]}@{metric.k}"): metric.name for metric in metrics_at(KS)}
    tied = {measure: name for measure, name in measures.items() if not name.startswith("MRR@")}
    untied = {measure: name for measure, name in measures.items() if name.startswith("MRR@")}
    best = {query: _best(returned) for query, returned in run.items()}
    order = {query: {doc: -float(place) for place, doc in enumerate(ranked(returned))} for query, returned in run.items()}
    scores: dict[tuple[str, str], float] = defaultdict(float)
    for names, given in ((tied, best), (untied, order)):
        for each in ir_measures.iter_calc(list(names), judgements, given):
            scores[names[each.measure], each.query_id] = each.value
    for each in ir_measures.iter_calc([ir_measures.RR], judgements, best):
        for k in KS:
            scores[f"RR cut at {k}", each.query_id] = each.value if each.value >= 1 / k else 0.0
    return scores


def _best(returned: Sequence[ScoredDocument]) -> dict[str, float]:
    best: dict[str, float] = {}
    for each in returned:
        best[each.doc_id] = max(each.score, best.get(each.doc_id, each.score))
    return best
