"""What a suite gets to work with."""

from dataclasses import dataclass
from pathlib import Path

import ragline
from benchmarks.corpora import documents_of
from benchmarks.vector_store import VectorStore, open_stored
from ragline.errors import InputError


@dataclass(frozen=True, slots=True)
class Workspace:
    """``folder`` is an empty folder on a real disk (an fsync has to cost what it costs); ``quick`` asks for a shorter run."""

    folder: Path
    store: VectorStore
    quick: bool = False

    def collection(self, corpus: str, *, embedder: str) -> ragline.Collection:
        """The collection of a shared corpus, title and text as one document; its vectors may be kept ones."""
        place = self.folder / f"{corpus.replace('/', '-')}-{embedder}"
        documents = documents_of(corpus)  # first of all: it raises where the corpus is absent
        collection, _ = open_stored(place, self.store, embedder=embedder)
        report = collection.ingest(documents)
        if report.failures:
            raise InputError(
                f"{corpus}: {len(report.failures)} documents failed, first {report.failures[0]}. Correct the corpus."
            )
        return collection
