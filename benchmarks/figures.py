"""One measured number, and how a run of them is written down."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ragline.errors import InputError

_TARGET = re.compile(r"(>=|<=) (\d+(?:\.\d+)?)")
_DECIMALS = {"": 4, "%": 1, "x": 3, "s": 3, "ms": 2, "MB": 1, "1/s": 1}  # what is left is below the noise of a repeated run


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured ``value``. ``unit`` is ``""`` for a score in [0, 1], ``"x"`` for a ratio, else ``s``, ``ms``, ``MB``, ...

    ``target`` is what has to be reached, written as ``">= 0.717"`` or ``"<= 1.5"``, or empty where the figure is only reported.
    """

    name: str
    value: float
    unit: str = ""
    note: str = ""
    target: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether ``value`` reaches ``target``; ``None`` without a target. Raises :class:`InputError` for a malformed one."""
        if not self.target:
            return None
        match = _TARGET.fullmatch(self.target)
        if match is None:
            raise InputError(f"{self.name}: {self.target!r} is no target. Write it as '>= 0.7' or '<= 1.5'.")
        bound = float(match[2])
        return self.value >= bound if match[1] == ">=" else self.value <= bound

    def __str__(self) -> str:
        if self.unit == "difference":
            return f"{self.value:.1e}"  # of two computations of one figure: rounding, or a bug
        decimals = _DECIMALS.get(self.unit, 0)
        return f"{self.value:,.{decimals}f} {self.unit}".rstrip()


Measured = Mapping[str, Sequence[Figure]]
"""The figures of each suite that ran."""


def markdown_page(measured: Measured, expected: Mapping[str, Mapping[str, float]], conditions: Mapping[str, object]) -> str:
    """A Markdown page: a table for each suite, then the conditions."""
    lines = ["# Benchmarks", "", "Written by `python -m benchmarks`; do not edit.", ""]
    for suite, figures in measured.items():
        lines += [f"## {suite}", "", "| figure | value | target | verdict | expected | note |", "|---|--:|---|---|--:|---|"]
        known = expected.get(suite, {})
        lines += [_row(figure, known.get(figure.name)) for figure in figures]
        lines.append("")
    lines += ["## Conditions", "", *(f"- {name.replace('_', ' ')}: {_flat(value)}" for name, value in conditions.items())]
    return "\n".join(lines) + "\n"


def _row(figure: Figure, expected: float | None) -> str:
    verdict = {None: "", True: "met", False: "**missed**"}[figure.is_met]
    known = "" if expected is None else f"{expected:.4f}"
    cells = (figure.name, str(figure), figure.target, verdict, known, figure.note)
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _flat(value: object) -> str:
    return ", ".join(f"{name} {item}" for name, item in value.items()) if isinstance(value, Mapping) else str(value)
