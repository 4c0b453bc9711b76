"""What an ingest costs beyond the encoder, what a second one costs, and what it takes to come back: SciFact with MiniLM."""

import time
from pathlib import Path
from statistics import median

import ragline
from benchmarks.child import run_child
from benchmarks.corpora import documents_of, queries_of
from benchmarks.figures import Figure
from benchmarks.vector_store import StoredEmbedder, VectorStore, open_stored
from benchmarks.workspace import Workspace
from ingestion.embedded import embedded_text
from ragline.types import Document

_QUICK_STEP = 10  # a quick run takes every tenth document
_RUNS = 3


def measure(workspace: Workspace) -> list[Figure]:
    """Every figure of the suite. A quick run takes 519 documents; its figures have no targets, which are for 5,183."""
    step = _QUICK_STEP if workspace.quick else 1
    documents = documents_of("scifact")[::step]
    place = workspace.folder / "ingest"
    figures = _real(place, documents, workspace.store)
    figures += _overhead(workspace.folder, step)
    figures += _again(place, documents, workspace.store)
    figures += _tree_again(workspace.folder, documents)
    figures += _reopening(place)
    figures += _memory(place)
    return [Figure(f.name, f.value, f.unit, f.note) for f in figures] if workspace.quick else figures


def _real(place: Path, documents: list[Document], store: VectorStore) -> list[Figure]:
    """A first ingest with the real encoder, then the encoder alone on the very same texts."""
    with ragline.open(place, embedder="minilm") as collection:
        embedder = collection.embedder
        embedder.embed_documents(queries_of("scifact"))  # loaded and warm before the clock runs
        started, cpu_started = time.perf_counter(), time.process_time()
        report = collection.ingest(documents)
        wall, cpu = time.perf_counter() - started, time.process_time() - cpu_started
        chunks = [chunk for doc_id in collection.document_ids() for chunk in collection.chunks(doc_id)]
        size = collection.stats()["bytes_on_disk"]
    texts = list(dict.fromkeys(map(embedded_text, chunks)))
    started, cpu_started = time.perf_counter(), time.process_time()
    vectors = embedder.embed_documents(texts)
    bare, bare_cpu = time.perf_counter() - started, time.process_time() - cpu_started
    store.put(StoredEmbedder(embedder, store).space, texts, vectors)  # for the measures below
    note = f"{len(documents):,} documents, {len(chunks):,} chunks, {embedder.runtime}"
    inside = report.embedding_seconds
    work = f"{cpu:.1f} s / {bare_cpu:.1f} s of all cores: steady where other work takes turns on the machine"
    return [
        Figure("ingest", wall, "s", note),
        Figure("ingest / bare encoder", wall / bare, "x", f"{wall:.1f} s / {bare:.1f} s, one after the other", "<= 1.10"),
        Figure("ingest / bare encoder, processor time", cpu / bare_cpu, "x", work),
        Figure("ingest / encoder inside it", wall / inside, "x", f"{wall:.1f} s / {inside:.1f} s, noise on both alike"),
        Figure("ingest rate", len(documents) / wall, "1/s", "documents a second, encoder included"),
        Figure("on disk", size / 1e6, "MB"),
    ]


def _overhead(folder: Path, step: int) -> list[Figure]:
    """Wall time of a durable ingest less the time in the embedder, vectors from the store, a fresh process each time."""
    runs = [run_child("overhead", folder / f"overhead-{number}", step) for number in range(_RUNS)]
    beyond = [run["wall_s"] - run["embedding_s"] for run in runs]
    each = " / ".join(f"{seconds:.2f}" for seconds in beyond)
    note = f"{runs[0]['documents']:,.0f} documents, {runs[0]['chunks']:,.0f} chunks; runs {each}"
    return [Figure("ingest beyond the encoder", median(beyond), "s", note, "<= 1.5")]


def _again(place: Path, documents: list[Document], store: VectorStore) -> list[Figure]:
    collection, embedder = open_stored(place, store)
    with collection:
        started = time.perf_counter()
        report = collection.ingest(documents)
        seconds = time.perf_counter() - started
    note = f"{report.counts['unchanged']:,} of {len(documents):,} unchanged"
    return [
        Figure("second ingest, documents", seconds, "s", note, "<= 3.0"),
        Figure("second ingest, documents: embed calls", embedder.calls, "calls", "", "<= 0"),
    ]


def _tree_again(folder: Path, documents: list[Document]) -> list[Figure]:
    """The same for files. Nothing is embedded the second time, so the light embedder does for the first."""
    tree, place = folder / "tree", folder / "tree-kb"
    tree.mkdir()
    for document in documents:
        (tree / f"{document.id}.txt").write_text(f"{document.title}\n\n{document.text}\n", "utf-8")
    with ragline.open(place, embedder="light") as collection:
        collection.ingest(tree)
    with ragline.open(place) as collection:
        started = time.perf_counter()
        report = collection.ingest(tree)
        seconds = time.perf_counter() - started
    note = f"{report.counts['unchanged']:,} of {len(documents):,} unchanged"
    return [
        Figure("second ingest, folder of .txt", seconds, "s", note, "<= 3.0"),
        Figure("second ingest, folder of .txt: chunks embedded", report.embedded, "chunks", "", "<= 0"),
    ]


def _reopening(place: Path) -> list[Figure]:
    query = queries_of("scifact")[0]
    runs = [run_child("reopen", place, query) for _ in range(_RUNS)]
    first = median(run["open_s"] + run["first_s"] for run in runs)
    parts = {part: median(run[part] for run in runs) for part in ("open_s", "first_s", "embedding_s")}
    note = "opening {open_s:.3f} s, first hybrid hits {first_s:.3f} s, of which the query's vector {embedding_s:.3f} s".format(
        **parts
    )
    return [
        Figure("reopen to first hit", first, "s", note, "<= 0.25"),
        Figure("model load", median(run["model_s"] for run in runs), "s", "imports included; not part of the above"),
    ]


def _memory(place: Path) -> list[Figure]:
    found = run_child("memory", place)
    note = f"model alone {found['model_mb']:.0f} MB, after 300 hybrid searches {found['whole_mb']:.0f} MB"
    return [Figure("memory above the model", found["whole_mb"] - found["model_mb"], "MB", note)]
