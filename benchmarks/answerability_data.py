"""Questions with and without an answer in a collection, and their features: what the weights are made from and measured on.

Kinds of question without an answer:

- ``absent``: all paragraphs of the article are absent from the collection;
- ``paragraph absent``: the article is there, and the one paragraph that answers is not;
- ``near miss``: written against a paragraph that is there, to look answerable and not be (SQuAD v2's own).

Articles of SQuAD are split in thirds by the hash of their title. One third is held out from making the weights: none of its
questions is asked then, and none of its paragraphs is in a collection.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from benchmarks.corpora import documents_of, shared_corpus, shared_folder
from benchmarks.vector_store import open_stored
from benchmarks.workspace import Workspace
from eval.golden import load_golden
from ragline.types import Document, Hit, LegScore
from retrieval.answers.extractive import ExtractiveAnswerer
from retrieval.answers.features import measure

SQUAD = "squad-v2.0-dev"
ANSWERABLE, ABSENT, PARAGRAPH_ABSENT, NEAR_MISS = "answerable", "absent", "paragraph absent", "near miss"
HELD_OUT = 2
HITS = 8
_DEEP = 60


@dataclass(frozen=True, slots=True)
class Case:
    """A question asked of a collection: from which corpus, what is missing there, and the features of what was found."""

    corpus: str
    kind: str
    id: str
    features: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Question:
    id: str
    text: str
    doc_id: str
    is_answerable: bool


def third_of(title: str) -> int:
    """0, 1 or 2, the same for ever."""
    return int(hashlib.sha256(title.encode()).hexdigest(), 16) % 3


def squad_cases(
    workspace: Workspace, embedder: str, asked: Sequence[int], *, present: Sequence[int], step: int = 1
) -> Iterator[Case]:
    """Every ``step``-th question about the thirds ``asked``, of a collection with the paragraphs of those ``present`` only."""
    documents = documents_of(SQUAD)
    third = {document.id: third_of(document.title) for document in documents}
    kept = [document for document in documents if third[document.id] in present]
    with _Asking(workspace, embedder, SQUAD, kept, part="".join(map(str, present))) as asking:
        for question in _squad_questions()[::step]:
            if third[question.doc_id] not in asked:
                continue
            hits = asking.search(question.text, 2 * HITS)
            if third[question.doc_id] not in present:
                yield asking.case(ABSENT, question, hits)
                continue
            yield asking.case(ANSWERABLE if question.is_answerable else NEAR_MISS, question, hits)
            if question.is_answerable:
                yield asking.case(PARAGRAPH_ABSENT, question, without(hits, lambda hit, own=question: hit.doc_id == own.doc_id))  # type: ignore[misc]


def other_cases(workspace: Workspace, embedder: str) -> Iterator[Case]:
    """Questions about long documents (chunking-evaluation) and about two short texts at once (HaluEval's of HotpotQA)."""
    with _Asking(workspace, embedder, "chunking-evaluation", documents_of("chunking-evaluation")) as asking:
        for record in _lines(shared_corpus("chunking-evaluation") / "queries.jsonl"):
            question = _Question(record["_id"], record["text"], record["corpus_id"], True)
            spans = [(each["start_index"], each["end_index"]) for each in record["references"]]
            hits = asking.search(question.text, _DEEP)
            yield asking.case(ANSWERABLE, question, hits)
            yield asking.case(
                PARAGRAPH_ABSENT, question, without(hits, lambda hit, own=question, at=spans: _holds(hit, own, at))
            )  # type: ignore[misc]
            yield asking.case(ABSENT, question, without(hits, lambda hit, own=question: hit.doc_id == own.doc_id))  # type: ignore[misc]
    examples = {
        record["question"]: record["context"] for record in _lines(shared_folder("halueval-qa-generation") / "examples.jsonl")
    }
    documents = [Document(f"h{number}", context) for number, context in enumerate(examples.values())]
    with _Asking(workspace, embedder, "halueval", documents) as asking:
        for number, text in enumerate(examples):
            question = _Question(f"h{number}", text, f"h{number}", True)
            hits = asking.search(text, 2 * HITS)
            yield asking.case(ANSWERABLE, question, hits)
            yield asking.case(ABSENT, question, without(hits, lambda hit, own=question: hit.doc_id == own.doc_id))  # type: ignore[misc]


def without(hits: Sequence[Hit], is_gone: Callable[[Hit], bool]) -> list[Hit]:
    """``hits`` as if those that are gone had never been there: ranks close up."""
    gone = [hit for hit in hits if is_gone(hit)]
    left = [hit for hit in hits if not is_gone(hit)]
    return [replace(hit, rank=rank, legs=_closed_up(hit, gone)) for rank, hit in enumerate(left, start=1)]


def _closed_up(hit: Hit, gone: Sequence[Hit]) -> dict[str, LegScore]:
    return {
        name: replace(leg, rank=leg.rank - sum(name in other.legs and other.legs[name].rank < leg.rank for other in gone))
        for name, leg in hit.legs.items()
    }


class _Asking:
    """A collection of some documents, asked as :meth:`ragline.Collection.answer` asks."""

    def __init__(
        self, workspace: Workspace, embedder: str, corpus: str, documents: Sequence[Document], *, part: str = ""
    ) -> None:
        self._corpus = corpus
        folder = workspace.folder / f"{corpus}{part}-{embedder}"
        self._collection, self._embedder = open_stored(folder, workspace.store, embedder=embedder)
        self._collection.ingest(documents)
        self._answerer = ExtractiveAnswerer(max_hits=HITS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._collection.close()

    def search(self, text: str, k: int) -> list[Hit]:
        return self._collection.search(text, k)

    def case(self, kind: str, question: _Question, hits: Sequence[Hit]) -> Case:
        evidence = self._answerer.evidence(question.text, hits[:HITS], embedder=self._embedder)
        return Case(self._corpus, kind, question.id, measure(evidence))


def _squad_questions() -> list[_Question]:
    folder = shared_corpus(SQUAD)
    answerable = [_Question(item.id, item.query, item.relevant[0].doc_id, True) for item in load_golden(folder).items]
    others = [_Question(each["_id"], each["text"], each["corpus_id"], False) for each in _lines(folder / "unanswerable.jsonl")]
    return answerable + others


def _holds(hit: Hit, question: _Question, spans: Sequence[tuple[int, int]]) -> bool:
    inside = any(hit.chunk.start < end and start < hit.chunk.end for start, end in spans)
    return hit.doc_id == question.doc_id and inside


def _lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
