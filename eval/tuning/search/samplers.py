"""What says which point is tried next: Optuna's tree-structured Parzen estimator, or a shuffled grid where Optuna is missing.

Both see quality only, never a time: so the same seed proposes the same points on every machine.
"""

import importlib.util
import itertools
import warnings
from collections.abc import Iterator, Sequence
from math import prod
from typing import Any, Protocol

import numpy as np

from eval.tuning.search.dimensions import Dimension, Point
from ragline.errors import InputError, MissingExtra

SAMPLERS = ("auto", "tpe", "grid")
STARTUP = 10
"""Points that TPE draws at random before it estimates anything: Optuna's default."""


MOST_SHUFFLED = 100_000
"""Points of a grid up to which all are put in order."""


class Sampler(Protocol):
    """Proposes points until there are no more. May propose one twice."""

    name: str

    def ask(self) -> Point | None:
        """The next point, ``None`` where all were proposed."""
        ...

    def tell(self, point: Point, quality: float | None) -> None:
        """What the point last asked for, or one that was tried unasked, came to; ``None`` where it failed."""
        ...


def sampler_of(name: str, dimensions: Sequence[Dimension], seed: int) -> Sampler:
    """The sampler of this name; ``auto`` is ``tpe`` where Optuna is installed, else ``grid``.

    Raises :class:`InputError` for another name, :class:`MissingExtra` for ``tpe`` without Optuna.
    """
    if name not in SAMPLERS:
        raise InputError(f"Unknown sampler {name!r}; choose one of {', '.join(SAMPLERS)}.")
    has_optuna = importlib.util.find_spec("optuna") is not None
    if name == "tpe" and not has_optuna:
        raise MissingExtra("optuna", extra="tuning", purpose="The sampler tpe")
    if name == "grid" or not has_optuna:
        return GridSampler(dimensions, seed)
    return TpeSampler(dimensions, seed)


class GridSampler:
    """Every point once, in a shuffled order: a budget that does not reach the end is spread over the whole grid.

    Of a grid that is larger than any budget, points are drawn instead, and one may come twice.
    """

    name = "grid"

    def __init__(self, dimensions: Sequence[Dimension], seed: int) -> None:
        self._dimensions = dimensions
        sizes = [len(dimension.values) for dimension in dimensions]
        draw = np.random.default_rng(seed)
        total = prod(sizes)
        self._places: Iterator[Sequence[int]]
        if total <= MOST_SHUFFLED:
            self._places = zip(*(each.tolist() for each in np.unravel_index(draw.permutation(total), sizes)), strict=True)
        else:
            self._places = (draw.integers(sizes).tolist() for _ in itertools.count())

    def ask(self) -> Point | None:
        """The next point of the order."""
        places = next(self._places, None)
        if places is None:
            return None
        return {each.setting: each.values[place] for each, place in zip(self._dimensions, places, strict=True)}

    def tell(self, point: Point, quality: float | None) -> None:
        """Nothing is learned."""


class TpeSampler:
    """Optuna's TPE, seeded. Source: Bergstra et al., "Algorithms for Hyper-Parameter Optimization", NeurIPS 2011.

    Ordered settings are given to it by their place in the grid, so that what it learns of a value holds for those beside it.
    """

    name = "tpe"

    def __init__(self, dimensions: Sequence[Dimension], seed: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._optuna = optuna
        self._dimensions = dimensions
        self._distributions: dict[str, Any] = {
            each.setting: optuna.distributions.IntDistribution(0, len(each.values) - 1)
            if each.is_ordered
            else optuna.distributions.CategoricalDistribution(tuple(map(str, each.values)))
            for each in dimensions
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._study = optuna.create_study(
                direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=STARTUP)
            )
        self._asked: Any = None

    def ask(self) -> Point | None:
        """The next point; there is always one, which may have been tried."""
        self._asked = self._study.ask(self._distributions)
        return {each.setting: self._value(each, self._asked.params[each.setting]) for each in self._dimensions}

    def tell(self, point: Point, quality: float | None) -> None:
        """The model learns from it."""
        state = self._optuna.trial.TrialState.FAIL if quality is None else self._optuna.trial.TrialState.COMPLETE
        if self._asked is not None:
            self._study.tell(self._asked, quality, state=state)
            self._asked = None
        elif quality is not None:
            params = {each.setting: self._code(each, point[each.setting]) for each in self._dimensions}
            self._study.add_trial(
                self._optuna.trial.create_trial(params=params, distributions=self._distributions, value=quality)
            )

    @staticmethod
    def _value(dimension: Dimension, code: Any) -> Any:
        if dimension.is_ordered:
            return dimension.values[code]
        return next(value for value in dimension.values if str(value) == code)

    @staticmethod
    def _code(dimension: Dimension, value: Any) -> Any:
        return dimension.values.index(value) if dimension.is_ordered else str(value)
