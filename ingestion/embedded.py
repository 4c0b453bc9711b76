"""What of a chunk is embedded and indexed."""

from ragline.types import Chunk


def embedded_text(chunk: Chunk) -> str:
    """The text that is embedded and indexed for a chunk: its context, a newline, its own text."""
    return joined_text(chunk.context, chunk.text)


def joined_text(context: str, text: str) -> str:
    """:func:`embedded_text` of a chunk with this context and text."""
    return f"{context}\n{text}" if context else text
