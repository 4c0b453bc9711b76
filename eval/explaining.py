"""After the timed run: what the collection has to say of what went wrong, and of the questions that went worst."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from eval.asking import first_depth, reason_of
from eval.diagnosis import diagnose
from eval.evidence import Evidence
from eval.result import ExplainedHit, QueryRow, headline, worst_first
from eval.searcher import Explaining, Holding, Searcher

EXPLAINED_QUESTIONS = 10
"""The worst ones. Each takes a search more; what they take together must not be felt beside the searches of the run."""

EXPLAINED_MISSES = 4
"""Documents of which it is told why they are missing, those of the worst questions first: each takes several searches."""


def diagnosed(
    rows: Iterable[QueryRow], evidence: Mapping[str, Evidence], searcher: Searcher, *, deepest: int
) -> list[QueryRow]:
    """``rows`` with their diagnoses. Whether a document is there at all is asked of those that went wrong without it."""
    told = []
    for row in rows:
        found = diagnose(row, evidence[row.id], deepest=deepest)
        if found.cause == "not_retrieved" and isinstance(searcher, Holding):
            row = _with_holdings(row, searcher)
            absent = [document.doc_id for document in row.expected if document.is_held is False]
            found = diagnose(row, evidence[row.id], deepest=deepest, absent=absent)
        told.append(replace(row, diagnosis=found))
    return told


def explained(rows: Sequence[QueryRow], searcher: Searcher, ks: Sequence[int]) -> list[QueryRow]:
    """``rows`` with the explanations of the hits of the worst of them, where the searcher gives any."""
    if not isinstance(searcher, Explaining):
        return list(rows)
    metric = headline(ks)
    worst = [row for row in worst_first(rows, metric) if _is_worth_it(row, metric)][:EXPLAINED_QUESTIONS]
    new: dict[str, QueryRow] = {}
    left = EXPLAINED_MISSES
    for row in worst:
        missing = [document.doc_id for document in row.expected if document.rank is None][:left]
        left -= len(missing)
        new[row.id] = _explained(row, searcher, missing, first_depth(ks))
    return [new.get(row.id, row) for row in rows]


def _with_holdings(row: QueryRow, searcher: Holding) -> QueryRow:
    return replace(
        row,
        expected=tuple(
            replace(document, is_held=document.rank is not None or searcher.holds(document.doc_id)) for document in row.expected
        ),
    )


def _is_worth_it(row: QueryRow, metric: str) -> bool:
    """Whether something can be learnt from the hits: there are some, and the row is not as good as it can be."""
    is_wrong = row.diagnosis.verdict in ("wrong", "missed")
    return bool(row.ranking) and (is_wrong or row.metrics.get(metric, 1.0) < 1.0)


def _explained(row: QueryRow, searcher: Explaining, missing: Sequence[str], depth: int) -> QueryRow:
    """``row`` with the explanations of its hits and of the documents that are ``missing`` from the first ``depth``."""
    try:
        found = searcher.explain(row.query, k=max(document.hit for document in row.ranking))
        reasons = {doc_id: searcher.why_not(row.query, doc_id, k=depth) for doc_id in missing}
    except Exception as error:  # noqa: BLE001 - what was measured stands; the row says why it is not explained
        return replace(row, unexplained=reason_of("explain", error))
    hits = {hit.chunk.id: hit for hit in found}
    ranking = []
    for document in row.ranking:
        hit = hits.get(document.chunk_id)
        if hit is None or hit.explanation is None:
            ranking.append(document)
        else:
            ranking.append(replace(document, explained=ExplainedHit(hit.legs, hit.rerank, hit.explanation)))
    expected = tuple(replace(document, why_not=reasons.get(document.doc_id, "")) for document in row.expected)
    return replace(row, ranking=tuple(ranking), expected=expected)
