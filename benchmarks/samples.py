"""Quality on the sample corpus: retrieval, and abstaining from questions that the documents do not answer."""

from benchmarks.corpora import SAMPLES
from benchmarks.figures import Figure
from benchmarks.vector_store import open_stored
from benchmarks.workspace import Workspace


def measure(workspace: Workspace) -> list[Figure]:
    """recall@5 and nDCG@10 of hybrid search; precision and recall of abstaining."""
    collection, _ = open_stored(workspace.folder / "samples", workspace.store, embedder="minilm")
    with collection:
        report = collection.ingest(SAMPLES / "documents")
        result = collection.evaluate(SAMPLES / "golden.jsonl", ks=(5, 10))
    counts, abstention = result.counts, result.abstention
    note = f"{counts['queries']} questions on {len(report.rows)} documents, {counts['errors']} errors"
    scores = {
        "hybrid recall@5": (result.metrics["recall@5"].value, note, ">= 0.9"),
        "hybrid nDCG@10": (result.metrics["nDCG@10"].value, "", ""),
    }
    if abstention is not None:
        asked = f"{counts['unanswerable']} unanswerable questions"
        scores["abstention precision"] = (abstention.precision, f"{abstention.false_abstentions} false abstentions", "")
        scores["abstention recall"] = (abstention.recall, f"{abstention.missed_abstentions} missed of {asked}", "")
    # A score that does not exist is left out, and the check then says that it was not measured.
    return [Figure(name, value, "", note, target) for name, (value, note, target) in scores.items() if value is not None]
