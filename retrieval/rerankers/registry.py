"""The reranker that the settings name."""

from collections.abc import Callable

from indexes.embedders.base import Embedder
from ragline.errors import SettingsError
from ragline.settings import Settings
from retrieval.rerankers.base import Reranker
from retrieval.rerankers.weights import NamedWeights, shipped_weights


def load_reranker(
    settings: Settings, embedder: Callable[[], Embedder], weights: Callable[[], NamedWeights] | None = None
) -> Reranker | None:
    """The reranker of ``settings.reranker``; ``None`` for "none". What it needs is loaded at its first use.

    ``weights`` are those of the learned one; without them it has those that come with Ragline for the embedder.

    Raises :class:`ragline.errors.InputError` where a cross-encoder's folder holds no model, :class:`SettingsError` where a
    reranker needs ``settings.reranker_model`` and there is none.
    """
    if settings.reranker == "none":
        return None
    if settings.reranker == "learned":
        from retrieval.rerankers.learned import LearnedReranker

        own = weights or (lambda: shipped_weights(embedder().fingerprint.name))
        return LearnedReranker(own, depth=settings.rerank_depth)
    if settings.reranker == "late-interaction":
        from retrieval.rerankers.late_interaction import LateInteractionReranker

        return LateInteractionReranker(embedder, depth=settings.rerank_depth)
    if not settings.reranker_model:
        raise SettingsError(f"The reranker {settings.reranker!r} needs a model: set reranker_model.")
    if settings.reranker == "cross-encoder":
        from retrieval.rerankers.cross_encoder import CrossEncoderReranker

        return CrossEncoderReranker(settings.reranker_model, depth=settings.rerank_depth)
    return _by_model(settings)


def _by_model(settings: Settings) -> Reranker:
    from retrieval.answers.completion import ModelEndpoint
    from retrieval.rerankers.listwise import ListwiseReranker
    from retrieval.rerankers.remote import RemoteReranker

    endpoint = ModelEndpoint(
        settings.reranker_model,
        settings.reranker_api_base or None,
        timeout_s=settings.reranker_timeout_s,
        retries=settings.model_retries,
    )
    kind = ListwiseReranker if settings.reranker == "listwise" else RemoteReranker
    return kind(endpoint, depth=settings.rerank_depth)
