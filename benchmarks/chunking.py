"""Every chunker, and those of peers, on questions whose answers are known to the character.

Chroma's chunking evaluation: 5 long documents, 472 questions with 790 exact spans. Each chunker makes chunks of at most so
many tokens, all are embedded by MiniLM, and for each question the 5 nearest by cosine are what a reader gets.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.corpora import shared_corpus
from benchmarks.figures import Figure
from benchmarks.peer_chunkers import WITHOUT_OVERLAP, clipped, located, peers
from benchmarks.span_scores import SpanScores, mean_scores, span_scores
from benchmarks.vector_store import StoredEmbedder
from benchmarks.workspace import Workspace
from eval.metrics.span_recall import Span
from indexes.embedders.registry import load_embedder
from ingestion.chunkers.registry import CHUNKERS, make_chunker
from ingestion.parsers.text import parse_plain_text

_CORPUS = "chunking-evaluation"
_SIZES = (128, 250)
_OVERLAPS = (0.0, 0.15)
_K = 5
# What the structure-aware chunker may be behind the best in recall.
_RECALL_MARGIN = 0.01

Chunks = list[tuple[Span, str]]
"""Where each chunk stands, and what is embedded for it."""


@dataclass(frozen=True, slots=True)
class Question:
    query: str
    answer: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A chunker at a size: its scores, how many chunks it made, and their mean length in characters."""

    name: str
    size: int
    overlap: float
    scores: SpanScores
    count: int
    chars: float


def measure(workspace: Workspace) -> list[Figure]:
    """Recall, precision and IoU of each chunker at each size and overlap; a quick run takes one size and no overlap."""
    folder = shared_corpus(_CORPUS)
    documents = {item["_id"]: item["text"] for item in map(json.loads, (folder / "corpus.jsonl").open(encoding="utf-8"))}
    questions = [_question(item) for item in map(json.loads, (folder / "queries.jsonl").open(encoding="utf-8"))]
    embedder = StoredEmbedder(load_embedder("minilm"), workspace.store)
    queries = np.stack([embedder.embed_query(question.query) for question in questions])
    results = []
    for size in _SIZES[:1] if workspace.quick else _SIZES:
        for overlap in _OVERLAPS[:1] if workspace.quick else _OVERLAPS:
            for name, split in _chunkers(embedder, size, overlap).items():
                if split is None:
                    print(f"  {name}: absent; install the extra bench", flush=True)
                    continue
                chunks = split(documents)
                results.append(_result(name, size, overlap, chunks, embedder, queries, questions))
    print(table(results), flush=True)
    return figures(results)


def table(results: Sequence[Result]) -> str:
    """The results as a Markdown table."""
    lines = [
        "| size | overlap | chunker | chunks | mean chars | recall | precision | IoU |",
        "|--:|--:|---|--:|--:|--:|--:|--:|",
    ]
    for each in results:
        scores = f"{each.scores.recall:.4f} | {each.scores.precision:.4f} | {each.scores.iou:.4f}"
        lines.append(f"| {each.size} | {each.overlap} | {each.name} | {each.count:,} | {each.chars:.0f} | {scores} |")
    return "\n".join(lines)


def figures(results: Sequence[Result]) -> list[Figure]:
    """Recall and IoU of all. Without overlap, two of ours are held to the peers at the same size.

    The structure-aware chunker has to find nearly as much as the best of them, and more precisely than those that do; the
    semantic one has to be the most precise of all, and to find more than the peer that is next.
    """
    found = []
    for each in results:
        label = f"{each.name}, {each.size} tokens" + (f", overlap {each.overlap}" if each.overlap else "")
        note = f"{each.count:,} chunks of {each.chars:.0f} characters, precision {each.scores.precision:.4f}"
        others = [
            other
            for other in results
            if (other.size, other.overlap) == (each.size, each.overlap) and other.name not in CHUNKERS
        ]
        recall_target = iou_target = ""
        if others and not each.overlap and each.name == "structure":
            least = max(other.scores.recall for other in others) - _RECALL_MARGIN
            recall_target = f">= {least:.4f}"
            iou_target = f">= {max(other.scores.iou for other in others if other.scores.recall >= least):.4f}"
        elif others and not each.overlap and each.name == "semantic":
            precise = max(others, key=lambda other: other.scores.iou)
            recall_target, iou_target = f">= {precise.scores.recall:.4f}", f">= {precise.scores.iou:.4f}"
        found.append(Figure(f"{label}: recall@{_K}", each.scores.recall, "", note, recall_target))
        found.append(Figure(f"{label}: IoU@{_K}", each.scores.iou, "", "", iou_target))
    return found


def _question(item: dict[str, Any]) -> Question:
    spans = (Span(item["corpus_id"], each["start_index"], each["end_index"]) for each in item["references"])
    return Question(item["text"], tuple(spans))


def _chunkers(embedder: StoredEmbedder, size: int, overlap: float) -> dict[str, Callable[[dict[str, str]], Chunks] | None]:
    """Ours, then the peers that know this overlap."""
    found: dict[str, Callable[[dict[str, str]], Chunks] | None] = {}
    for name in CHUNKERS:
        chunker = make_chunker(name, embedder, size, overlap, embedder.embed_documents)
        found[name] = lambda documents, chunker=chunker: _own_chunks(documents, chunker)  # type: ignore[misc]
    for name, make in peers().items():
        if overlap and name in WITHOUT_OVERLAP:
            continue
        split = None if make is None else make(embedder, size, overlap)
        found[name] = None if split is None else lambda documents, split=split: _peer_chunks(documents, split)  # type: ignore[misc]
    return found


def _own_chunks(documents: dict[str, str], chunker: Any) -> Chunks:
    """The documents are read as plain text without a title, which the peers do not get either."""
    chunks = []
    for doc_id, text in documents.items():
        for span in chunker.chunk(parse_plain_text(text)):
            body = text[span.start : span.end]
            chunks.append((Span(doc_id, span.start, span.end), f"{span.context}\n{body}" if span.context else body))
    return chunks


def _peer_chunks(documents: dict[str, str], split: Callable[[str], Sequence[str]]) -> Chunks:
    return [
        (Span(doc_id, start, end), text[start:end])
        for doc_id, text in documents.items()
        for start, end in located(text, split(text))
    ]


def _result(
    name: str,
    size: int,
    overlap: float,
    chunks: Chunks,
    embedder: StoredEmbedder,
    queries: "np.ndarray[Any, np.dtype[np.float32]]",
    questions: Sequence[Question],
) -> Result:
    vectors = embedder.embed_documents(clipped(embedder, [text for _, text in chunks]))
    ranked = np.argsort(-(queries @ vectors.T), axis=1, kind="stable")[:, :_K]
    scores = [
        span_scores([chunks[index][0] for index in row], question.answer)
        for row, question in zip(ranked.tolist(), questions, strict=True)
    ]
    chars = sum(span.end - span.start for span, _ in chunks) / len(chunks)
    return Result(name, size, overlap, mean_scores(scores), len(chunks), chars)
