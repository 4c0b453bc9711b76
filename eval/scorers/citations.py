"""Citations of an answer: whether they carry what cites them, and whether they are of the documents that they should be of.

The first two are those of ALCE (Gao, Yen, Yu and Chen, "Enabling Large Language Models to Generate Text with Citations", EMNLP
2023, section 4), where they are called citation precision and recall:

- ``citation_accuracy = right citations / citations``. A citation is right when the passages that its statement cites carry it
  together, and when it has a part in that: it carries the statement alone, or the others do not without it.
- ``citation_coverage = statements that what they cite carries / statements``. A statement without a citation is not carried.

The others hold the documents that are cited against those that the golden set judges relevant:

- ``cited_precision = cited documents that are relevant / cited documents``;
- ``cited_recall = cited documents that are relevant / relevant documents``. A question that one of several documents answers
  keeps it below 1: compare runs by it, and do not read it as a mark.
"""

from collections.abc import Callable, Mapping, Sequence

from eval.configuration import Setting
from eval.judges.base import AnsweredQuestion, Passage, Score, Statement
from eval.scorers.carrying import Carries, Grounded
from eval.scorers.states import UNANSWERABLE, Scores, each_scored, not_applicable, share

CITES_NOTHING = not_applicable("the answer cites no passage")
STATES_NOTHING = not_applicable("the answer has no statement")
NONE_RELEVANT = not_applicable("the golden set names no relevant document")


class CitationScorer:
    """The four metrics. ``carries`` decides whether passages carry a statement."""

    metrics = ("citation_accuracy", "citation_coverage", "cited_precision", "cited_recall")

    def __init__(self, carries: Carries | None = None) -> None:
        self._carries = carries or Grounded()

    @property
    def fingerprint(self) -> Mapping[str, Setting]:
        return {"scorer.citations": f"ALCE, carried by {self._carries.name}"}

    def score(self, questions: Sequence[AnsweredQuestion], progress: Callable[[int], None] | None = None) -> Sequence[Scores]:
        return each_scored(questions, self.metrics, self._scored, progress)

    def _scored(self, question: AnsweredQuestion) -> Scores:
        accuracy, coverage = self._carried(question)
        precision, recall = _documents(question)
        return dict(zip(self.metrics, (accuracy, coverage, precision, recall), strict=True))

    def _carried(self, question: AnsweredQuestion) -> tuple[Score, Score]:
        if not question.statements:
            return (STATES_NOTHING if question.cited else CITES_NOTHING), STATES_NOTHING
        carried, right, wrong = 0, 0, list[str]()
        for statement in question.statements:
            cited = [question.contexts[place] for place in statement.cited]
            is_carried = self._carries(statement.text, cited)
            carried += is_carried
            for passage in cited:
                has_part = is_carried and self._has_part(statement, passage, cited)
                right += has_part
                wrong += [] if has_part else [passage.chunk_id]
        total = right + len(wrong)
        reason = f"of no use for what cites them: {', '.join(dict.fromkeys(wrong))}" if wrong else ""
        bare = sum(not statement.cited for statement in question.statements)
        uncited = f"{bare} of {len(question.statements)} statements cite nothing" if bare else ""
        return share(right, total, reason) if total else CITES_NOTHING, share(carried, len(question.statements), uncited)

    def _has_part(self, statement: Statement, passage: Passage, cited: Sequence[Passage]) -> bool:
        """Of passages that carry the statement together."""
        rest = [each for each in cited if each is not passage]
        return not rest or self._carries(statement.text, [passage]) or not self._carries(statement.text, rest)


def _documents(question: AnsweredQuestion) -> tuple[Score, Score]:
    if not question.answerable:
        return UNANSWERABLE, UNANSWERABLE
    if not question.relevant:
        return NONE_RELEVANT, NONE_RELEVANT
    cited = dict.fromkeys(question.contexts[place].doc_id for place in question.cited)
    found = [doc_id for doc_id in cited if doc_id in question.relevant]
    precision = share(len(found), len(cited)) if cited else CITES_NOTHING
    missing = [doc_id for doc_id in question.relevant if doc_id not in cited]
    return precision, share(len(found), len(question.relevant), f"not cited: {', '.join(missing)}" if missing else "")
