"""What a run is held to: recorded quality, from which a drop fails, and targets, which only warn unless asked to fail."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Measured
from ragline.errors import InputError

EXPECTED = Path(__file__).with_name("expected.toml")
TOLERANCE = 0.005  # the drop of nDCG that fails; a quantised runtime or another library version moves less
QUALITY_SUITES = ("samples", "quality", "rerank", "injection", "abstention", "grounding", "offline_judge")
_ROUNDING = 5e-5  # recorded with four decimals

Expected = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``failures`` end the run with an error, ``warnings`` do not."""

    failures: tuple[str, ...]
    warnings: tuple[str, ...]


def check(measured: Measured, expected: Expected, *, partial: bool = False, strict: bool = False) -> Verdict:
    """Compare a run with what is recorded for its suites; suites that did not run are not looked at.

    A score more than :data:`TOLERANCE` below the recorded one fails, and so does one that is recorded and was not measured,
    unless the run is ``partial``. A missed target is a warning, with ``strict`` a failure.
    """
    failures: list[str] = []
    for suite, figures in measured.items():
        values = {figure.name: figure.value for figure in figures}
        for name, recorded in expected.get(suite, {}).items():
            value = values.get(name)
            if value is None:
                failures += [] if partial else [f"{suite}: {name} was not measured; expected {recorded:.4f}"]
            elif value < recorded - TOLERANCE - _ROUNDING:
                failures.append(f"{suite}: {name} dropped to {value:.4f}; expected {recorded:.4f}, tolerance {TOLERANCE}")
    missed = [
        f"{suite}: {figure.name} is {figure}; the target is {figure.target}"
        for suite, figures in measured.items()
        for figure in figures
        if figure.is_met is False
    ]
    return Verdict((*failures, *missed), ()) if strict else Verdict(tuple(failures), tuple(missed))


def load_expected(path: Path = EXPECTED) -> Expected:
    """The recorded scores by suite and name, empty when there are none. Raises :class:`InputError` where it is not TOML."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path.name} is not TOML ({error}). Record it anew: python -m benchmarks --record") from error
    return {suite: {name: float(value) for name, value in table.items()} for suite, table in tables.items()}


def record(measured: Measured, conditions: Mapping[str, object], path: Path = EXPECTED) -> None:
    """Write the scores of the quality suites in ``measured``; the tables of other suites stay as they are."""
    tables = load_expected(path)
    for suite in QUALITY_SUITES:
        if suite in measured:
            tables[suite] = {figure.name: figure.value for figure in measured[suite] if not figure.unit}
    lines = [
        "# Scores that `python -m benchmarks` is held to: a drop of more than 0.005 fails.",
        "# Written by `python -m benchmarks --record`; do not edit.",
        f"# Last recorded {conditions['date']} at commit {conditions['commit']}.",
    ]
    for suite in sorted(tables):
        lines += ["", f"[{suite}]", *(f'"{name}" = {value:.4f}' for name, value in tables[suite].items())]
    path.write_text("\n".join(lines) + "\n", "utf-8")
