"""Runs as TREC has them: what a system returned for each query, six columns a line, read and written.

``query-id Q0 document-id rank score tag``, parted by blanks or tabs. The order of a ranking is that of the scores, whatever the
column of ranks says, and ties are broken as trec_eval does: the score in single precision, then the document id, descending by
its bytes. So one file has the same figures here and there.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.formats.trec_qrels import column
from eval.lines import malformed, numbered_lines
from ragline.durable import write_named_file
from ragline.errors import GoldenSetError

_REMEDY = "Write six columns: query id, Q0, document id, rank, score, tag"


@dataclass(frozen=True, slots=True)
class ScoredDocument:
    """A document that was returned, with its score: higher is better."""

    doc_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Run:
    """What a system returned: for each query id its documents, best first, each once. ``tag`` is the system's name."""

    tag: str
    rankings: Mapping[str, tuple[ScoredDocument, ...]]


def ranked(returned: Iterable[ScoredDocument]) -> list[str]:
    """The distinct ids of ``returned`` in the order of trec_eval; of an id that comes twice the better score counts."""
    return list(_best_first(returned))


def read_run(path: Path) -> Run:
    """The run in a file of six columns. A document that comes twice for a query counts once, with its better score.

    Raises :class:`GoldenSetError`, naming the line, where there are not six columns, a score is no finite number, or one file
    holds runs of two tags; and for a file without a line.
    """
    returned: dict[str, list[ScoredDocument]] = {}
    tag = ""
    for line, text in numbered_lines(path):
        columns = text.split()
        if len(columns) != 6:
            raise malformed(path, line, f"{len(columns)} columns", _REMEDY)
        query_id, _, doc_id, _, score, named = columns
        if tag and named != tag:
            raise malformed(path, line, f"the tag {named!r} after {tag!r}", "Give each run a file of its own", field="tag")
        tag = named
        returned.setdefault(query_id, []).append(ScoredDocument(doc_id, _score(path, line, score)))
    if not returned:
        raise GoldenSetError(f"{path}: holds no run. {_REMEDY}.")
    return Run(tag, {query_id: _documents(documents) for query_id, documents in returned.items()})


def write_run(run: Run, path: Path) -> int:
    """Write ``run`` to ``path``, replacing it in one step; returns the number of lines.

    Ranks are counted from 1. Where rounding to single precision, or a tie, would make trec_eval turn two documents round, the
    scores are replaced by ``number of documents - rank + 1``, for that query. Raises :class:`GoldenSetError` where an id or
    the tag is empty or holds white space, which the format has no place for.
    """
    lines = []
    for query_id, documents in run.rankings.items():
        order = [document.doc_id for document in documents]
        scores = [document.score for document in documents]
        if ranked(documents) != order:
            scores = [float(len(order) - place) for place in range(len(order))]
        for rank, (doc_id, score) in enumerate(zip(order, scores, strict=True), start=1):
            columns = (column(query_id), "Q0", column(doc_id), str(rank), repr(float(score)), column(run.tag))
            lines.append(" ".join(columns) + "\n")
    write_named_file(path, "".join(lines).encode("utf-8"))
    return len(lines)


def _documents(returned: Iterable[ScoredDocument]) -> tuple[ScoredDocument, ...]:
    return tuple(ScoredDocument(doc_id, score) for doc_id, score in _best_first(returned).items())


def _best_first(returned: Iterable[ScoredDocument]) -> dict[str, float]:
    best: dict[str, float] = {}
    for each in returned:
        best[each.doc_id] = max(each.score, best.get(each.doc_id, each.score))
    with np.errstate(over="ignore"):  # beyond single precision is infinite in trec_eval too
        keys = {doc_id: (float(np.float32(score)), doc_id.encode("utf-8", "surrogatepass")) for doc_id, score in best.items()}
    return {doc_id: best[doc_id] for doc_id in sorted(best, key=keys.__getitem__, reverse=True)}


def _score(path: Path, line: int, text: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        raise malformed(path, line, f"{text!r} is not a finite number", "Write the score of the document", field="score")
    return score
