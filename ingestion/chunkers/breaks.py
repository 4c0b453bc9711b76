"""Where to cut a sequence of atoms into chunks: at strong places, between topics, near a size.

The cheapest division is found by dynamic programming over all of them, after Kehagias, Petridis and Fragkou, "Linear Text
Segmentation using a Dynamic Programming Algorithm" (EACL 2003): a term for the length of a segment and one for what holds it
together, to which the strength of the places is added here. With the chunks ``c`` and their sizes in tokens, the cost of a
division is::

    sum over c of ((target - size(c)) / target) ** 2
    + sum over places where it is cut of CUT_COST[strength]
    + sum over c of MIX_COST * max(0, strongest place inside c - weaker of the places at its ends)
    + sum over places where it is not cut of joins[place]

The third term keeps the end of a split paragraph from being put together with the next one.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from operator import sub

from ingestion.chunkers.atoms import Strength

CUT_COST = {Strength.WORD: 3.0, Strength.SENTENCE: 0.5, Strength.LINE: 0.2, Strength.BLOCK: 0.0, Strength.SECTION: 0.0}
MIX_COST = 0.3
SMALL_COST = 10.0  # outweighs all else
TARGET_SHARE = 0.65
"""Part of the size that running text is packed to: with every word more a chunk's vector says less of each. Chosen with the
other constants here by ``python -m benchmarks chunking``; see docs/decisions."""


def cheapest_starts(
    tokens: Sequence[int],
    repeated: Sequence[int],
    strengths: Sequence[Strength],
    joins: Sequence[float],
    budget: int,
    target: float,
    *,
    least: int = 0,
) -> list[int]:
    """Indices of the atoms that begin a chunk; the first is 0. Of equal divisions the one with the later cuts is taken.

    ``tokens[i]`` is the size of atom i, ``strengths[i]`` and ``joins[i]`` belong to the place in front of it; ``repeated[i]``
    are the tokens that a chunk beginning with it repeats from the one before, which count towards its size. An atom above
    the budget stands alone; a chunk below ``least`` tokens is made only where there is no other way.
    """
    count = len(tokens)
    # As plain numbers, and what does not change taken out: the comparisons below are the innermost loop of chunking.
    levels = [*map(int, strengths[:count]), int(Strength.BLOCK)]
    levels[0] = int(Strength.BLOCK)
    # Where all places inside have one strength, as in a paragraph of sentences, nothing is mixed.
    is_plain = not any(joins) and len(set(levels[1:count])) <= 1 and max(levels) <= Strength.BLOCK and not least
    upto = list(accumulate(tokens, initial=0))
    behind = list(map(sub, upto, repeated))  # the size of a chunk with what it repeats is upto[end] - behind[start]
    before = [0.0] * (count + 1)  # the cost of all up to a place, with that of the cut there
    previous = [0] * (count + 1)
    for end in range(1, count + 1):
        after, total = levels[end], upto[end]
        chosen = end - 1
        joined, inside = 0.0, int(Strength.WORD)
        miss = (target - tokens[chosen] - repeated[chosen]) / target
        best = before[chosen] + miss * miss + (SMALL_COST if tokens[chosen] < least else 0.0)
        for start in range(end - 2, bisect_left(upto, total - budget) - 1, -1):
            whole = total - behind[start]
            miss = (target - whole) / target
            cost = before[start] + miss * miss
            if not is_plain:
                joined += joins[start + 1]
                cost += joined
                if levels[start + 1] > inside:
                    inside = levels[start + 1]
                if inside > after or inside > levels[start]:
                    cost += MIX_COST * (inside - min(after, levels[start]))
                if total - upto[start] < least:
                    cost += SMALL_COST
            if cost < best and whole <= budget:
                best, chosen = cost, start
        before[end], previous[end] = best + (CUT_COST[strengths[end]] if end < count else 0.0), chosen
    starts = []
    end = count
    while end:
        end = previous[end]
        starts.append(end)
    return starts[::-1] or [0]
