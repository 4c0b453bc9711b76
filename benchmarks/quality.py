"""Quality on the shared corpora through the public API: title and text are one document, ranked by its best chunk."""

from collections.abc import Mapping

import ragline
from benchmarks.corpora import shared_corpus
from benchmarks.figures import Figure
from benchmarks.vector_store import open_stored
from benchmarks.workspace import Workspace
from ragline.types import SearchMode

_ALONE = {"reranker": "none", "query_expansion": "none"}
_SYSTEMS: Mapping[str, tuple[SearchMode, dict[str, str]]] = {
    "lexical": ("lexical", _ALONE),
    "vector": ("vector", _ALONE),
    "hybrid": ("hybrid", _ALONE),
    "default": ("hybrid", {}),
}
"""Mode and settings. The last one is what a user gets: hybrid, further forms of the query, the learned reranker."""

_LANGUAGES = ("zh", "ar", "es", "en")
_TARGETS = {
    "scifact lexical nDCG@10": ">= 0.685",
    "scifact vector nDCG@10": ">= 0.645",
    "scifact hybrid nDCG@10": ">= 0.717",
    "nfcorpus-preprocessed hybrid nDCG@10": ">= 0.340",
    "scifact default nDCG@10": ">= 0.735",
    "nfcorpus-preprocessed default nDCG@10": ">= 0.362",
    "squad-v2.0-dev default recall@5": ">= 0.95",
    **{f"xquad/{language} lexical recall@10": ">= 0.8" for language in _LANGUAGES},
}


def measure(workspace: Workspace) -> list[Figure]:
    """Every score of every corpus; a quick run leaves out SQuAD with its 5,928 questions."""
    figures = []
    for corpus in ("scifact", "nfcorpus-preprocessed"):
        figures += _ranking(workspace, corpus, depths=(10, 100))
    if not workspace.quick:
        squad = _ranking(workspace, "squad-v2.0-dev", depths=(5, 10))
        figures += [figure for figure in squad if "recall" in figure.name]
    for language in _LANGUAGES:
        with workspace.collection(f"xquad/{language}", embedder="light") as collection:  # any will do: no vector is asked for
            found = _scores(collection, f"xquad/{language}", "lexical", (10,), "lexical")
        figures += [figure for figure in found if "recall@10" in figure.name]
    return figures


def _ranking(workspace: Workspace, corpus: str, *, depths: tuple[int, ...]) -> list[Figure]:
    with workspace.collection(corpus, embedder="minilm") as collection:
        folder = collection.folder
    figures = []
    for name, (mode, settings) in _SYSTEMS.items():
        with open_stored(folder, workspace.store, create=False, **settings)[0] as collection:
            figures += _scores(collection, corpus, mode, depths, name)
    return figures


def _scores(
    collection: ragline.Collection, corpus: str, mode: SearchMode, depths: tuple[int, ...], system: str
) -> list[Figure]:
    """nDCG@10 and recall at each depth, each depth asked for on its own.

    Asked together, the deepest one would decide how many candidates the legs bring, and the first ten of a hybrid ranking
    would not be those that a user gets who asks for ten.
    """
    figures = []
    for depth in depths:
        result = collection.evaluate(shared_corpus(corpus), mode=mode, answers=False, ks=(depth,))
        for metric in (f"nDCG@{depth}", f"recall@{depth}") if depth == 10 else (f"recall@{depth}",):
            score = result.metrics[metric]
            if score.value is not None:
                name = f"{corpus} {system} {metric}"
                interval = f"{score.scored:,} of {score.total:,} queries, 95 % [{score.low:.3f}, {score.high:.3f}]"
                figures.append(Figure(name, score.value, "", interval, _TARGETS.get(name, "")))
    return figures
