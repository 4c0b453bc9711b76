"""Queries as people mistype them: the same ones in every run."""

import random
import re

_WORD = re.compile(r"[A-Za-z]{5,}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
SEED = 2026
MOST_WORDS = 2


def misspelt(query: str) -> str:
    """``query`` with one edit in each of two of its words of five letters or more; never in the first letter.

    An edit swaps two neighbours, or drops, doubles or replaces a letter. Which words and edits is decided by the query alone.
    """
    draw = random.Random(f"{SEED} {query}")
    places = [found.span() for found in _WORD.finditer(query)]
    chosen = set(draw.sample(places, min(MOST_WORDS, len(places))))
    pieces, last = [], 0
    for start, end in sorted(chosen):
        pieces += [query[last:start], _edited(query[start:end], draw)]
        last = end
    return "".join([*pieces, query[last:]])


def _edited(word: str, draw: random.Random) -> str:
    at = draw.randrange(1, len(word) - 1)
    kind = draw.choice(("swap", "drop", "double", "replace"))
    if kind == "swap" and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == "drop":
        return word[:at] + word[at + 1 :]
    if kind == "double":
        return word[:at] + word[at] + word[at:]
    return word[:at] + draw.choice([letter for letter in _LETTERS if letter != word[at].lower()]) + word[at + 1 :]
