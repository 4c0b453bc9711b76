"""Makes sure that chunks fit as they will be embedded."""

from collections.abc import Sequence
from typing import NamedTuple

from ingestion.chunkers.atoms import halve
from ingestion.chunkers.counting import Counting
from ingestion.sentences import trim, word_spans

# A chunk is counted once more as a whole when the sum of its pieces comes this near to the size.
_NEAR_SHARE = 0.95


class Piece(NamedTuple):
    """A chunk in the making. What stands between ``start`` and ``core`` repeats the piece before; ``tokens`` is an estimate."""

    start: int
    core: int
    end: int
    context: str
    tokens: int


def fitting(text: str, pieces: Sequence[Piece], size_tokens: int) -> Counting[list[Piece]]:
    """The pieces that fit as they will be embedded, by start. One that is too large gives up its overlap, then is halved.

    The sum of the counts of its parts may differ from the count of a text, but only by what happens at the joints; a
    piece whose sum is not well below the size is counted whole. A single character with more tokens than fit is a piece
    without context.
    """
    is_sure = size_tokens * _NEAR_SHARE
    done = [piece for piece in pieces if piece.tokens <= is_sure]
    waiting = [piece for piece in pieces if piece.tokens > is_sure]
    while waiting:
        counts = yield [full(piece.context, text[piece.start : piece.end]) for piece in waiting]
        pending, waiting = waiting, []
        for piece, count in zip(pending, counts, strict=True):
            if count <= size_tokens:
                done.append(piece)
            elif piece.start < piece.core:
                waiting.append(piece._replace(start=piece.core))
            elif piece.end - piece.core > 1:
                waiting += _halves(text, piece)
            else:
                done.append(piece._replace(context=""))
    return _uncovered(done)


def full(context: str, body: str) -> str:
    """What the embedder will read; empty for a body that is not to be counted."""
    return f"{context}\n{body}" if body else ""


def _uncovered(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces in order, without those that lie inside another: half of a piece can lie in the overlap of the next one."""
    kept: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: (piece.start, -piece.end)):
        if not kept or piece.end > kept[-1].end:
            kept.append(piece)
    return kept


def _halves(text: str, piece: Piece) -> list[Piece]:
    words = word_spans(text, piece.core, piece.end)
    if len(words) > 1:
        middle = words[len(words) // 2][0]
        spans = [span for part in ((piece.core, middle), (middle, piece.end)) if (span := trim(text, *part)) is not None]
    else:
        spans = halve(text, piece.core, piece.end)
    return [piece._replace(start=start, core=start, end=end) for start, end in spans]
