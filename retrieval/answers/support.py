"""Whether the passages carry an answer at all: how likely that is, what it takes, and the reason in words."""

import re
from dataclasses import dataclass

from retrieval.answers.answerability import AnswerabilityModel, model_for
from retrieval.answers.features import Evidence, measure

SPEAKS_AGAINST = -0.25
"""A feature is named in the reason when it takes at least this much from the logit: a quarter is 6 points of probability."""

_IN_WORDS = {
    "kind_missing": "the best sentence has no {kind} such as the question asks for",
    "negation": "the question denies what the best sentence states",
    "names_elsewhere": "the best sentence does not name what is asked about",
    "agreement": "words and meaning lead to different passages",
}
"""What is worth telling beside the uncovered words and the similarity; the other features only count."""

_KINDS = (("when", "date"), ("how ", "number"), ("wh", "name"))


@dataclass(frozen=True, slots=True)
class SupportThresholds:
    """Below ``support`` the answerer abstains; ``similarity`` is what an answering sentence usually reaches.

    Only ``support`` decides. ``similarity`` is named in the reason, so that a reader sees which half was weak.
    """

    support: float
    similarity: float


@dataclass(frozen=True, slots=True)
class Support:
    """How well the hits carry an answer.

    ``score`` is the probability that they do (:class:`retrieval.answers.answerability.AnswerabilityModel`). ``similarity`` is
    the best cosine of a sentence with the query, at least 0; ``coverage`` the weighted share of the query's terms that the best
    covering hit contains. ``uncovered`` are the terms that no hit contains, as the query writes them; ``notes`` say in words
    what else speaks against an answer.
    """

    similarity: float
    coverage: float
    uncovered: tuple[str, ...]
    hits: int
    score: float
    notes: tuple[str, ...] = ()


def thresholds_for(embedder_name: str) -> SupportThresholds:
    """The thresholds of the model for an embedder, where the collection has none of its own."""
    model = model_for(embedder_name)
    return SupportThresholds(model.threshold, model.similarity)


def measure_support(evidence: Evidence, model: AnswerabilityModel) -> Support:
    """How likely the hits hold an answer; 0 where there are none."""
    features = measure(evidence)
    anywhere = frozenset[str]().union(*evidence.hit_terms)
    uncovered = tuple(dict.fromkeys(term.shown for term in evidence.terms if term.text not in anywhere))
    return Support(
        similarity=min(1.0, max(0.0, features["similarity"])),
        coverage=features["coverage"],
        uncovered=uncovered,
        hits=len(evidence.hits),
        score=model.probability(features) if evidence.hits else 0.0,
        notes=_notes(evidence, model, features),
    )


def weakness(support: Support, thresholds: SupportThresholds) -> str:
    """Why the support is too weak, in words; the empty string where it is strong enough."""
    if not support.hits:
        return "no passage was found"
    if support.score >= thresholds.support:
        return ""
    parts = []
    if support.uncovered:
        parts.append("no passage covers " + ", ".join(f"'{word}'" for word in support.uncovered))
    parts.extend(support.notes)
    if support.similarity < thresholds.similarity:
        parts.append(f"best similarity {support.similarity:.2f} < {thresholds.similarity:.2f}")
    parts.append(f"support {support.score:.2f} < {thresholds.support:.2f}")
    return "; ".join(parts)


def _notes(evidence: Evidence, model: AnswerabilityModel, features: dict[str, float]) -> tuple[str, ...]:
    shares = model.shares(features)
    against = [name for name in _IN_WORDS if shares.get(name, 0.0) <= SPEAKS_AGAINST]
    return tuple(_IN_WORDS[name].format(kind=_kind(evidence.query)) for name in against)


def _kind(query: str) -> str:
    asked = query.casefold()
    return next((kind for word, kind in _KINDS if re.search(rf"\b{word}", asked)), "fact")
