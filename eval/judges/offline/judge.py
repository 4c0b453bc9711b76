"""The judge that asks no model: claims split in code, each held against the sentences of the contexts.

It sees what was changed in the words of a passage (a number, a name, a unit, a "not"), what is not there at all, and pieces of
a passage that were put together anew. It does not reason: a conclusion, and what is said in quite other words, counts less than
it should, and a false statement made of the contexts' own words can pass. See :attr:`OfflineJudge.agreement`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from eval.configuration import Setting
from eval.judges.base import HumanAgreement, JudgedClaim, Score, Support
from eval.judges.offline.agreement import agreement_of
from eval.judges.offline.claims import REFUSES, AnswerClaim, answer_claims
from eval.judges.offline.features import Case, Meanings, measure
from eval.judges.offline.model import COPIED, claim_model
from eval.judges.offline.reading import Contexts, words
from retrieval.answers.base import SentenceEmbedder

VERSION = 2  # raise it whenever the same claim could be read otherwise

SUPPORTED_FROM = 0.5
"""The probability from which a claim counts as supported: the model is fitted to as many supported claims as others."""


SAID_THERE = 0.8
"""Share of its content words in a sentence of the contexts from which on "it is not known when ..." repeats that sentence."""


class OfflineJudge:
    """``embedder`` adds meanings to words; without one, or with one that the weights do not know, words alone decide.

    Scores compare only between judges of the same fingerprint. The answer's score is the expected share of its claims that are
    supported: the mean of their probabilities.
    """

    name = "offline"

    def __init__(self, embedder: SentenceEmbedder | None = None) -> None:
        self._model = claim_model(embedder.fingerprint.name if embedder is not None else "")
        self._embedder = embedder if self._model.name else None

    @property
    def fingerprint(self) -> Mapping[str, Setting]:
        return {"judge.version": VERSION, "judge.weights": self._model.digest, "judge.embedder": self._model.name or "none"}

    @property
    def agreement(self) -> tuple[HumanAgreement, ...]:
        """How it agrees with people, and with other labels, on claims of documents that it was not fitted to."""
        return agreement_of(self._model.name)

    def judge(self, answer: str, contexts: Sequence[str], *, question: str = "") -> Score:
        """A refusal and an answer without contexts have no value; nor has one that no words can be compared of: it failed."""
        has_context = any(text.strip() for text in contexts)
        read = Contexts(contexts if has_context else ())
        claims = tuple(_stated(claim, read) for claim in answer_claims(answer))
        to_judge = [claim for claim in claims if not claim.unjudged]
        if not to_judge and any(claim.unjudged == REFUSES for claim in claims):
            return Score(None, "refusal", "the answer says that it does not know")
        if not has_context:
            return Score(None, "no_context", "there is no context to hold the answer against")
        if not to_judge:
            reason = claims[0].unjudged if claims else "the answer holds no statement"
            return Score(None, "failed", reason, tuple(_unjudged(claim) for claim in claims))
        meanings = Meanings(self._embedder) if self._embedder is not None else None
        judged = tuple(
            _unjudged(claim)
            if claim.unjudged
            else self._judged(claim, Case(claim.text, read, question=question, meanings=meanings))
            for claim in claims
        )
        found = [claim.probability for claim in judged if claim.probability is not None]
        return Score(sum(found) / len(found), "scored", claims=judged)

    def _judged(self, claim: AnswerClaim, case: Case) -> JudgedClaim:
        probability = self._model.probability(measure(case, (*self._model.weights, COPIED)))
        supported = probability >= SUPPORTED_FROM
        reason = "" if supported else _reason(case)
        return JudgedClaim(claim.text, claim.start, claim.end, supported, round(probability, 4), _support(case), reason)


def _stated(claim: AnswerClaim, contexts: Contexts) -> AnswerClaim:
    """``claim``, to be judged as any other where the contexts themselves say that something is not known."""
    if claim.unjudged == REFUSES and max(Case(claim.text, contexts).shares, default=0.0) >= SAID_THERE:
        return replace(claim, unjudged="")
    return claim


def _unjudged(claim: AnswerClaim) -> JudgedClaim:
    return JudgedClaim(claim.text, claim.start, claim.end, None, reason=claim.unjudged)


def _support(case: Case) -> Support | None:
    """The sentence that has most of the claim; ``None`` where none has a word of it."""
    if case.best is None or not case.aligned.coverage:
        return None
    sentence = case.contexts.evidence.sentences[case.best]
    return Support(sentence.order, sentence.start, sentence.end)


def _reason(case: Case) -> str:
    """What speaks against a claim, in words."""
    if case.aligned.findings:
        return "; ".join(finding.text for finding in case.aligned.findings)
    if measure(case, ["denied"])["denied"]:
        return "the closest sentence says the opposite"
    if missing := list(_missing(case)):
        return "the contexts do not have " + ", ".join(f"'{word}'" for word in dict.fromkeys(missing))
    return "no sentence of the contexts says this as it is said"


def _missing(case: Case) -> Iterator[str]:
    """The words that are nowhere in the contexts; not those of a quantity, which was compared as one, and no lone letter."""
    compared = {word for number in case.numbers for word in words(number.shown, case.contexts.language).plain}
    for at in case.words.content:
        word = case.words.plain[at]
        is_letter = len(word) == 1 and word.isascii() and word.isalpha()
        if case.words.stems[at] not in case.contexts.vocabulary and word not in compared and not is_letter:
            yield word
