"""Where the questions of a golden set come from. Every question that was built has one of these tags, and reports show each.

Figures of different origins say different things: a heading shares its words with the passage below it, a question that a
model made from a passage is answered by it, and what users approved of was found once already. None of them stands for
questions that people ask, so they are shown apart.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from eval.golden_types import GoldenItem

LOG, LLM, HEADING, FAQ, DEFINITION = "log", "llm", "heading", "faq", "definition"
ORIGINS: Mapping[str, str] = {
    LOG: "asked by users, who approved of the answer",
    LLM: "made by a language model from a passage",
    HEADING: "the heading of a section",
    FAQ: "a question that a document answers itself",
    DEFINITION: "a term that a document defines",
}
"""Each tag, and what it says."""

BY_HAND = "by hand"
"""What questions without such a tag are taken for."""


def origin_of(item: GoldenItem) -> str:
    """The origin of a question, :data:`BY_HAND` where it has no tag of one."""
    return next((tag for tag in item.tags if tag in ORIGINS), BY_HAND)


def origins(items: Iterable[GoldenItem]) -> dict[str, int]:
    """How many questions come from where; those by hand first, then in the order of :data:`ORIGINS`."""
    counts = Counter(map(origin_of, items))
    return {name: counts[name] for name in (BY_HAND, *ORIGINS) if counts[name]}
