"""What ``make demo`` shows: the sample corpus ingested, searched, answered from and measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from api import render, render_answer, render_search

if TYPE_CHECKING:
    from api.collection import Collection

SEARCH = "error code E-4012"
QUESTIONS = ("What does error E-5107 mean?", "How often does the HX-300 need calibration?", "What does the cafeteria serve?")


def run_demo(collection: Collection, samples: Path, report: Path) -> None:
    """Ingest, search, ask and evaluate, and name the next three commands to try."""
    documents = samples / "documents"
    render.heading(f"1. ragline ingest {documents}")
    with render.ingest_progress() as progress:
        render.ingest_report(collection.ingest(documents, progress=progress))
    render.line(f"embedder: {collection.configuration.embedder}, computed by {collection.embedder.runtime}")

    render.heading(f"2. ragline search {SEARCH!r}")
    render_search.hits(collection.search(SEARCH, 3), SEARCH)

    render.heading("3. ragline ask")
    for question in QUESTIONS:
        render.line(f"\n? {question}")
        render_answer.answer(collection.answer(question))

    render.heading(f"4. ragline eval {samples / 'golden.jsonl'}")
    with render.query_progress("evaluate") as progress:
        render.evaluation(collection.evaluate(samples / "golden.jsonl", reports=report, progress=progress))

    render.heading("Next, with your own documents (the command is .venv/bin/ragline):")
    render.line("  ragline ingest path/to/your/documents --kb kb")
    render.line('  ragline ask "your question" --kb kb')
    render.line('  ragline search "your words" --kb kb --explain')
