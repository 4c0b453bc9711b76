"""How much of the expected answer an answer has.

``completeness = weights of the reference's facts that the answer has / weights of all of them``. Facts are

- quantities, of weight 1.5: a number with its unit, which the answer has when it gives an equal one ("24 months", "2 years");
- identifiers, of weight 3, and content words, of weight 1, in their stemmed form (:mod:`retrieval.answers.terms`).

What the question says already is no fact: "the warranty lasts 24 months" adds to "How long does the warranty last?" only the
24 months. Where nothing is left (a "yes"), all words of the reference count.

What it cannot do: it compares words, so that a synonym is a fact missed and a denial of the reference has all of its words; it
looks for what is missing and not for what is wrong beside it. Expected answers should be as short as an answer can be.
"""

from collections.abc import Callable, Mapping, Sequence

from eval.configuration import Setting
from eval.judges.base import AnsweredQuestion
from eval.scorers.states import UNANSWERABLE, Scores, each_scored, not_applicable, share
from retrieval.answers.grounding import NUMBER_WEIGHT
from retrieval.answers.quantities import Quantity, agrees, quantities
from retrieval.answers.terms import Term, language_of, query_terms, text_terms

COMPLETENESS = "completeness"
NO_REFERENCE = not_applicable("the golden set has no expected answer")
NO_FACTS = not_applicable("the expected answer has neither words nor numbers")

SHOWN_MISSING = 5


class CompletenessScorer:
    """Completeness against the reference, by words and numbers."""

    metrics = (COMPLETENESS,)
    fingerprint: Mapping[str, Setting] = {"scorer.completeness": "terms and quantities of the reference, v1"}

    def score(self, questions: Sequence[AnsweredQuestion], progress: Callable[[int], None] | None = None) -> Sequence[Scores]:
        return each_scored(questions, self.metrics, _scored, progress)


def _scored(question: AnsweredQuestion) -> Scores:
    if not question.answerable:
        return {COMPLETENESS: UNANSWERABLE}
    if not question.reference.strip():
        return {COMPLETENESS: NO_REFERENCE}
    language = language_of([question.reference, question.answer, *(passage.text for passage in question.contexts[:1])])
    terms, numbers = _facts(question.reference, question.question, language)
    answer = " ".join(statement.text for statement in question.statements) or question.answer
    said = text_terms(answer, language) | {term.text for term in query_terms(answer, language)}
    given = quantities(answer)
    total = sum(term.weight for term in terms) + NUMBER_WEIGHT * len(numbers)
    if not total:
        return {COMPLETENESS: NO_FACTS}
    lacking = [term for term in terms if term.text not in said]
    unsaid = [each for each in numbers if not any(agrees(each, other) for other in given)]
    missed = sum(term.weight for term in lacking) + NUMBER_WEIGHT * len(unsaid)
    names = [*(each.shown for each in unsaid), *(term.shown for term in lacking)]
    reason = f"not in the answer: {', '.join(names[:SHOWN_MISSING])}" if names else ""
    return {COMPLETENESS: share(total - missed, total, reason)}


def _facts(reference: str, question: str, language: str) -> tuple[Sequence[Term], Sequence[Quantity]]:
    """The words and the numbers of ``reference`` that ``question`` does not say; all, where it says all of them.

    The words of a quantity, its unit and its number, are part of it and no facts of their own.
    """
    numbers = quantities(reference)
    rest = reference
    for number in reversed(numbers):
        rest = rest[: number.start] + " " * (_end(rest, number) - number.start) + rest[_end(rest, number) :]
    terms = query_terms(rest, language) if rest.strip() else ()
    asked, asked_numbers = text_terms(question, language), quantities(question)
    new_terms = [term for term in terms if term.text not in asked]
    new_numbers = [each for each in numbers if not any(agrees(each, other) for other in asked_numbers)]
    return (new_terms, new_numbers) if new_terms or new_numbers else (terms, numbers)


def _end(text: str, number: Quantity) -> int:
    """Behind ``number``, and what hangs on it by a raised digit or a fraction (``10²``, ``2½``): no word of its own."""
    end = number.end
    if text[end : end + 1].isnumeric():
        while text[end : end + 1].isalnum():
            end += 1
    return end
