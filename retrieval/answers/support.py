"""Whether the passages carry an answer at all: the support score, its thresholds, and the reason in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retrieval.answers.terms import Term


@dataclass(frozen=True, slots=True)
class SupportThresholds:
    """Below ``support`` the answerer abstains; ``similarity`` is what an answering sentence usually reaches.

    Only ``support`` decides. ``similarity`` is named in the reason, so that a reader sees which half was weak.
    """

    support: float
    similarity: float


DEFAULT_THRESHOLDS = SupportThresholds(support=0.50, similarity=0.45)
"""For an embedder that nobody has calibrated: rather an honest "I don't know" than a wrong sentence."""

THRESHOLDS: Mapping[str, SupportThresholds] = {
    "minilm": SupportThresholds(support=0.48, similarity=0.45),
    "light": SupportThresholds(support=0.41, similarity=0.40),
}
"""By the beginning of ``EmbedderFingerprint.name``, because cosines of two models are not on one scale.

The lowest thresholds with 95 of 100 abstentions right (:func:`retrieval.answers.calibrate.calibrate`) on SQuAD v2 dev, BM25
hits, each question asked once with its article in the corpus and once without: MiniLM (160 questions) precision .96 and
recall .88, static vectors (400) .95 and .74. Questions that miss their passage narrowly (a model or a year that is not
there) are harder. ``similarity`` lies between the third quartile of the questions without an article and the first of the
others."""

SIMILARITY_SHARE = 0.6
"""Weight of the similarity in the support score; the rest is coverage. Each alone is fooled: similarity by a passage on the
same subject that lacks the fact, coverage by common words and paraphrases. Best F1 of abstaining on the same questions, for
MiniLM and static vectors: .93 and .91; with coverage alone .84 and .85, with similarity alone .91 and .88."""


@dataclass(frozen=True, slots=True)
class Support:
    """How well the hits carry an answer.

    ``score = SIMILARITY_SHARE * similarity + (1 - SIMILARITY_SHARE) * coverage``, in [0, 1]. ``similarity`` is the best
    cosine of a sentence with the query, at least 0; ``coverage`` the weighted share of the query's terms that the best
    covering hit contains. ``uncovered`` are the terms that no hit contains, as the query writes them.
    """

    similarity: float
    coverage: float
    uncovered: tuple[str, ...]
    hits: int

    @property
    def score(self) -> float:
        return SIMILARITY_SHARE * self.similarity + (1 - SIMILARITY_SHARE) * self.coverage


def thresholds_for(embedder_name: str) -> SupportThresholds:
    """The thresholds of the longest known prefix of ``embedder_name``, else :data:`DEFAULT_THRESHOLDS`."""
    prefixes = [prefix for prefix in THRESHOLDS if embedder_name.startswith(prefix)]
    return THRESHOLDS[max(prefixes, key=len)] if prefixes else DEFAULT_THRESHOLDS


def measure_support(
    similarity: float, terms: Sequence[Term], weights: Mapping[str, float], hit_terms: Sequence[frozenset[str]]
) -> Support:
    """Support from the best sentence similarity and the terms of each hit (with its title and section path)."""
    total = sum(weights[term.text] for term in terms)
    covered = (sum(weights[term.text] for term in terms if term.text in present) for present in hit_terms)
    coverage = max(covered, default=0.0) / total if total else 0.0
    anywhere = frozenset[str]().union(*hit_terms)
    uncovered = tuple(dict.fromkeys(term.shown for term in terms if term.text not in anywhere))
    return Support(min(1.0, max(0.0, similarity)), coverage, uncovered, len(hit_terms))


def weakness(support: Support, thresholds: SupportThresholds) -> str:
    """Why the support is too weak, in words; the empty string where it is strong enough."""
    if not support.hits:
        return "no passage was found"
    if support.score >= thresholds.support:
        return ""
    parts = []
    if support.uncovered:
        parts.append("no passage covers " + ", ".join(f"'{word}'" for word in support.uncovered))
    if support.similarity < thresholds.similarity:
        parts.append(f"best similarity {support.similarity:.2f} < {thresholds.similarity:.2f}")
    parts.append(f"support {support.score:.2f} < {thresholds.support:.2f}")
    return "; ".join(parts)
