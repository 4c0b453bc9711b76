"""Answered questions for the tests of scorers."""

from collections.abc import Sequence

from eval.judges.base import AnsweredQuestion, Passage, Score, Statement

PASSAGES = (
    "The warranty of the HX-200 lasts 24 months. The warranty does not cover the battery.",
    "Send faulty devices to the depot in Hamburg. Postage is paid by the customer.",
    "The canteen is open from 11:30 to 14:00. On Fridays there is fish.",
)


def passages(*texts: str) -> tuple[Passage, ...]:
    return tuple(Passage(f"doc-{place}", f"chunk-{place}", 0, text) for place, text in enumerate(texts or PASSAGES))


def asked(
    *statements: tuple[str, Sequence[int]],
    question: str = "How long is the warranty?",
    contexts: tuple[Passage, ...] | None = None,
    reference: str = "",
    relevant: tuple[str, ...] = (),
    abstained: bool = False,
    answerable: bool = True,
) -> AnsweredQuestion:
    """A question answered by ``statements``, each with the places of what it cites."""
    made = tuple(Statement(text, tuple(cited)) for text, cited in statements)
    places = dict.fromkeys(place for statement in made for place in statement.cited)
    return AnsweredQuestion(
        id="q",
        question=question,
        answer=" ".join(statement.text for statement in made),
        contexts=passages() if contexts is None else contexts,
        abstained=abstained,
        answerable=answerable,
        reference=reference,
        cited=tuple(places),
        statements=made,
        relevant=relevant,
    )


def value(score: Score) -> float:
    assert score.status == "scored", score
    assert score.value is not None
    return score.value
