"""An answer of the engine, as its judges are given it."""

from eval.golden import GoldenItem
from eval.judges.base import AnsweredQuestion, Passage
from ragline.types import Answer, Hit


def written_from(answer: Answer) -> tuple[Hit, ...]:
    """The passages that an answer was written from, best first: those that fitted."""
    return answer.hits if answer.given is None else answer.hits[: answer.given]


def answered_question(item: GoldenItem, answer: Answer) -> AnsweredQuestion:
    """``answer`` to the question of ``item``, with the passages that it was written from."""
    contexts = tuple(Passage(hit.doc_id, hit.chunk.id, hit.chunk.start, hit.text) for hit in written_from(answer))
    places = {passage.chunk_id: place for place, passage in enumerate(contexts)}
    cited = dict.fromkeys(places[each.chunk_id] for each in answer.citations if each.chunk_id in places)
    return AnsweredQuestion(
        id=item.id,
        question=item.query,
        answer=answer.text,
        contexts=contexts,
        abstained=answer.abstained,
        answerable=item.answerable,
        reference=item.answer,
        reference_contexts=tuple(judged.quote for judged in item.relevant if judged.grade > 0 and judged.quote),
        cited=tuple(cited),
    )
