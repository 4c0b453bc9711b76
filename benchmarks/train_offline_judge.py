"""``python -m benchmarks.train_offline_judge``: make the weights of the offline judge, and measure how it agrees with people.

Fitted to the halves of QAGS and HaluEval that are not held out (halves by document), to statements written for this, and to
SQuAD's sentences with something altered (:mod:`benchmarks.offline_judge_data`). Agreement is measured on the halves held out.
Writes ``eval/judges/offline/weights.json`` and ``agreement.json``; the same command writes the same files.
"""

import json
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from benchmarks.offline_judge_data import is_held_out
from benchmarks.offline_judge_figures import area, balance, interval, matched_area, overlap, told
from benchmarks.offline_judge_fit import Measured, fitted, judged_sets, made_sets, training_half
from benchmarks.vector_store import StoredEmbedder, VectorStore, default_store
from eval.bootstrap import Interval
from eval.judges.offline.agreement import AGREEMENT
from eval.judges.offline.model import ANY, WEIGHTS, ClaimModel, model_from
from indexes.embedders.registry import load_embedder

COMMAND = "python -m benchmarks.train_offline_judge"
EMBEDDERS = ("light", "minilm")

LABELS = {
    "qags": ("QAGS CNN/DM, held-out half", "sentences of summaries of news, each judged by three people"),
    "halueval": (
        "HaluEval QA, held-out half",
        "no people: right answers and invented ones of a model; right ones are short copies, "
        "so that overlap alone tells them apart",
    ),
}
"""Name and note of each set that agreement is measured on."""


def agreement(model: ClaimModel, claims: Sequence[Measured]) -> list[dict[str, Any]]:
    """The stored form of :class:`eval.judges.base.HumanAgreement` on the held-out half of each set."""
    found = []
    for source, (name, note) in LABELS.items():
        held_out = [each for each in claims if each.example.source == source and is_held_out(each.example.document)]
        examples = [each.example for each in held_out]
        scores = told(examples, [model.probability(each.features) for each in held_out])
        plain = area(told(examples, [overlap(each) for each in examples]))
        found.append(
            {
                "data_set": name,
                "items": len(examples),
                "balanced_accuracy": _stored(interval(scores, balance)),
                "auroc": _stored(interval(scores, area)),
                "auroc_length_matched": _stored(interval(scores, matched_area)),
                "note": f"{note}; plain overlap of words has an AUROC of {plain:.2f} there",
            }
        )
    return found


def _stored(figure: Interval) -> list[float]:
    return [round(each, 4) for each in (figure.mean, figure.low, figure.high)]


def main() -> None:
    """Write both files, and print what was measured."""
    models: dict[str, dict[str, Any]] = {}
    agreements: dict[str, list[dict[str, Any]]] = {}
    with closing(VectorStore(default_store())) as store:
        for name in EMBEDDERS:
            embedder = StoredEmbedder(load_embedder(name), store)
            judged, made = judged_sets(embedder), made_sets(embedder)
            for key, with_meaning in ((name, True), *(((ANY, False),) if name == EMBEDDERS[0] else ())):
                models[key] = fitted([*training_half(judged), *made], with_meaning=with_meaning)
                agreements[key] = agreement(model_from(key, models[key]), judged)
                print(key or "without an embedder", json.dumps(agreements[key], indent=1), flush=True)
    WEIGHTS.write_text(json.dumps({"made_by": COMMAND, "models": models}, indent=1) + "\n", "utf-8")
    AGREEMENT.write_text(json.dumps({"made_by": COMMAND, "models": agreements}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
