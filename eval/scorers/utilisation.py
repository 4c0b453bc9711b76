"""How much of what an answer was written from it uses, and how much of it was drawn from there.

- ``context_utilisation = contexts used / contexts``. A context is used when a statement cites it, or is drawn from it. Low
  values say that fewer, or smaller, contexts would have done.
- ``claims_from_context = statements drawn from a context / statements``. The others come from what a model knows, or invents.

A statement is drawn from the context that has most of its content words (weighted: :class:`retrieval.answers.terms.Term`),
where that is at least half of them; of several with equally many the first. This compares words and no more: it is cheap, and
blind to a paraphrase that shares none.
"""

from collections.abc import Callable, Mapping, Sequence

from eval.configuration import Setting
from eval.judges.base import AnsweredQuestion
from eval.scorers.states import Scores, each_scored, not_applicable, share
from retrieval.answers.terms import language_of, query_terms, text_terms

DRAWN_FROM = 0.5
"""Share of a statement's words that the context it is drawn from has: with less, most of them come from elsewhere."""


class UtilisationScorer:
    """Both metrics, by words."""

    metrics = ("context_utilisation", "claims_from_context")
    fingerprint: Mapping[str, Setting] = {"scorer.utilisation": f"terms, drawn from {DRAWN_FROM}, v1"}

    def score(self, questions: Sequence[AnsweredQuestion], progress: Callable[[int], None] | None = None) -> Sequence[Scores]:
        return each_scored(questions, self.metrics, self._scored, progress)

    def _scored(self, question: AnsweredQuestion) -> Scores:
        language = language_of(passage.text for passage in question.contexts)
        contexts = [text_terms(f"{passage.above}\n{passage.text}", language) for passage in question.contexts]
        sources = [_source(statement.text, contexts, language) for statement in question.statements]
        used = {*question.cited, *(place for place in sources if place is not None)}
        drawn = sum(place is not None for place in sources)
        claims = share(drawn, len(sources)) if sources else not_applicable("the answer has no statement")
        unused = [passage.chunk_id for place, passage in enumerate(question.contexts) if place not in used]
        reason = f"unused: {', '.join(unused)}" if unused else ""
        values = (share(len(used), len(question.contexts), reason), claims)
        return dict(zip(self.metrics, values, strict=True))


def _source(statement: str, contexts: Sequence[frozenset[str]], language: str) -> int | None:
    """The place of the context that ``statement`` is drawn from."""
    terms = query_terms(statement, language)
    total = sum(term.weight for term in terms)
    if not total:
        return None
    shares = [sum(term.weight for term in terms if term.text in held) / total for held in contexts]
    best = max(range(len(shares)), key=lambda place: (shares[place], -place))
    return best if shares[best] >= DRAWN_FROM else None
