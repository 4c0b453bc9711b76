"""The scorers that every evaluation with answers has: they need no judge and no model, and take milliseconds for an answer."""

from eval.judges.base import AnswerScorer
from eval.scorers.carrying import Grounded
from eval.scorers.citations import CitationScorer
from eval.scorers.completeness import CompletenessScorer
from eval.scorers.utilisation import UtilisationScorer
from retrieval.answers.base import SentenceEmbedder


def answer_scorers(embedder: SentenceEmbedder | None = None) -> tuple[AnswerScorer, ...]:
    """Citations, completeness, utilisation. With ``embedder`` the first compares meanings too."""
    return CitationScorer(Grounded(embedder)), CompletenessScorer(), UtilisationScorer()
