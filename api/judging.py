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
    from eval.judges.base import AnswerScorer, JudgeCheck
    from eval.judges.progress import Told
    from indexes.maintenance.doctor import Finding
    from ragline.settings import Settings


@dataclass(frozen=True, slots=True)
class Judging:
    """What scores the answers of an evaluation, and how the judge among them did on answers that are known."""

    scorers: tuple[AnswerScorer, ...] = ()
    check: JudgeCheck | None = None


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
    """What ``judge`` makes of the answers of ``collection``.

    A judge whose work costs something keeps it in ``folder`` and tells ``told`` how far it is. Raises :class:`InputError` for
    a name that is not known.
    """
    from eval.judges.progress import RunScorer

    if judge not in JUDGES:
        raise InputError(f"No judge is called {judge!r}. Use one of {', '.join(JUDGES)}.")
    made = JUDGES[judge](collection)
    scorers = tuple(
        scorer.for_run(folder=folder, told=told) if isinstance(scorer, RunScorer) else scorer for scorer in made.scorers
    )
    return replace(made, scorers=scorers)


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
