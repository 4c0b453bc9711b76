"""What widening an answer's passages does to extractive answers, on SQuAD's articles and on the samples.

SQuAD's paragraphs are put together again to the articles they come from, so that a passage has something around it. An answer
counts as right when it holds one of the expected ones.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import ragline
from benchmarks.corpora import SAMPLES, documents_of, shared_corpus
from benchmarks.figures import Figure
from benchmarks.vector_store import open_stored
from benchmarks.workspace import Workspace
from eval.golden import load_golden
from ragline.settings import choices_of
from ragline.types import Document

QUESTIONS = 400  # every n-th answerable one, and as many that have no answer
Question = tuple[str, Sequence[str]]


def measure(workspace: Workspace) -> list[Figure]:
    """Right answers and right abstentions with each expansion."""
    limit = 60 if workspace.quick else QUESTIONS
    figures = []
    with _squad(workspace) as collection:
        figures += _compared(collection, "squad articles", _squad_questions(limit))
    with _samples(workspace) as collection:
        golden = load_golden(SAMPLES / "golden.jsonl").items
        quotes = [
            (item.query, [found.quote for found in item.relevant if found.quote] if item.answerable else []) for item in golden
        ]
        figures += _compared(collection, "samples", quotes)
    return figures


def _compared(collection: ragline.Collection, name: str, questions: Sequence[Question]) -> list[Figure]:
    figures = []
    usual = collection.settings
    for expansion in choices_of("context_expansion"):
        collection.settings = replace(usual, context_expansion=expansion)
        right = abstained = citations = 0
        for query, expected in questions:
            answer = collection.answer(query)
            quotes = [" ".join(citation.quote.split()) for citation in answer.citations]
            citations += len(quotes)
            if not expected:
                abstained += answer.abstained
            elif not answer.abstained:
                right += any(_holds(quote, text) for quote in quotes for text in expected)
        answerable = sum(bool(expected) for _, expected in questions)
        note = f"of {answerable} questions; {abstained} of {len(questions) - answerable} others refused; {citations} citations"
        figures.append(Figure(f"{name} right answers, {expansion}", right / answerable, "", note))
    collection.settings = usual
    return figures


def _holds(quote: str, expected: str) -> bool:
    """Whether one holds the other: a quote of the golden set may be longer or shorter than the sentence that was cited."""
    wanted = " ".join(expected.split())
    return wanted.casefold() in quote.casefold() or (len(quote) > 20 and quote.casefold() in wanted.casefold())


@contextmanager
def _squad(workspace: Workspace) -> Iterator[ragline.Collection]:
    articles: dict[str, list[str]] = {}
    for paragraph in documents_of("squad-v2.0-dev"):
        articles.setdefault(paragraph.title, []).append(paragraph.text.removeprefix(paragraph.title).strip())
    with open_stored(workspace.folder / "articles", workspace.store, embedder="minilm")[0] as collection:
        collection.ingest([Document(title, "\n\n".join(texts), title) for title, texts in articles.items()])
        yield collection


@contextmanager
def _samples(workspace: Workspace) -> Iterator[ragline.Collection]:
    with open_stored(workspace.folder / "samples", workspace.store, embedder="minilm")[0] as collection:
        collection.ingest(SAMPLES / "documents")
        yield collection


def _squad_questions(limit: int) -> list[Question]:
    folder = shared_corpus("squad-v2.0-dev")
    found: list[Question] = []
    for name in ("queries.jsonl", "unanswerable.jsonl"):
        rows = [json.loads(line) for line in Path(folder / name).read_text("utf-8").splitlines()]
        chosen = rows[:: max(1, len(rows) // limit)][:limit]
        found += [(row["text"], row.get("answers", []) if name == "queries.jsonl" else []) for row in chosen]
    return found
