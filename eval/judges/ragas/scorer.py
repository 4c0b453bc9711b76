"""Ragas as a scorer of an evaluation: all its judgements, side by side, from a store, within a budget, counted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from eval.configuration import Setting
from eval.judges.base import AnsweredQuestion, Passage, Score
from eval.judges.progress import Estimate, Spent, Told
from eval.judges.ragas.asking import REPAIRS, Asker
from eval.judges.ragas.estimate import estimate
from eval.judges.ragas.judgement import Judgement, KeptJudgements
from eval.judges.ragas.library import load_ragas, ragas_version
from eval.judges.ragas.metrics import METRICS, metrics_named
from eval.judges.ragas.pace import Pace
from eval.judges.ragas.prompts import overhead, prompt_version
from eval.judges.ragas.purse import JudgeBudget, Purse
from eval.judges.ragas.running import Pending, judge_all, write_account
from eval.judges.ragas.store import JudgementStore
from indexes.embedders.base import Embedder
from ragline.errors import InputError
from retrieval.answers.completion import ModelEndpoint, cost_usd


@dataclass(frozen=True, slots=True)
class RagasOptions:
    """How ragas is run: what is measured, how many calls at a time and a minute (0 = any), within which budget."""

    metrics: tuple[str, ...] = tuple(METRICS)
    concurrency: int = 4
    per_minute: float = 0.0
    budget: JudgeBudget = field(default_factory=JudgeBudget)
    repairs: int = REPAIRS


class RagasScorer:
    """An :class:`eval.judges.base.AnswerScorer` and a :class:`eval.judges.base.Judge` of faithfulness, by a model.

    ``folder`` keeps what the judge says, so that a later run goes on where one ended; without it nothing is written. ``told``
    is given the estimate and the progress, ``purse`` may be shared. Raises :class:`MissingExtra` without ragas or litellm, and
    :class:`InputError` for metrics that are not known, without a model, and for a budget of money where the model has no known
    price.
    """

    name = "ragas"

    def __init__(
        self,
        endpoint: ModelEndpoint,
        embedder: Embedder,
        options: RagasOptions = RagasOptions(),
        *,
        folder: Path | None = None,
        told: Told | None = None,
        purse: Purse | None = None,
    ) -> None:
        if not endpoint.model:
            raise InputError("ragas needs a model that judges. Name one: judge_model=openai/gpt-4o-mini, --judge-model.")
        self._metrics = metrics_named(options.metrics)
        self._ragas = load_ragas()
        if options.budget.usd and cost_usd(endpoint.model, 1, 1) is None:
            raise InputError(
                f"the price of model {endpoint.model!r} is not known, so judge_budget_usd cannot be kept. Set "
                "judge_budget_calls in its place, or name a model that LiteLLM has a price for."
            )
        self._endpoint = endpoint
        self._embedder = embedder
        self._options = options
        self._folder = folder
        self._told = told
        self._purse = purse or Purse(options.budget)

    def for_run(self, *, folder: Path | None, told: Told | None) -> "RagasScorer":
        """The same, which keeps its judgements in ``folder`` and tells ``told`` how far it is."""
        return RagasScorer(self._endpoint, self._embedder, self._options, folder=folder, told=told, purse=self._purse)

    def only(self, *metrics: str) -> "RagasScorer":
        """The same for these metrics, out of the same purse."""
        return RagasScorer(self._endpoint, self._embedder, replace(self._options, metrics=metrics), purse=self._purse)

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(metric.name for metric in self._metrics)

    @property
    def spent(self) -> Spent:
        """What the calls took up to now."""
        return self._purse.spent

    @cached_property
    def fingerprint(self) -> Mapping[str, Setting]:
        return {
            "judge": f"ragas {ragas_version()}",
            "judge.model": self._endpoint.model,
            "judge.api_base": self._endpoint.api_base,
            "judge.temperature": self._endpoint.temperature,
            "judge.max_tokens": self._endpoint.max_tokens,
            "judge.prompts": prompt_version(self._prompted),
            "judge.repairs": self._options.repairs,
            "judge.metrics": ", ".join(self.metrics),
            "judge.embedder": str(self._embedder.fingerprint),
        }

    def score(
        self, questions: Sequence[AnsweredQuestion], progress: Callable[[int], None] | None = None
    ) -> Sequence[Mapping[str, Score]]:
        """See :class:`AnswerScorer`. An estimate is told before the first call.

        What the budget does not allow, and what the model does not answer, are scores with status "failed" and the reason; run
        again with the same folder, only they are asked for. Raises :class:`InputError` where the model refuses every request
        (its key or name is wrong), and :class:`StorageError` where the disk is full.
        """
        known: list[dict[str, Score | None]] = [
            {metric.name: self._judgements.known(metric, question) for metric in self._metrics} for question in questions
        ]
        pending = [
            Pending(row, metric, question)
            for row, question in enumerate(questions)
            for metric in self._metrics
            if known[row][metric.name] is None
        ]
        told = self._estimate(pending, len(questions) * len(self._metrics) - len(pending))
        if self._told is not None:
            self._told(told)
        begun = [score for row in known for score in row.values() if score is not None]
        if any(score.status == "scored" for score in begun):
            self._purse.vouch()
        try:
            judged = judge_all(
                pending,
                self._judgements.decide,
                self._purse,
                begun=begun,
                concurrency=self._options.concurrency,
                told=self._told,
            )
        finally:
            if self._folder is not None:
                write_account(self._folder, told, self._purse.spent)
        if progress is not None:
            progress(len(questions))
        refusal = self._purse.refusal
        if refusal is not None:
            raise refusal
        for each, score in zip(pending, judged, strict=True):
            known[each.row][each.metric.name] = score
        return [{name: score for name, score in row.items() if score is not None} for row in known]

    def judge(self, answer: str, contexts: Sequence[str], *, question: str = "") -> Score:
        """Faithfulness of ``answer``, as a :class:`eval.judges.base.Judge`."""
        passages = tuple(Passage("", str(place), 0, text) for place, text in enumerate(contexts))
        asked = AnsweredQuestion("", question or "What is known of it?", answer, passages)
        return self._judgements.decide(METRICS["faithfulness"], asked)

    def _estimate(self, pending: Sequence[Pending], kept: int) -> Estimate:
        return estimate(
            [(each.metric, each.question) for each in pending],
            kept,
            model=self._endpoint.model,
            overheads={name: overhead(metric) for name, metric in self._prompted.items()},
            concurrency=self._options.concurrency,
            per_minute=self._options.per_minute,
        )

    @cached_property
    def _judgements(self) -> KeptJudgements:
        options, store = self._options, JudgementStore(self._folder)
        pace = Pace(options.per_minute, options.concurrency)
        asker = Asker(self._endpoint, store, self._purse, pace, repairs=options.repairs)
        return KeptJudgements(Judgement(self._ragas, asker, self._embedder), store, self.fingerprint)

    @cached_property
    def _prompted(self) -> dict[str, Any]:
        """The metrics as ragas makes them, by name, for their prompts."""
        from eval.judges.ragas.adapters import AskingModel, CollectionEmbedding

        model, embedding = AskingModel(_never), CollectionEmbedding(self._embedder)
        return {metric.name: metric.make(self._ragas, model, embedding) for metric in METRICS.values()}


def _never(prompt: str, model: type[BaseModel]) -> BaseModel:
    raise AssertionError(f"{model.__name__} is asked for, in {len(prompt)} characters")
