"""Which chunk sizes and overlaps a chunker accepts."""

from ingestion.chunkers.base import TokenCounter
from ragline.errors import SettingsError

# What sentence embedders are trained on; longer passages dilute the vector.
DEFAULT_SIZE_TOKENS = 256
# Below this the context and a few words fill a chunk.
MIN_SIZE_TOKENS = 16
MAX_OVERLAP = 0.5
# Titles and table headers may each take this part of a chunk, so that at least half is text.
CONTEXT_SHARE = 0.25


def checked_size(counter: TokenCounter, size_tokens: int | None) -> int:
    """The size in tokens; ``None`` stands for what the counter's embedder reads, but at most 256.

    Raises :class:`SettingsError` for a size below 16 or above what the embedder reads.
    """
    limit = counter.max_tokens
    size = min(limit or DEFAULT_SIZE_TOKENS, DEFAULT_SIZE_TOKENS) if size_tokens is None else size_tokens
    if size < MIN_SIZE_TOKENS:
        raise SettingsError(f"chunk size {size} is too small; use at least {MIN_SIZE_TOKENS} tokens")
    if limit is not None and size > limit:
        raise SettingsError(f"chunk size {size} is more than the {limit} tokens that the embedder reads; use at most {limit}")
    return size


def checked_overlap(overlap: float) -> float:
    """The overlap as a share of the size. Raises :class:`SettingsError` unless it is from 0 to 0.5."""
    if not 0 <= overlap <= MAX_OVERLAP:
        raise SettingsError(f"overlap {overlap} is not a share of the chunk size; use a number from 0 to {MAX_OVERLAP}")
    return float(overlap)


def context_limit(size_tokens: int) -> int:
    """The most tokens that a context may have in a chunk of this size."""
    return int(size_tokens * CONTEXT_SHARE)
