"""What a migration would take, from a sample of the documents."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from indexes.catalog.reader import CatalogReader
from indexes.embedders.base import Embedder
from indexes.migration.bring import Bringer

SAMPLE_DOCUMENTS = 32
SAMPLE_CHUNKS = 64
"""Enough to see the speed of an encoder; 64 chunks take MiniLM a second."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Estimates: chunks, seconds of one process, and documents by the way in which their structure would be found."""

    chunks: int
    seconds: float
    ways: Mapping[str, int]


def forecast(catalog: CatalogReader, bringer: Bringer, embedder: Embedder | None) -> Forecast:
    """Bring every n-th document, embed some of what comes of it, and draw the line on by characters.

    Without an embedder the vectors are taken over.
    """
    doc_ids = catalog.document_ids()
    total = catalog.characters()
    if not doc_ids:
        return Forecast(0, 0.0, {})
    picked = doc_ids[:: max(1, len(doc_ids) // SAMPLE_DOCUMENTS)][:SAMPLE_DOCUMENTS]
    versions = [version for doc_id in picked if (version := catalog.version(doc_id)) is not None]
    started = time.perf_counter()
    brought = list(bringer.bring(versions))
    chunking_s = time.perf_counter() - started
    texts = [text for each in brought for text in each.texts.values()]
    share = total / max(1, sum(len(version.text) for version in versions))
    sample = texts[:: max(1, len(texts) // SAMPLE_CHUNKS)][:SAMPLE_CHUNKS]
    started = time.perf_counter()
    if embedder is not None:
        embedder.embed_documents(sample)
    embedding_s = (time.perf_counter() - started) / max(1, len(sample))
    chunks = round(share * sum(len(each.version.chunks) for each in brought))
    ways = Counter(each.way for each in brought)
    scaled: dict[str, int] = {way: round(number * len(doc_ids) / len(brought)) for way, number in sorted(ways.items())}
    return Forecast(chunks, share * (chunking_s + embedding_s * len(texts)), scaled)
