"""Questions that ask several things, one by one: "When did it begin, and who led it?" (English)."""

import re

MOST_PARTS = 4
_ASKING = r"(?:what|who|whom|whose|when|where|which|why|how|is|are|was|were|does|do|did|can|should|has|have)"
_BETWEEN = re.compile(rf"(?:\? (?:and )?|; (?:and )?|,? (?:and|or) )(?={_ASKING}\b)", re.IGNORECASE)
_WORD = re.compile(r"\w+")
# "... and how often is it repeated?" is about what was named before.
_LEANING = re.compile(r"\b(?:it|its|they|them|their|this|that|these|those|he|she|him|his|her|ones?|same)\b", re.IGNORECASE)
FEWEST_WORDS = 3
"""A part with fewer ("... and why?") leans on the others and finds nothing alone."""


def parts_of(query: str) -> list[str]:
    """The questions in ``query``, at most four; nothing where it is one, or where a part says too little alone."""
    parts = [part.strip(" ?.,;") for part in _BETWEEN.split(" ".join(query.split()))]
    parts = [part for part in parts if part]
    if not 1 < len(parts) <= MOST_PARTS or any(len(_WORD.findall(part)) < FEWEST_WORDS for part in parts):
        return []
    if any(_LEANING.search(part) for part in parts[1:]):
        return []
    return [f"{part}?" for part in parts]
