"""Comparing evaluations, and two configurations of one collection."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

from api.arguments import path_text
from ragline.errors import InputError
from ragline.settings import Settings

if TYPE_CHECKING:
    from api.collection import Collection
    from eval.comparison.comparison import Comparison
    from eval.comparison.gate import Gate, GateRule
    from eval.golden_units import Unit
    from eval.judges.progress import Told
    from eval.result import EvalResult
    from ragline.types import Principal, SearchMode

    Evaluation = EvalResult | str | os.PathLike[str]
    Gates = str | Mapping[str, float]

_LOADING = frozenset({"embedder", "runtime", "threads"})
"""Settings that an embedder is loaded by; with one of them a side loads its own."""


def compare(
    a: Evaluation,
    b: Evaluation,
    *,
    names: tuple[str, str] | None = None,
    metrics: Iterable[str] = (),
    by_id: bool = False,
    gates: Gates = "",
    rule: GateRule = "mean",
    max_missing: float = 0.0,
    reports: str | os.PathLike[str] | None = None,
) -> Comparison:
    """Evaluation ``b`` against ``a``: for every metric the difference b - a with a paired interval and test, for every query
    what changed.

    Each is a result of :meth:`ragline.Collection.evaluate`, or the report of one: its folder or ``report.json``. Only queries
    that both have a score for enter a test; the others are counted and listed. ``metrics`` names those that are tested (by
    default every family at its deepest cut-off), ``by_id`` compares different golden sets on the queries they share. ``gates``
    bounds what may be lost, as ``"nDCG@10:-0.01,faithfulness:-0.02"`` or as a mapping; ``comparison.passed`` says whether they
    hold, by ``rule``: "mean", "significant" or "non-inferior" (:mod:`eval.comparison.gate`). A missing score fails a gate,
    unless at most the share ``max_missing`` is missing. ``reports`` is a folder for JSON, Markdown and HTML.

    Raises :class:`ragline.errors.GoldenMismatchError` for evaluations of different golden sets,
    :class:`ragline.errors.InputError` for a report that cannot be read, a metric that neither measures, or a malformed gate.
    """
    from eval.comparison.compare import compare_results
    from eval.comparison.reports import write_comparison

    bounds = _gates(gates)
    comparison = compare_results(
        result_of(a),
        result_of(b),
        names=names or _names(a, b),
        metrics=metrics,
        by_id=by_id,
        gates=bounds,
        rule=rule,
        max_missing=max_missing,
    )
    return comparison if reports is None else replace(comparison, files=write_comparison(comparison, Path(reports)))


class Comparing:
    """What compares configurations; a part of :class:`ragline.Collection`."""

    folder: Path
    settings: Settings

    def compare(
        self,
        golden: str | os.PathLike[str],
        a: Mapping[str, Any],
        b: Mapping[str, Any],
        *,
        mode: SearchMode = "hybrid",
        answers: bool = True,
        judge: str = "none",
        ks: Sequence[int] = (1, 3, 5, 10),
        principal: Principal | None = None,
        metrics: Iterable[str] = (),
        gates: Gates = "",
        rule: GateRule = "mean",
        max_missing: float = 0.0,
        reports: str | os.PathLike[str] | None = None,
        progress: Callable[[int], None] | None = None,
        judge_progress: Told | None = None,
        unit: Unit = "document",
    ) -> Comparison:
        """Evaluate this collection on ``golden`` with the settings ``a`` and with ``b``, and compare.

        Each is settings by name, as :func:`ragline.open` takes them, on top of those of this collection; ``mode`` may be
        among them. None of them is kept. ``reports`` gets the comparison, and the evaluations in its folders ``a`` and ``b``.
        An answer that both sides give, from the same passages, is judged once: it costs once, and the verdicts are equal. The
        rest is as for :meth:`evaluate` and :func:`ragline.compare`, and so are the errors; an
        :class:`ragline.errors.IncompatibleError` is raised for a setting that asks for another collection, such as its chunk
        size.
        """
        from eval.comparison.gate import require_usable
        from eval.report_folder import report_folder

        _gates(gates)  # what is malformed is told before anything is measured
        require_usable(rule, max_missing)
        options: dict[str, Any] = {"answers": answers, "judge": judge, "ks": ks, "principal": principal, "unit": unit}
        options |= {"progress": progress, "judge_progress": judge_progress}
        with ExitStack() as stack:
            if reports is not None:
                place: Path | None = report_folder(Path(reports))
            else:  # what the judge said of A is kept at least until B is judged
                place = None if judge == "none" else Path(stack.enter_context(TemporaryDirectory(prefix="ragline-compare-")))
            results = []
            for letter, given in (("a", a), ("b", b)):
                if place is not None and letter == "b":
                    _pass_judgements(place / "a", place / "b")
                folder = None if place is None else place / letter
                results.append(self._evaluated(given, golden, options={"mode": mode, "reports": folder, **options}))
        return compare(
            *results,
            names=(_told(a), _told(b)),
            metrics=metrics,
            gates=gates,
            rule=rule,
            max_missing=max_missing,
            reports=reports,
        )

    def _evaluated(self, given: Mapping[str, Any], golden: str | os.PathLike[str], *, options: Mapping[str, Any]) -> EvalResult:
        """The evaluation of one side, with the settings ``given``."""
        overrides = dict(given)
        mode = overrides.pop("mode", options["mode"])
        with ExitStack() as stack:
            side = cast("Collection", self) if not overrides else stack.enter_context(self._with(overrides))
            return side.evaluate(golden, **{**options, "mode": mode})

    def _with(self, overrides: Mapping[str, Any]) -> Collection:
        """This collection once more, with other settings. It shares the embedder, which takes longest to load."""
        from api.collection import open as open_collection

        own = cast("Collection", self)
        other = open_collection(self.folder, settings=self.settings, create=False, **overrides)
        if not _LOADING & overrides.keys():
            other.embedder = own.embedder
        return other


def _told(given: Mapping[str, Any]) -> str:
    """The name of a side: its settings."""
    return ", ".join(f"{name}={value}" for name, value in given.items()) or "as it is"


def _pass_judgements(a: Path, b: Path) -> None:
    """Let the judge of B know what was said for A. A run of B that broke off has that already."""
    from eval.judges.ragas.store import JUDGEMENTS

    if (a / JUDGEMENTS).is_file() and not (b / JUDGEMENTS).exists():
        b.mkdir(parents=True, exist_ok=True)
        shutil.copy(a / JUDGEMENTS, b / JUDGEMENTS)  # with its mode: it quotes documents


def settings_of(assignments: Iterable[str]) -> dict[str, Any]:
    """The settings of texts ``name=value``, and ``mode`` among them. Raises :class:`ragline.errors.SettingsError`."""
    given = list(assignments)
    modes = [text.partition("=")[2] for text in given if text.partition("=")[0] == "mode"]
    others = [text for text in given if text.partition("=")[0] != "mode"]
    return {**Settings.parse(others), **({"mode": modes[-1]} if modes else {})}


def _gates(gates: Gates) -> tuple[Gate, ...]:
    from eval.comparison.gate import parse_gates

    text = gates if isinstance(gates, str) else ",".join(f"{metric}:{bound}" for metric, bound in gates.items())
    return parse_gates(text)


def result_of(given: Evaluation) -> EvalResult:
    """The result that was given, or that of the report at a path. Raises :class:`ragline.errors.InputError` where none is."""
    from eval.reports.json_reader import read_result
    from eval.result import EvalResult

    if isinstance(given, EvalResult):
        return given
    if not isinstance(given, str | os.PathLike):
        raise InputError(f"A {type(given).__name__} is no evaluation. Give a result of evaluate(), or its report's folder.")
    return read_result(Path(path_text(given)).expanduser())


def _names(a: Evaluation, b: Evaluation) -> tuple[str, str]:
    """The folders of reports; of what has none, or the same, A and B."""
    found = [_name(given, letter) for given, letter in ((a, "A"), (b, "B"))]
    return (found[0], found[1]) if found[0] != found[1] else (f"{found[0]} (A)", f"{found[1]} (B)")


def _name(given: Evaluation, letter: str) -> str:
    if not isinstance(given, str | os.PathLike):
        return letter
    path = Path(path_text(given))
    return (path.parent.name if path.suffix == ".json" and path.name == "report.json" else path.name) or letter
