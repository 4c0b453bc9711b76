"""A manual in 16 releases, 8,580 files: ingest, near-duplicates against their true share, and a search that shows each once."""

import tarfile
import time
from pathlib import Path
from statistics import mean, median

import ragline
from benchmarks.child import run_child
from benchmarks.corpora import shared_file
from benchmarks.duplicate_truth import page_of, repeated_words, true_leaders
from benchmarks.figures import Figure
from benchmarks.workspace import Workspace
from indexes.duplicate_report import DuplicateReport, Unit
from ingestion.duplicates.clusters import DEFAULT_THRESHOLD
from ingestion.embedded import embedded_text
from ragline.types import Hit

_ARCHIVE = "docs-haystack-all-versions.tar.xz"
_QUICK = ("docs", "versioned_docs/version-3.0", "versioned_docs/version-2.31")
_K = 10
_QUERIES = (
    "How do I create a custom component?",
    "OpenAIGenerator streaming callback",
    "filter documents by metadata in a document store",
    "serialize a pipeline to YAML",
    "evaluate a RAG pipeline with faithfulness",
    "install haystack with pip",
    "PromptBuilder template variables",
    "sentence transformers embedder on GPU",
)
_ROUNDS = 5


def measure(workspace: Workspace) -> list[Figure]:
    """Every figure of the suite. A quick run takes three releases of the manual, without its API reference."""
    with tarfile.open(shared_file(_ARCHIVE)) as archive:
        archive.extractall(workspace.folder, filter="data")
    source = workspace.folder / _ARCHIVE.removesuffix(".tar.xz")
    place = workspace.folder / "manual"
    folders = [source / name for name in _QUICK] if workspace.quick else [source]
    figures = _ingest(place, source.parent, folders)
    with ragline.open(place, create=False) as collection:
        compared_ms = _times(collection, collapse=True)
        figures += _documents(collection)
        figures += _chunks(collection)
        figures += _search(collection, not_linked_ms=compared_ms)
    return figures


def _ingest(place: Path, root: Path, folders: list[Path]) -> list[Figure]:
    """In a process of its own, so that its peak memory is that of the ingest."""
    run = run_child("tree", place, root, *folders)
    note = f"{run['files'] / run['wall_s']:.0f} files a second; {run['embedding_s']:.1f} s in the light embedder"
    return [
        Figure("ingest", run["wall_s"], "s", note),
        Figure("files", run["files"], "files", f"{run['failed']:.0f} failed"),
        Figure("chunks", run["chunks"], "chunks", f"{run['embedded']:,.0f} embedded: equal texts share a vector"),
        Figure("peak memory of the parent", run["peak_mb"], "MB", "", "<= 1500"),
    ]


def _documents(collection: ragline.Collection) -> list[Figure]:
    ids = collection.document_ids()
    texts = [document.text for document in map(collection.get, ids) if document is not None]
    pages = len(set(map(page_of, ids)))
    bounds = (
        f"{repeated_words(texts):.3f} of all words stand in paragraphs that came up before; one document a page would be "
        f"{1 - pages / len(ids):.3f}"
    )
    return _figures(collection, "document", texts, bounds)


def _chunks(collection: ragline.Collection) -> list[Figure]:
    texts = [embedded_text(chunk) for doc_id in collection.document_ids() for chunk in collection.chunks(doc_id)]
    return _figures(collection, "chunk", texts, f"equal texts alone {1 - len(set(texts)) / len(texts):.3f}")


def _figures(collection: ragline.Collection, unit: Unit, texts: list[str], note: str) -> list[Figure]:
    first, again = collection.duplicates(unit=unit), collection.duplicates(unit=unit)
    blank = sum(not text.strip() for text in texts)
    distinct = [text for text in dict.fromkeys(texts) if text.strip()]
    true = 1 - (true_leaders(distinct, first.threshold) + blank) / len(texts)
    return [
        Figure(f"{unit}s: near-duplicates", first.share, "", _found(first)),
        Figure(f"{unit}s: true share", true, "", note),
        Figure(f"{unit}s: off by", abs(first.share - true), "", "", "<= 0.005"),
        Figure(f"{unit}s: analysis", first.seconds, "s", f"{again.seconds:.1f} s a second time", "<= 60"),
    ]


def _found(report: DuplicateReport) -> str:
    return f"{report.redundant:,} of {report.items:,}, {len(report.clusters):,} clusters, {report.texts:,} different texts"


def _search(collection: ragline.Collection, *, not_linked_ms: float) -> list[Figure]:
    found = {collapse: [collection.search(query, _K, collapse=collapse) for query in _QUERIES] for collapse in (False, True)}
    distinct = {collapse: mean(map(_distinct, found[collapse])) for collapse in found}
    pages = {collapse: mean(len({page_of(hit.doc_id) for hit in hits}) for hits in found[collapse]) for collapse in found}
    stands_for = mean(len(hit.duplicates) for hits in found[True] for hit in hits)
    print(f"    {_QUERIES[0]}\n{_shown(found[False][0])}\n    collapsed:\n{_shown(found[True][0])}")
    plain_ms, linked_ms = _times(collection, collapse=False), _times(collection, collapse=True)
    return [
        Figure("distinct passages among 10 hits", distinct[False], "", f"of {pages[False]:.1f} pages; {len(_QUERIES)} queries"),
        Figure(
            "distinct passages among 10 hits, collapsed",
            distinct[True],
            "",
            f"of {pages[True]:.1f} pages; each stands for {stands_for:.1f} more documents",
            ">= 0.95",
        ),
        Figure("hits, collapsed", min(map(len, found[True])), "hits", "the fewest of a query", f">= {_K}"),
        Figure("search", plain_ms, "ms", "median, hybrid, k = 10"),
        Figure("search, collapsed by links", linked_ms, "ms", f"{not_linked_ms:.2f} ms before the analysis, texts compared"),
    ]


def _distinct(hits: list[Hit]) -> float:
    """The share of hits that are no near-duplicates of a better one."""
    return true_leaders([embedded_text(hit.chunk) for hit in hits], DEFAULT_THRESHOLD) / len(hits)


def _shown(hits: list[Hit]) -> str:
    return "\n".join(f"      {hit.doc_id.partition('/')[2]}  +{len(hit.duplicates)}" for hit in hits)


def _times(collection: ragline.Collection, *, collapse: bool) -> float:
    """Milliseconds of a search, the median over all queries after one round to warm up."""
    taken = []
    for number in range(1 + _ROUNDS):
        for query in _QUERIES:
            started = time.perf_counter()
            collection.search(query, _K, collapse=collapse)
            if number:
                taken.append((time.perf_counter() - started) * 1000)
    return median(taken)
