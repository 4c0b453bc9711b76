"""What a judge says of the trials of its check, each asked once and kept."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast, get_args

from eval.configuration import fingerprint_of
from eval.judges.base import Judge, Score, ScoreStatus
from eval.judges.check.trials import Trial
from eval.judges.faithfulness import judge_each
from indexes.embedders.model_cache import ModelCache

SUPPORTED_ABOVE = 0.5
"""The score above which a judge that does not tell its claims calls an answer supported: half of its claims are not all."""

BATCH = 40
"""Trials after which verdicts are kept: what a killed check loses, at most."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``supported`` is whether the judge stands by the whole answer, ``None`` where it says nothing of the kind."""

    status: ScoreStatus
    value: float | None
    supported: bool | None


def verdict_of(score: Score) -> Verdict:
    """An answer is supported when all of its claims are; where none are told, above :data:`SUPPORTED_ABOVE`."""
    if score.status != "scored" or score.value is None:
        return Verdict(score.status, None, None)
    told = [claim.supported for claim in score.claims if claim.supported is not None]
    return Verdict(score.status, score.value, all(told) if told else score.value > SUPPORTED_ABOVE)


def verdicts(
    judge: Judge, trials: Sequence[Trial], cache: ModelCache | None, progress: Callable[[int], None] | None = None
) -> Mapping[Trial, Verdict]:
    """A verdict for each of ``trials``. What is in ``cache`` of the same judge is not asked again; a failure is, and not kept.

    A note of the cache is named after the judge's fingerprint: another model or version of a prompt is another judge.
    ``progress`` is told how many more trials are done.
    """
    name = f"judge-check-{fingerprint_of({'name': judge.name, **judge.fingerprint})}"
    kept = _read(cache.read(name)) if cache is not None else {}
    missing = list({trial.key: trial for trial in trials if trial.key not in kept}.values())
    failed: dict[str, Verdict] = {}
    if progress is not None and len(missing) < len(trials):
        progress(len(trials) - len(missing))
    for batch in (missing[first : first + BATCH] for first in range(0, len(missing), BATCH)):
        asked = [(trial.answer, trial.contexts, trial.known.question) for trial in batch]
        for trial, score in zip(batch, judge_each(judge, asked), strict=True):
            verdict = verdict_of(score)
            (failed if verdict.status == "failed" else kept)[trial.key] = verdict
            if progress is not None:
                progress(1)
        if cache is not None:
            cache.write(name, {"judge": judge.name, "verdicts": dict(_plain(kept))})
    return {trial: kept.get(trial.key) or failed[trial.key] for trial in trials}


def _plain(kept: Mapping[str, Verdict]) -> Iterator[tuple[str, list[Any]]]:
    return ((key, [verdict.status, verdict.value, verdict.supported]) for key, verdict in kept.items())


def _read(note: Mapping[str, Any] | None) -> dict[str, Verdict]:
    """The verdicts of a note; those that are not in the form in which they were written are left out, and asked again."""
    rows = (note or {}).get("verdicts")
    found = {}
    for key, row in rows.items() if isinstance(rows, dict) else ():
        match row:
            case [str(status), float() | int() | None as value, bool() | None as supported] if status in get_args(ScoreStatus):
                found[key] = Verdict(cast("ScoreStatus", status), value, supported)
    return found
