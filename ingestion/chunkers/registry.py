"""The chunkers by name."""

from collections.abc import Mapping

from ingestion.chunkers.auto import AutoChunker
from ingestion.chunkers.base import BatchChunker, TokenCounter
from ingestion.chunkers.fixed import FixedChunker
from ingestion.chunkers.recursive import RecursiveChunker
from ingestion.chunkers.semantic import Embed, SemanticChunker
from ingestion.chunkers.sentence import SentenceChunker
from ingestion.chunkers.structure import StructureChunker
from ingestion.chunkers.tables import Summarise
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


TABLE_CHUNKERS: Mapping[str, type[StructureChunker | AutoChunker]] = {"structure": StructureChunker, "auto": AutoChunker}
"""Those that can make further chunks of tables."""

TABLE_CHUNKS = ("none", "rows", "summaries", "both")
"""What they can be asked for, see :mod:`ingestion.chunkers.tables`."""


def make_chunker(
    name: str,
    counter: TokenCounter,
    size: int | None = None,
    overlap: float = 0.15,
    embed: Embed | None = None,
    *,
    tables: str = "none",
    summarise: Summarise | None = None,
) -> BatchChunker:
    """The chunker called ``name``, with chunks of at most ``size`` tokens (``None``: what the embedder reads, at most 256).

    ``embed`` gives the vectors that "semantic" compares; ``tables`` names further chunks of tables, in whose summaries
    ``summarise`` has its say. Raises :class:`SettingsError` for an unknown name, a bad size or overlap, "semantic" without
    ``embed``, and chunks of tables of a chunker that makes none.
    """
    if tables not in TABLE_CHUNKS:
        raise SettingsError(f"unknown table_chunks {tables!r}; use one of {', '.join(TABLE_CHUNKS)}")
    if tables != "none":
        if name not in TABLE_CHUNKERS:
            can = " or ".join(TABLE_CHUNKERS)
            raise SettingsError(f"the chunker {name!r} makes no table_chunks; leave them at 'none', or choose {can}")
        return TABLE_CHUNKERS[name](
            counter,
            size_tokens=size,
            overlap=overlap,
            rows=tables in {"rows", "both"},
            summaries=tables in {"summaries", "both"},
            summarise=summarise,
        )
    if name in PLAIN_CHUNKERS:
        return PLAIN_CHUNKERS[name](counter, size_tokens=size, overlap=overlap)
    if name != "semantic":
        raise SettingsError(f"unknown chunker {name!r}; use one of {', '.join(CHUNKERS)}")
    if embed is None:
        raise SettingsError("the semantic chunker needs an embedder for its sentences; pass embed, or use 'structure'")
    return SemanticChunker(counter, embed, size_tokens=size, overlap=overlap)
