"""``python -m benchmarks.rerank_training``: make the weights of the learned reranker from the shared *train* splits.

Says what it was fitted to, and writes ``retrieval/rerankers/learned-v1.json``; with ``--check`` it only compares. The vectors
of queries and documents are kept between runs (``benchmarks/vector_store.py``); the fit itself draws nothing at random.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import ragline
from benchmarks.corpora import ROOT, shared_corpus
from benchmarks.vector_store import VectorStore, default_store
from benchmarks.workspace import Workspace
from eval.golden import GoldenSet, load_golden
from eval.reranking.examples import Example, examples_of
from eval.reranking.fit import DECIMALS, fit
from retrieval.hybrid import HybridRetriever
from retrieval.rerankers.base import Reranker
from retrieval.rerankers.weights import ANY_EMBEDDER, FILE, Weights

SETS = ("scifact", "nfcorpus-preprocessed")
"""The shared sets that have a train split."""

EMBEDDERS = ("minilm", "light")
COMMAND = "python -m benchmarks.rerank_training"

FEEDBACK_SHARE = 0.25
"""How much of the fitted weight of feedback is kept. In both train sets most queries have several right documents, which
speaks for what is like the best; with all of it, questions that have one right passage lose (decision 0029)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit and write; returns the exit code: 1 where ``--check`` finds other weights than those that are kept."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Fit the learned reranker to the shared train splits.")
    parser.add_argument("--out", type=Path, default=ROOT / "retrieval" / "rerankers" / FILE, help="the file to write")
    parser.add_argument("--check", action="store_true", help="write nothing, and fail where the file holds other weights")
    options = parser.parse_args(arguments)
    with closing(VectorStore(default_store())) as store, tempfile.TemporaryDirectory(dir=default_store().parent) as folder:
        examples = {name: training_examples(Workspace(Path(folder), store), name) for name in EMBEDDERS}
    made = _document(examples)
    for name, weights in made["weights"].items():
        print(f"{name:<8} {weights}")
    if options.check:
        kept = json.loads(options.out.read_text("utf-8"))
        print("the same" if kept == made else f"{options.out} holds other weights: run {COMMAND}")
        return 0 if kept == made else 1
    options.out.write_text(json.dumps(made, indent=2) + "\n", "utf-8")
    print(f"written: {options.out}")
    return 0


def training_examples(workspace: Workspace, embedder: str, sets: Iterable[str] = SETS) -> dict[str, list[Example]]:
    """The examples of the train split of each set."""
    found = {}
    for corpus in sets:
        golden = load_golden(shared_corpus(corpus), split="train")
        with workspace.collection(corpus, embedder=embedder) as collection:
            found[corpus] = collected(collection, golden)
        print(f"{embedder}: {corpus} train, {len(golden)} queries, {len(found[corpus])} of them with candidates", flush=True)
    return found


def collected(collection: ragline.Collection, golden: GoldenSet) -> list[Example]:
    """The examples of a golden set in a collection."""
    space = collection._serving.space()

    def retriever_with(reranker: Reranker) -> HybridRetriever:
        return HybridRetriever(space.store, lambda: space.embedder, collection.settings, reranker=reranker)

    return examples_of(golden, retriever_with, depth=collection.settings.rerank_depth)


def release_fit(sets: Sequence[Sequence[Example]]) -> Weights:
    """The weights that come with Ragline, from these sets: :func:`eval.reranking.fit.fit`, and less feedback."""
    weights = fit(sets)
    return replace(weights, feedback=round(FEEDBACK_SHARE * weights.feedback, DECIMALS))


def _document(examples: Mapping[str, Mapping[str, list[Example]]]) -> dict[str, Any]:
    weights: dict[str, Weights] = {name: release_fit(list(sets.values())) for name, sets in examples.items()}
    weights[ANY_EMBEDDER] = release_fit([each for sets in examples.values() for each in sets.values()])
    trained_on = {f"{corpus} train": len(each) for corpus, each in examples[EMBEDDERS[0]].items()}
    return {
        "format": 1,
        "made_by": COMMAND,
        "trained_on": trained_on,
        "weights": {name: each.json() for name, each in sorted(weights.items())},
    }


if __name__ == "__main__":
    sys.exit(main())
