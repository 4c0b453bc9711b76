"""An answer of the engine, as its judges are given it."""

import re
from collections.abc import Iterable, Iterator, Mapping

from eval.golden import GoldenItem
from eval.judges.base import AnsweredQuestion, Passage, Statement
from ragline.types import Answer, Hit
from retrieval.answers.sentences import sentence_spans

_MARKER = re.compile(r"\s*\[\d{1,3}\]")  # as answerers write them: [1][3]


def written_from(answer: Answer) -> tuple[Hit, ...]:
    """The passages that an answer was written from, best first: those that fitted."""
    return answer.hits if answer.given is None else answer.hits[: answer.given]


def answered_question(item: GoldenItem, answer: Answer) -> AnsweredQuestion:
    """``answer`` to the question of ``item``, with the passages that it was written from."""
    contexts = tuple(_passage(hit) for hit in written_from(answer))
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
        statements=tuple(_statements(answer, places)),
        relevant=tuple(doc_id for doc_id, grade in item.grades.items() if grade > 0),
    )


def _passage(hit: Hit) -> Passage:
    chunk = hit.chunk
    above = " > ".join(part for part in (chunk.title, *chunk.section_path) if part)
    return Passage(hit.doc_id, chunk.id, chunk.start, hit.text, above)


def _statements(answer: Answer, places: Mapping[str, int]) -> Iterator[Statement]:
    """Those that the answerer told; else those that the citations are of; else the sentences."""
    if answer.claims:
        for claim in answer.claims:
            cited = [answer.citations[at].chunk_id for at in claim.citations]
            yield _statement(answer.text[claim.start : claim.end], cited, places)
    elif answer.citations:
        for text in dict.fromkeys(citation.claim for citation in answer.citations):
            yield _statement(text, [each.chunk_id for each in answer.citations if each.claim == text], places)
    else:
        for span in sentence_spans(answer.text):
            yield _statement(answer.text[span.start : span.end], (), places)


def _statement(text: str, cited: Iterable[str], places: Mapping[str, int]) -> Statement:
    found = dict.fromkeys(places[chunk_id] for chunk_id in cited if chunk_id in places)
    return Statement(" ".join(_MARKER.sub("", text).split()), tuple(found))
