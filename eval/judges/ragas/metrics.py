"""The metrics of ragas that are measured: what each is given, when it does not apply, and how it is asked for.

Definitions: https://docs.ragas.io/en/stable/concepts/metrics/ and the classes of ``ragas.metrics.collections`` 0.4.3.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType, ModuleType
from typing import Any, Literal

from eval.judges.base import AnsweredQuestion, Score
from ragline.errors import InputError

Input = Literal["user_input", "response", "retrieved_contexts", "reference"]


@dataclass(frozen=True, slots=True)
class RagasMetric:
    """A metric by our name. ``inputs`` are the arguments of ragas's ``ascore``; ``make`` is given its module, model and
    embedding.

    ``embeds`` says whether it depends on the embedder, ``asks`` whether on a model.
    """

    name: str
    inputs: tuple[Input, ...]
    make: Callable[[ModuleType, Any, Any], Any]
    asks: bool = True
    embeds: bool = False

    def undecided(self, question: AnsweredQuestion) -> Score | None:
        """Why it has no value for ``question``, which then is asked nothing; ``None`` where it has to be judged."""
        if "response" in self.inputs:
            if question.abstained:
                return Score(None, "refusal", "the answer says that it does not know")
            if not question.answer.strip():
                return Score(None, "refusal", "the answer is empty")
        if "reference" in self.inputs and not question.reference.strip():
            return Score(None, "not_applicable", "the golden set has no expected answer")
        if "retrieved_contexts" in self.inputs and not texts_of(question):
            return Score(None, "no_context", "the answer was written from no passage")
        return None

    def values(self, question: AnsweredQuestion) -> dict[str, Any]:
        """The arguments of ``ascore`` for ``question``."""
        values = {
            "user_input": question.question,
            "response": question.answer,
            "retrieved_contexts": texts_of(question),
            "reference": question.reference,
        }
        return {name: values[name] for name in self.inputs}


def texts_of(question: AnsweredQuestion) -> list[str]:
    """The texts of the passages of a question, in order, without blank ones."""
    return [passage.text for passage in question.contexts if passage.text.strip()]


METRICS: Mapping[str, RagasMetric] = MappingProxyType(
    {
        metric.name: metric
        for metric in (
            RagasMetric(
                "faithfulness",
                ("user_input", "response", "retrieved_contexts"),
                lambda ragas, model, _: ragas.Faithfulness(llm=model),
            ),
            RagasMetric(
                "answer_relevancy",
                ("user_input", "response"),
                # at temperature 0 several questions to one answer are one question: it is asked for, and paid for, once
                lambda ragas, model, embedding: ragas.AnswerRelevancy(llm=model, embeddings=embedding, strictness=1),
                embeds=True,
            ),
            RagasMetric(
                "context_precision",
                ("user_input", "reference", "retrieved_contexts"),
                lambda ragas, model, _: ragas.ContextPrecision(llm=model),
            ),
            RagasMetric(
                "context_recall",
                ("user_input", "retrieved_contexts", "reference"),
                lambda ragas, model, _: ragas.ContextRecall(llm=model),
            ),
            RagasMetric(
                "factual_correctness",
                ("response", "reference"),
                lambda ragas, model, _: ragas.FactualCorrectness(llm=model),
            ),
            RagasMetric(
                "noise_sensitivity",
                ("user_input", "response", "reference", "retrieved_contexts"),
                lambda ragas, model, _: ragas.NoiseSensitivity(llm=model),
            ),
            RagasMetric(
                "semantic_similarity",
                ("reference", "response"),
                lambda ragas, _, embedding: ragas.SemanticSimilarity(embeddings=embedding),
                asks=False,
                embeds=True,
            ),
        )
    }
)
"""By name. All are better the higher, but for noise_sensitivity."""


def metrics_named(names: Sequence[str]) -> tuple[RagasMetric, ...]:
    """The metrics called so. Raises :class:`InputError` for a name that is not known, for a second one, and for none."""
    unknown = [name for name in names if name not in METRICS]
    if unknown or not names or len(set(names)) < len(names):
        what = f"has no metric {unknown[0]!r}" if unknown else "needs metrics, each once"
        raise InputError(f"ragas {what}. Set judge_metrics to some of {', '.join(METRICS)}.")
    return tuple(METRICS[name] for name in names)
