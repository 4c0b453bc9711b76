"""The reranker that the settings name."""

from ragline.settings import Settings
from retrieval.rerankers.base import Reranker


def load_reranker(settings: Settings) -> Reranker | None:
    """The reranker of ``settings.reranker``; ``None`` for "none". What it needs is loaded at its first use."""
    if settings.reranker == "none":
        return None
    raise NotImplementedError(settings.reranker)
