"""What became of each query of an evaluation: what was found, what was answered, and what went wrong."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from eval.judges.base import Score
from eval.spending import Spending
from ragline.types import Citation, Explanation, LegScore, RerankScore

RowStatus = Literal["ok", "error"]

Verdict = Literal["right", "wrong", "missed", "unmeasured"]
"""Of a question: "missed" where nothing was answered although the documents hold it, "unmeasured" where it cannot be told."""

Cause = Literal[
    "not_in_collection",
    "not_retrieved",
    "ranked_too_low",
    "cut_from_context",
    "abstained_despite_context",
    "generated_wrong",
    "answered_unanswerable",
]
"""What went wrong, in the order of the stages that a question goes through."""


@dataclass(frozen=True, slots=True)
class ExplainedHit:
    """How a hit came to its place: what each leg and the reranker said of it, and the explanation of the search."""

    legs: Mapping[str, LegScore]
    rerank: RerankScore | None
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class RankedDocument:
    """A document at its place in a ranking, shown by its best chunk: characters ``start`` to ``end`` of it.

    That chunk was number ``hit`` of the hits, from 1; 0 where that is not known. ``grade`` is its judgement, ``None`` where it
    has none. ``excerpt`` is the beginning of the chunk's text. ``explained`` is there for the hits of the worst questions only.
    """

    rank: int
    doc_id: str
    score: float
    chunk_id: str
    excerpt: str
    grade: int | None
    start: int = 0
    end: int = 0
    hit: int = 0
    explained: ExplainedHit | None = None

    @property
    def is_relevant(self) -> bool:
        return self.grade is not None and self.grade > 0


@dataclass(frozen=True, slots=True)
class ExpectedDocument:
    """A relevant document. ``rank`` is its place in the ranking, ``None`` when it was not among the documents ranked.

    ``is_held`` says whether the collection has it, ``None`` where that was not asked. ``why_not`` says what became of it, for
    those that the worst questions miss.
    """

    doc_id: str
    grade: int
    rank: int | None
    quotes: tuple[str, ...] = ()
    is_held: bool | None = None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """A passage that an answer was written from: characters ``start`` to ``end`` of a document.

    ``excerpt`` is the beginning of its text. ``holds_evidence`` says whether it carries what the golden set names.
    """

    doc_id: str
    chunk_id: str
    start: int
    end: int
    excerpt: str
    holds_evidence: bool


@dataclass(frozen=True, slots=True)
class EvidencePlace:
    """Where the evidence that the golden set names came in the search.

    ``rank`` is the place, from 1, of the first passage that carries some, ``None`` when none of the ``hits`` looked at does.
    ``given`` is how many hits an answer is drawn from, 0 where that is not known.
    """

    rank: int | None
    hits: int
    given: int = 0


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What became of a question. ``cause`` is ``None`` for what is right or unmeasured; ``by`` says how that was decided."""

    verdict: Verdict
    cause: Cause | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class QueryRow:
    """What became of one query.

    With ``status`` "error", ``error`` says why; whatever was measured before the failure is kept. ``ranking`` holds the
    first 10 documents, ``expected`` the relevant ones, best grade first, and ``spans`` is the number of their passages with
    a known place. ``abstained`` is ``None`` when no answer was asked for or asking failed. ``milliseconds`` is the wall time
    of the first search call, ``answer_milliseconds`` that of the answer; ``None`` where there was none. ``stages_ms`` and
    ``answer_stages_ms`` are the milliseconds of their stages, as far as they are told. ``scores`` are the metrics of the
    answer, with what has no value and why.

    ``reason`` is what the answerer says of its answer: why it abstained, what it left out. ``contexts`` are the passages that
    the answer was written from, in their order; ``citations`` what it cites; ``model`` what wrote it, and ``spending`` what
    that took, ``None`` where there is no answer. ``evidence`` is ``None`` where the golden set names none, or nothing was
    searched. ``unexplained`` says why a row that was to be explained is not.
    """

    id: str
    query: str
    tags: tuple[str, ...]
    answerable: bool
    status: RowStatus
    error: str = ""
    ranking: tuple[RankedDocument, ...] = ()
    expected: tuple[ExpectedDocument, ...] = ()
    spans: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict)
    abstained: bool | None = None
    answer: str = ""
    expected_answer: str = ""
    milliseconds: float | None = None
    answer_milliseconds: float | None = None
    scores: Mapping[str, Score] = field(default_factory=dict)
    stages_ms: Mapping[str, float] = field(default_factory=dict)
    answer_stages_ms: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    contexts: tuple[AnswerContext, ...] = ()
    citations: tuple[Citation, ...] = ()
    model: str = ""
    spending: Spending | None = None
    evidence: EvidencePlace | None = None
    diagnosis: Diagnosis = Diagnosis("unmeasured")
    unexplained: str = ""

    @property
    def relevant(self) -> tuple[str, ...]:
        """The ids of the relevant documents."""
        return tuple(document.doc_id for document in self.expected)

    @property
    def first_relevant_rank(self) -> int | None:
        """The rank of the best placed relevant document, ``None`` when none was ranked."""
        return min((document.rank for document in self.expected if document.rank is not None), default=None)


def headline(ks: Sequence[int]) -> str:
    """The metric that queries are ordered by: nDCG at the deepest cut-off."""
    return f"nDCG@{max(ks)}"


def worst_first(rows: Iterable[QueryRow], metric: str) -> list[QueryRow]:
    """``rows`` by how badly they went, ties in their order.

    First those that raised; then those that went wrong, by ``metric``, where an answer to an unanswerable question counts as 0;
    then the others, by the same; last those that no metric applies to.
    """

    def badness(row: QueryRow) -> tuple[int, float]:
        if row.status == "error":
            return 0, 0.0
        score = row.metrics.get(metric)
        if row.diagnosis.verdict in ("wrong", "missed") or (not row.answerable and row.abstained is False):
            return 1, score or 0.0
        return (3, 0.0) if score is None else (2, score)

    return sorted(rows, key=badness)
