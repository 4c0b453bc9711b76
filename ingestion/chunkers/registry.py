"""The chunkers by name."""

from collections.abc import Mapping

from ingestion.chunkers.auto import AutoChunker
from ingestion.chunkers.base import BatchChunker, TokenCounter
from ingestion.chunkers.fixed import FixedChunker
from ingestion.chunkers.recursive import RecursiveChunker
from ingestion.chunkers.semantic import Embed, SemanticChunker
from ingestion.chunkers.sentence import SentenceChunker
from ingestion.chunkers.structure import StructureChunker
from ragline.errors import SettingsError

PlainChunker = StructureChunker | AutoChunker | FixedChunker | RecursiveChunker | SentenceChunker

PLAIN_CHUNKERS: Mapping[str, type[PlainChunker]] = {
    "structure": StructureChunker,
    "auto": AutoChunker,
    "fixed": FixedChunker,
    "recursive": RecursiveChunker,
    "sentence": SentenceChunker,
}
"""The chunkers that need nothing but a counter and sizes, and so can be made in a child process."""

CHUNKERS = (*PLAIN_CHUNKERS, "semantic")


def make_chunker(
    name: str, counter: TokenCounter, size: int | None = None, overlap: float = 0.15, embed: Embed | None = None
) -> BatchChunker:
    """The chunker called ``name``, with chunks of at most ``size`` tokens (``None``: what the embedder reads, at most 256).

    ``embed`` gives the vectors that "semantic" compares. Raises :class:`SettingsError` for an unknown name, a bad size or
    overlap, and for "semantic" without ``embed``.
    """
    if name in PLAIN_CHUNKERS:
        return PLAIN_CHUNKERS[name](counter, size_tokens=size, overlap=overlap)
    if name != "semantic":
        raise SettingsError(f"unknown chunker {name!r}; use one of {', '.join(CHUNKERS)}")
    if embed is None:
        raise SettingsError("the semantic chunker needs an embedder for its sentences; pass embed, or use 'structure'")
    return SemanticChunker(counter, embed, size_tokens=size, overlap=overlap)
