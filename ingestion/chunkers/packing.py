"""Packs a sequence of pieces into chunks: as full as they get, or of even size."""

from collections.abc import Sequence


def pack(tokens: Sequence[int], repeated: Sequence[int], budget: int) -> list[int]:
    """Indices of the pieces that begin a chunk; the first is 0.

    ``tokens[i]`` is the size of piece i; ``repeated[i]`` the tokens that a chunk beginning with piece i repeats from the
    chunk before it, which count towards its size. The number of chunks is the smallest that a greedy filling up to
    ``budget`` gives; among the fillings with that number the one with the smallest largest chunk is taken, so that 300
    tokens in chunks of 254 become two halves and not 254 + 46. A piece above the budget stands alone.
    """
    starts = fill(tokens, repeated, budget)
    low, high = -(-sum(tokens) // len(starts)), budget
    while low < high:
        middle = (low + high) // 2
        if len(fill(tokens, repeated, middle)) <= len(starts):
            high = middle
        else:
            low = middle + 1
    return fill(tokens, repeated, low) if low < budget else starts


def fill(tokens: Sequence[int], repeated: Sequence[int], capacity: int) -> list[int]:
    """Indices of the pieces that begin a chunk when each chunk takes what still fits; as for :func:`pack`."""
    starts = [0]
    filled = 0
    room = capacity
    for index, size in enumerate(tokens):
        if index > starts[-1] and filled + size > room:
            starts.append(index)
            filled = 0
            room = capacity - repeated[index]
        filled += size
    return starts
