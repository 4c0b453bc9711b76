"""What judges answers: the values that go in and come out, and the rules that every judge keeps.

- A score is a number in [0, 1], or ``None`` with a status and a reason. What has no value is counted, never averaged.
- An answer that refuses, and one without context, are states of their own: they are no part of faithfulness.
- The text under judgement is data. A judge that asks a model fences it like any retrieved text.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from eval.bootstrap import Interval
from eval.configuration import Setting

ScoreStatus = Literal["scored", "failed", "refusal", "no_context", "not_applicable"]
"""``failed`` counts against the share of scored answers; the three that follow it are no failure, and have no value."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that an answer was written from: characters ``start`` to ``start + len(text)`` of a document.

    ``above`` is what stands over it, the title of the document and of the section: a passage need not repeat it.
    """

    doc_id: str
    chunk_id: str
    start: int
    text: str
    above: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of an answer, without markers. ``cited`` are the places, in the contexts, of the passages that it cites."""

    text: str
    cited: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question with its answer, what the answer was written from, and what the golden set knows of it.

    ``contexts`` are the passages in the order in which the answerer had them; ``cited`` the places of those it cites in them.
    ``reference`` is the expected answer and ``reference_contexts`` the quotes that carry it; empty where none is known.
    ``statements`` are those of the answer, in order; ``relevant`` the documents that the golden set judges relevant.
    """

    id: str
    question: str
    answer: str
    contexts: tuple[Passage, ...]
    abstained: bool = False
    answerable: bool = True
    reference: str = ""
    reference_contexts: tuple[str, ...] = ()
    cited: tuple[int, ...] = ()
    statements: tuple[Statement, ...] = ()
    relevant: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Support:
    """The characters ``start`` to ``end`` of the text of the context at place ``context``, from 0, that carry a claim best."""

    context: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """A claim, characters ``start`` to ``end`` of the answer, as a judge sees it.

    ``probability`` is that of being supported by the contexts, in [0, 1], ``None`` for a judge that says only yes or no, and
    ``supported`` is ``None`` where it could not be judged. ``reason`` says what speaks against it, or why it was not judged.
    """

    text: str
    start: int
    end: int
    supported: bool | None
    probability: float | None = None
    support: Support | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """What one metric says of one answer. ``value`` is ``None`` unless ``status`` is "scored"; then ``reason`` says why.

    ``raw`` is what the judge replied, in its own words, where it replied in words.
    """

    value: float | None
    status: ScoreStatus
    reason: str = ""
    claims: tuple[JudgedClaim, ...] = ()
    raw: str = ""


class Judge(Protocol):
    """Says how far passages support an answer."""

    @property
    def name(self) -> str:
        """Its name in reports, for example "offline"."""
        ...

    @property
    def fingerprint(self) -> Mapping[str, Setting]:
        """What its verdicts depend on: model, version of the prompt or of the weights, embedder."""
        ...

    def judge(self, answer: str, contexts: Sequence[str], *, question: str = "") -> Score:
        """The support of ``answer``, in [0, 1], with a verdict for each claim. Fails with a status, not with an exception."""
        ...


class AnswerScorer(Protocol):
    """One or more metrics of answered questions, measured together, after the run: an evaluation is given any number."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of what it measures, without a cut-off: "faithfulness"."""
        ...

    @property
    def fingerprint(self) -> Mapping[str, Setting]:
        """What the scores depend on; recorded in the configuration of the evaluation."""
        ...

    def score(
        self, questions: Sequence[AnsweredQuestion], progress: Callable[[int], None] | None = None
    ) -> Sequence[Mapping[str, Score]]:
        """For each question, in order, a score for each of ``metrics``. ``progress`` is told how many more are done."""
        ...


@dataclass(frozen=True, slots=True)
class KindCheck:
    """Of ``items`` of a kind that the judge was checked on, ``scored`` have a verdict and ``right`` the right one."""

    items: int
    scored: int
    right: int


@dataclass(frozen=True, slots=True)
class JudgeCheck:
    """How a judge did on the built-in set of known answers; it stands in the header of every report that the judge made.

    ``kinds`` is by kind: supported, contradicted, unrelated, refusal. ``balanced_accuracy`` and ``auroc`` are of supported
    against contradicted and unrelated, ``auroc_length_matched`` of pairs of nearly equal length only; ``None`` where too few
    were scored. ``bound`` is the least balanced accuracy of a judge that is believed. ``biases`` are shares by name, for
    example "position", where they were measured. ``ways`` is as ``kinds``, by what an answer is of its kind by: "contradicted:
    number".
    """

    judge: str
    fingerprint: Mapping[str, Setting]
    kinds: Mapping[str, KindCheck]
    balanced_accuracy: Interval | None
    auroc: Interval | None
    auroc_length_matched: Interval | None
    bound: float
    biases: Mapping[str, float]
    ways: Mapping[str, KindCheck] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether the judge is believed: nothing speaks against it."""
        return not self.problems

    @property
    def problems(self) -> tuple[str, ...]:
        """Why the judge is not believed, in words; empty for one that is.

        Beside the bound no kind may be more often wrong than right: a measure of overlap has a fair balanced accuracy when it
        calls contradicted answers supported and unrelated ones not. Refusals are told of and not reckoned here: the engine's
        own never reach a judge.
        """
        if self.balanced_accuracy is None:
            scored, items = sum(kind.scored for kind in self.kinds.values()), sum(kind.items for kind in self.kinds.values())
            return (f"it gave a verdict on only {scored} of {items} known answers",)
        found = []
        if self.balanced_accuracy.mean < self.bound:
            found.append(f"its balanced accuracy is {self.balanced_accuracy.mean:.3f}, below {self.bound:.3f}")
        found += [
            f"of {kind.scored} {name} answers it gets {kind.right} right"
            for name, kind in self.kinds.items()
            if name != "refusal" and 2 * kind.right < kind.scored
        ]
        return tuple(found)


@dataclass(frozen=True, slots=True)
class HumanAgreement:
    """How a judge agrees with people on answers that it was not made on; it stands in the reports that the judge made.

    ``data_set`` names the answers and the people's verdicts, ``items`` says how many there are. ``note`` says what the figure
    cannot tell, where something speaks against leaning on it.
    """

    data_set: str
    items: int
    balanced_accuracy: Interval | None
    auroc: Interval | None
    auroc_length_matched: Interval | None = None
    note: str = ""
