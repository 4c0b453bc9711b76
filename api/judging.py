"""From the name of a judge to what scores answers with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ragline.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from api.collection import Collection
    from eval.judges.base import AnswerScorer, HumanAgreement, Judge, JudgeCheck
    from eval.judges.progress import Told
    from indexes.maintenance.doctor import Finding
    from ragline.settings import Settings
    from retrieval.answers.completion import ModelEndpoint


DEFAULT_JUDGE = "offline"


@dataclass(frozen=True, slots=True)
class Judging:
    """What scores the answers of an evaluation, how the judge among them did on answers that are known, and how it agrees with
    people.

    ``judge`` is the one that is to be checked on known answers before it scores anything: its ``check`` is then made here.
    """

    scorers: tuple[AnswerScorer, ...] = ()
    check: JudgeCheck | None = None
    agreement: tuple[HumanAgreement, ...] = ()
    judge: Judge | None = None


def judged_by(judge: Judge, *scorers: AnswerScorer) -> Judging:
    """Faithfulness by ``judge``, which is checked, and what ``scorers`` measure besides."""
    from eval.judges.faithfulness import FaithfulnessScorer

    return Judging((FaithfulnessScorer(judge), *scorers), judge=judge)


def _none(_: Collection) -> Judging:
    return Judging()


def _offline(_: Collection) -> Judging:
    """With the light vectors whatever embeds the collection: its figures compare between collections, and it costs little."""
    from eval.judges.offline.judge import OfflineJudge
    from indexes.embedders.registry import load_embedder

    judge = OfflineJudge(load_embedder("light"))
    return replace(judged_by(judge), agreement=judge.agreement)


def _ragas(collection: Collection) -> Judging:
    from eval.judges.faithfulness import FAITHFULNESS, ScorerJudge
    from eval.judges.ragas.purse import JudgeBudget
    from eval.judges.ragas.scorer import RagasOptions, RagasScorer

    settings, endpoint = collection.settings, _endpoint(collection)
    options = RagasOptions(
        metrics=tuple(name.strip() for name in settings.judge_metrics.split(",")),
        concurrency=settings.judge_concurrency,
        per_minute=settings.judge_requests_per_minute,
        budget=JudgeBudget(settings.judge_budget_usd, settings.judge_budget_calls),
    )
    scorer = RagasScorer(endpoint, collection.embedder, options)
    faithful = scorer.only(FAITHFULNESS)
    return Judging((scorer,), judge=ScorerJudge(faithful, scorer.name))


def _llm(collection: Collection) -> Judging:
    from eval.judges.ragas.purse import JudgeBudget

    settings = collection.settings
    try:
        from eval.judges.llm.asking import JudgeModel
        from eval.judges.llm.scorer import LlmScorer
    except ImportError as error:
        raise MissingExtra("pydantic", extra="llm", purpose="The judge llm", cause=str(error)) from error
    model = JudgeModel.within(
        _endpoint(collection),
        JudgeBudget(settings.judge_budget_usd, settings.judge_budget_calls),
        per_minute=settings.judge_requests_per_minute,
        concurrency=settings.judge_concurrency,
    )
    scorer = LlmScorer(model, concurrency=settings.judge_concurrency)
    return Judging((scorer,), judge=scorer.judge)


def _endpoint(collection: Collection) -> ModelEndpoint:
    """The model that the settings name for judging."""
    from retrieval.answers.completion import ModelEndpoint

    settings = collection.settings
    return ModelEndpoint(
        settings.judge_model,
        settings.judge_api_base or None,
        timeout_s=settings.judge_timeout_s,
        retries=settings.judge_retries,
        max_tokens=settings.judge_max_tokens,
    )


JUDGES: Mapping[str, Callable[[Collection], Judging]] = MappingProxyType(
    {DEFAULT_JUDGE: _offline, "none": _none, "ragas": _ragas, "llm": _llm}
)
"""Each judge by the name that ``judge=`` and ``--judge`` know it by."""


def judging(collection: Collection, judge: str, *, folder: Path | None = None, told: Told | None = None) -> Judging:
    """What ``judge`` makes of the answers of ``collection``, after what is measured of them without any judge.

    A judge is first run on known answers (the setting ``judge_check``), unless that was done before: its verdicts on them are
    kept in the cache folder, by its fingerprint. One whose work costs something keeps the rest in ``folder`` and tells ``told``
    how far it is. Raises :class:`InputError` for a name that is not known.
    """
    from eval.judges.progress import RunScorer
    from eval.scorers.registry import answer_scorers

    if judge not in JUDGES:
        raise InputError(f"No judge is called {judge!r}. Use one of {', '.join(JUDGES)}.")
    made = JUDGES[judge](collection)
    extent = collection.settings.judge_check
    if made.judge is not None and made.check is None and extent != "off":
        made = replace(made, check=_checked(made.judge, biases=extent == "full", told=told))
    scorers = (scorer.for_run(folder=folder, told=told) if isinstance(scorer, RunScorer) else scorer for scorer in made.scorers)
    return replace(made, scorers=(*answer_scorers(collection.embedder), *scorers))


def _checked(judge: Judge, *, biases: bool, told: Told | None) -> JudgeCheck:
    from eval.judges.check.judge_check import check_judge, trial_count
    from eval.judges.progress import Checking
    from indexes.embedders.model_cache import ModelCache, default_cache_folder

    done, total = 0, trial_count(biases=biases)

    def progress(more: int) -> None:
        nonlocal done
        done += more
        if told is not None:
            told(Checking(done, total))

    return check_judge(judge, cache=ModelCache(default_cache_folder()), biases=biases, progress=progress)


def judge_findings(settings: Settings) -> tuple[Finding, ...]:
    """Whether the packages of a judge that is set can be used; nothing where none is."""
    from eval.judges.ragas.library import load_ragas
    from indexes.maintenance.doctor import Finding

    if not settings.judge_model:
        return ()
    try:
        load_ragas()
    except MissingExtra as error:
        problem, _, command = str(error).rpartition(" Install it with: ")
        return (Finding("judge", problem, f"install it with: {command}"),)
    return (Finding("judge"),)
