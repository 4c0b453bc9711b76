"""Quality on the shared corpora through the public API: title and text are one document, ranked by its best chunk."""

import ragline
from benchmarks.corpora import shared_corpus
from benchmarks.figures import Figure
from benchmarks.workspace import Workspace
from ragline.types import SearchMode

_MODES: tuple[SearchMode, ...] = ("lexical", "vector", "hybrid")
_LANGUAGES = ("zh", "ar", "es", "en")
_TARGETS = {
    "scifact lexical nDCG@10": ">= 0.685",
    "scifact vector nDCG@10": ">= 0.645",
    "scifact hybrid nDCG@10": ">= 0.717",
    "nfcorpus-preprocessed hybrid nDCG@10": ">= 0.340",
    **{f"xquad/{language} lexical recall@10": ">= 0.8" for language in _LANGUAGES},
}


def measure(workspace: Workspace) -> list[Figure]:
    """Every score of every corpus; a quick run leaves out SQuAD with its 5,928 questions."""
    figures = []
    for corpus in ("scifact", "nfcorpus-preprocessed"):
        figures += _ranking(workspace, corpus, depths=(10, 100))
    if not workspace.quick:
        squad = _ranking(workspace, "squad-v2.0-dev", depths=(10,))
        figures += [figure for figure in squad if "recall@10" in figure.name]
    for language in _LANGUAGES:
        with workspace.collection(f"xquad/{language}", embedder="light") as collection:  # any will do: no vector is asked for
            found = _scores(collection, f"xquad/{language}", "lexical", (10,))
        figures += [figure for figure in found if "recall@10" in figure.name]
    return figures


def _ranking(workspace: Workspace, corpus: str, *, depths: tuple[int, ...]) -> list[Figure]:
    with workspace.collection(corpus, embedder="minilm") as collection:
        return [figure for mode in _MODES for figure in _scores(collection, corpus, mode, depths)]


def _scores(collection: ragline.Collection, corpus: str, mode: SearchMode, depths: tuple[int, ...]) -> list[Figure]:
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
                name = f"{corpus} {mode} {metric}"
                interval = f"{score.scored:,} of {score.total:,} queries, 95 % [{score.low:.3f}, {score.high:.3f}]"
                figures.append(Figure(name, score.value, "", interval, _TARGETS.get(name, "")))
    return figures
