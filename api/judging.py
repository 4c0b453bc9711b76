"""From the name of a judge to what scores answers with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ragline.errors import InputError

if TYPE_CHECKING:
    from api.collection import Collection
    from eval.judges.base import AnswerScorer, HumanAgreement, Judge, JudgeCheck
    from eval.judges.progress import Told


@dataclass(frozen=True, slots=True)
class Judging:
    """What scores the answers of an evaluation, how the judge among them did on answers that are known, and how it agrees with
    people.
    """

    scorers: tuple[AnswerScorer, ...] = ()
    check: JudgeCheck | None = None
    agreement: tuple[HumanAgreement, ...] = ()


def judged_by(judge: Judge, *scorers: AnswerScorer) -> Judging:
    """Faithfulness by ``judge``, after it was checked on known answers, and what ``scorers`` measure besides.

    The verdicts of the check are kept in the cache folder: a judge of the same fingerprint is not asked for them again.
    """
    from eval.judges.check.judge_check import check_judge
    from eval.judges.faithfulness import FaithfulnessScorer
    from indexes.embedders.model_cache import ModelCache, default_cache_folder

    return Judging((FaithfulnessScorer(judge), *scorers), check_judge(judge, cache=ModelCache(default_cache_folder())))


def scored_by(scorer: AnswerScorer, name: str) -> Judging:
    """What ``scorer`` measures, faithfulness among it, after it was checked by that on known answers."""
    from eval.judges.check.judge_check import check_judge
    from eval.judges.faithfulness import ScorerJudge
    from indexes.embedders.model_cache import ModelCache, default_cache_folder

    return Judging((scorer,), check_judge(ScorerJudge(scorer, name), cache=ModelCache(default_cache_folder())))


def _none(_: Collection) -> Judging:
    return Judging()


def _ragas(collection: Collection) -> Judging:
    from eval.judges.ragas.purse import JudgeBudget
    from eval.judges.ragas.scorer import RagasOptions, RagasScorer
    from retrieval.answers.completion import ModelEndpoint

    settings = collection.settings
    endpoint = ModelEndpoint(
        settings.judge_model,
        settings.judge_api_base or None,
        timeout_s=settings.judge_timeout_s,
        retries=settings.judge_retries,
        max_tokens=settings.judge_max_tokens,
    )
    options = RagasOptions(
        metrics=tuple(name.strip() for name in settings.judge_metrics.split(",")),
        concurrency=settings.judge_concurrency,
        per_minute=settings.judge_requests_per_minute,
        budget=JudgeBudget(settings.judge_budget_usd, settings.judge_budget_calls),
    )
    return Judging((RagasScorer(endpoint, collection.embedder, options),))


JUDGES: Mapping[str, Callable[[Collection], Judging]] = MappingProxyType({"none": _none, "ragas": _ragas})
"""Each judge by the name that ``judge=`` and ``--judge`` know it by."""


def judging(collection: Collection, judge: str, *, folder: Path | None = None, told: Told | None = None) -> Judging:
    """What ``judge`` makes of the answers of ``collection``, after what is measured of them without any judge.

    A judge whose work costs something keeps it in ``folder`` and tells ``told`` how far it is. Raises :class:`InputError` for
    a name that is not known.
    """
    from eval.judges.progress import RunScorer
    from eval.scorers.registry import answer_scorers

    if judge not in JUDGES:
        raise InputError(f"No judge is called {judge!r}. Use one of {', '.join(JUDGES)}.")
    made = JUDGES[judge](collection)
    scorers = (scorer.for_run(folder=folder, told=told) if isinstance(scorer, RunScorer) else scorer for scorer in made.scorers)
    return replace(made, scorers=(*answer_scorers(collection.embedder), *scorers))
