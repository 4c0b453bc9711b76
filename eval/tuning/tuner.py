"""Measures every kind of index on a sample of a collection, and chooses by the goals. Nothing is changed."""

import importlib.util
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from eval.tuning.choice import choose
from eval.tuning.forecast import Forecast, scaled
from eval.tuning.goals import Goals
from eval.tuning.outcome import TuneReport, outcome
from eval.tuning.points import Point
from eval.tuning.sample import Sample
from eval.tuning.sweep import sweep
from indexes.vector.registry import KINDS
from ragline.errors import InputError, MissingExtra
from ragline.settings import Settings


@dataclass(frozen=True, slots=True)
class TuneProgress:
    """``done`` of ``total`` kinds are measured; ``kind`` is at ``step``."""

    done: int
    total: int
    kind: str
    step: str


ProgressCallback = Callable[[TuneProgress], None]


def tune(
    sample: Sample,
    goals: Goals,
    settings: Settings,
    *,
    threads: int,
    kinds: Iterable[str] | None = None,
    progress: ProgressCallback | None = None,
) -> TuneReport:
    """Measure ``kinds`` (``None`` = all) and choose among all their points.

    A kind whose library is not installed, or that cannot hold the vectors, is skipped, and the report says why. Raises
    :class:`InputError` for a kind that is unknown, and where none is left.
    """
    started, measured_at = time.perf_counter(), datetime.now(UTC).isoformat(timespec="seconds")
    points: list[Point] = []
    forecasts: list[Forecast] = []
    skipped: dict[str, str] = {}
    names = _known(kinds)
    for done, name in enumerate(names):
        kind = KINDS[name]

        def tell(step: str, done: int = done, name: str = name) -> None:
            if progress is not None:
                progress(TuneProgress(done, len(names), name, step))

        if importlib.util.find_spec(kind.library) is None:
            skipped[name] = f"{kind.library} is not installed"
            continue
        try:
            found = sweep(kind, sample, settings, threads=threads, tell=tell)
        except (MissingExtra, InputError) as error:
            skipped[name] = str(error)
            continue
        points += found
        dim = sample.vectors.shape[1]
        forecasts.append(scaled(kind, found[0].build_s, len(sample.vectors), sample.total, dim, settings))
    if not points:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in skipped.items())
        raise InputError(f"No kind of index could be measured ({reasons}). Ask for others: {', '.join(KINDS)}.")
    return outcome(
        choose(points, goals),
        tuple(points),
        goals=goals,
        vectors=len(sample.vectors),
        total=sample.total,
        queries=len(sample.queries),
        source=sample.source,
        depth=settings.depth,
        measured_at=measured_at,
        seconds=time.perf_counter() - started,
        forecasts=tuple(forecasts),
        skipped=skipped,
        notes=_notes(sample, settings),
    )


def _known(kinds: Iterable[str] | None) -> tuple[str, ...]:
    names = tuple(KINDS if kinds is None else dict.fromkeys(kinds))
    for name in names:
        if name not in KINDS:
            raise InputError(f"Unknown index kind {name!r}; choose among {', '.join(KINDS)}.")
    return names


def _notes(sample: Sample, settings: Settings) -> tuple[str, ...]:
    notes = [
        f"Every search is {settings.depth} deep (the setting depth), as in the collection; times are those of the vector "
        "search alone, in one thread.",
        "Memory is what no file backs; the mapped part is read as searches touch it, and is slow where it does not fit.",
    ]
    if sample.is_partial:
        notes.append(
            f"Measured on {len(sample.vectors):,} of {sample.total:,} vectors, drawn at random; bytes are for all of them. "
            "A choice that is applied is measured once more on the whole index."
        )
    return tuple(notes)
