"""``python -m benchmarks.train_answerability``: make the weights of :mod:`retrieval.answers.answerability` anew.

From SQuAD v2 dev without the articles that are held out (a third of them), and from two corpora of another kind, so that the
weights are not those of Wikipedia alone. The sample corpus has no part in it. The same command writes the same file.
With ``--rotate`` nothing is written: each third is held out in turn, and all 5,945 unanswerable questions are asked by weights
that were made without their articles.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.answerability_data import (
    ABSENT,
    ANSWERABLE,
    HELD_OUT,
    NEAR_MISS,
    PARAGRAPH_ABSENT,
    SQUAD,
    Case,
    other_cases,
    squad_cases,
)
from benchmarks.logistic import fit
from benchmarks.vector_store import VectorStore, default_store
from benchmarks.workspace import Workspace
from eval.metrics.auroc import auroc_interval
from retrieval.answers.answerability import ANY, WEIGHTS, model_from
from retrieval.answers.features import COSINES, FEATURES

COMMAND = "python -m benchmarks.train_answerability"
EMBEDDERS = ("light", "minilm")
KINDS = (ABSENT, PARAGRAPH_ABSENT, NEAR_MISS)
REFUSED = 0.05
"""Share of the questions with an answer that the threshold refuses: a choice of how careful to be, not a measurement."""

SHARES = {SQUAD: 1.0, "chunking-evaluation": 0.25, "halueval": 0.25}
"""What a corpus counts: the others have a twelfth of the questions and no near misses."""

_THIRDS = (0, 1, 2)
_DIGITS = 4


def train(cases: Sequence[Case], names: Iterable[str]) -> dict[str, Any]:
    """The stored form of a model over the features ``names``.

    The threshold refuses :data:`REFUSED` of the questions with an answer, each corpus scored by weights that were made from the
    others, and counting as much as another: users' documents are of a kind that the weights have not seen either.
    """
    names = list(names)
    stored = _fitted(cases, names)
    answerable = [case for case in cases if case.kind == ANSWERABLE]
    found: list[tuple[float, float]] = []
    for corpus, count in Counter(case.corpus for case in answerable).items():
        others = model_from(_fitted([case for case in cases if case.corpus != corpus], names))
        found += [(others.probability(case.features), 1 / count) for case in answerable if case.corpus == corpus]
    scores, shares = np.array(found).T
    stored["threshold"] = round(_quantile(scores, shares, REFUSED), 3)
    similarities = np.array([case.features["similarity"] for case in answerable])
    stored["similarity"] = round(_quantile(similarities, _shares(answerable), 0.25), 2)
    return stored


def _fitted(cases: Sequence[Case], names: Sequence[str]) -> dict[str, Any]:
    """Weights and intercept; the threshold is still to be chosen.

    In each corpus the questions with an answer count as much as those without, and each kind of these as much as another.
    """
    values = np.array([[case.features[name] for name in names] for case in cases])
    is_answerable = np.array([case.kind == ANSWERABLE for case in cases])
    mean, scale = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    scale[scale == 0] = 1.0
    standard = np.where(np.isnan(values), 0.0, (values - mean) / scale)
    weights, intercept = fit(standard, is_answerable, _shares(cases))
    numbers = zip(names, weights, mean, scale, strict=True)
    return {
        "weights": {name: [round(float(number), _DIGITS) for number in row] for name, *row in numbers},
        "intercept": round(intercept, _DIGITS),
        "threshold": 0.0,
        "similarity": 0.0,
    }


def _shares(cases: Sequence[Case]) -> "np.ndarray[Any, np.dtype[np.float64]]":
    counts = Counter((case.corpus, case.kind) for case in cases)
    kinds = {corpus: sum((corpus, kind) in counts for kind in KINDS) for corpus, _ in counts}
    return np.array(
        [
            SHARES[case.corpus] / counts[case.corpus, case.kind] / (kinds[case.corpus] if case.kind in KINDS else 1)
            for case in cases
        ]
    )


def _quantile(values: "np.ndarray[Any, Any]", shares: "np.ndarray[Any, Any]", at: float) -> float:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(shares[order]) / shares.sum()
    return float(values[order][np.searchsorted(reached, at)])


def training_cases(workspace: Workspace, embedder: str, held_out: int) -> list[Case]:
    """Questions about the two thirds that are not held out, each asked of a collection with and of one without its article."""
    thirds = [third for third in _THIRDS if third != held_out]
    return [case for third in thirds for case in squad_cases(workspace, embedder, thirds, present=[third])]


def held_out_cases(workspace: Workspace, embedder: str, held_out: int, *, step: int = 1) -> list[Case]:
    """Questions about the third that is held out. In each collection the paragraphs of one third of the articles are absent."""
    others = [third for third in _THIRDS if third != held_out]
    absent = squad_cases(workspace, embedder, [held_out], present=others, step=step)
    return [*absent, *squad_cases(workspace, embedder, [held_out], present=[others[0], held_out], step=step)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the file of weights, or with ``--rotate`` print what held-out weights reach."""
    parser = argparse.ArgumentParser(prog=COMMAND)
    parser.add_argument("--rotate", action="store_true", help="hold out each third in turn, and write nothing")
    rotates = parser.parse_args(arguments).rotate
    folder = default_store().parent
    folder.mkdir(parents=True, exist_ok=True)
    with closing(VectorStore(default_store())) as store, tempfile.TemporaryDirectory(dir=folder) as place:
        workspace = Workspace(Path(place), store)
        if rotates:
            for embedder in EMBEDDERS:
                _rotate(workspace, embedder)
        else:
            _write(workspace)


def _write(workspace: Workspace) -> None:
    models: dict[str, Mapping[str, Any]] = {}
    everything: list[Case] = []
    for embedder in EMBEDDERS:
        cases = [*training_cases(workspace, embedder, HELD_OUT), *other_cases(workspace, embedder)]
        models[embedder] = train(cases, FEATURES)
        everything += cases
        print(embedder, Counter((case.corpus, case.kind) for case in cases), flush=True)
    models[ANY] = train(everything, [name for name in FEATURES if name not in COSINES])
    text = json.dumps({"made_by": COMMAND, "models": models}, indent=1)
    WEIGHTS.write_text(text + "\n", "utf-8")


def _rotate(workspace: Workspace, embedder: str) -> None:
    apart = list(other_cases(workspace, embedder))
    scored: list[tuple[str, float, bool]] = []
    for held_out in _THIRDS:
        model = model_from(train([*training_cases(workspace, embedder, held_out), *apart], FEATURES))
        for case in held_out_cases(workspace, embedder, held_out):
            probability = model.probability(case.features)
            scored.append((case.kind, probability, probability < model.threshold))
    answerable = [score for kind, score, _ in scored if kind == ANSWERABLE]
    refused = sum(abstains for kind, _, abstains in scored if kind == ANSWERABLE)
    print(f"{embedder}: {refused} of {len(answerable)} answerable questions refused at the stored thresholds", flush=True)
    for kind in KINDS:
        others = [score for name, score, _ in scored if name == kind]
        abstained = sum(abstains for name, _, abstains in scored if name == kind)
        area = auroc_interval(answerable, others)
        print(
            f"{embedder}: {kind}: AUROC {area.mean:.4f}, 95 % [{area.low:.4f}, {area.high:.4f}], {len(others)} questions; "
            f"precision {abstained / max(abstained + refused, 1):.3f}, recall {abstained / len(others):.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
