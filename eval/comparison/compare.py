"""Comparing two evaluations of one golden set, query by query.

Only queries that both sides have a score for enter a metric's difference, its interval and its test; those that one side lacks
are counted and listed. A pair tells more than two means: it takes the difficulty of the query out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eval.comparison.comparison import Comparison, MetricDifference, Outcome, QueryDifference, Side, Unpaired
from eval.comparison.direction import higher_is_better
from eval.comparison.gate import Gate, GateRule, check, resolve
from eval.comparison.hits import hit_changes
from eval.comparison.holm import holm
from eval.comparison.interval import difference_interval
from eval.comparison.measured import measured, metric_names
from eval.randomisation import randomisation_p
from eval.result import EvalResult
from eval.rows import QueryRow
from ragline.errors import GoldenMismatchError, InputError

EQUAL = 1e-9
"""Scores of one query that are nearer than this are equal: sums in another order differ in the last digits."""

_NOT_THERE = "no such query"


@dataclass(frozen=True, slots=True)
class _Pair:
    """A query of either evaluation, with its rows."""

    id: str
    a: QueryRow | None
    b: QueryRow | None

    @property
    def query(self) -> str:
        row = self.b or self.a
        return row.query if row is not None else ""


def compare_results(
    a: EvalResult,
    b: EvalResult,
    *,
    names: tuple[str, str] = ("A", "B"),
    metrics: Iterable[str] = (),
    by_id: bool = False,
    gates: Iterable[Gate] = (),
    rule: GateRule = "mean",
    max_missing: float = 0.0,
) -> Comparison:
    """Evaluation ``b`` against ``a``; differences are b - a.

    ``metrics`` are those that are tested, with those of ``gates``. By default each family is, at the deepest cut-off of both:
    the others say much the same, and every test more makes the correction larger. What is not tested has its difference and
    interval all the same. ``by_id`` compares evaluations of different golden sets on the queries that have the same
    id and the same text in both. ``rule`` and ``max_missing`` are those of :mod:`eval.comparison.gate`.

    Raises :class:`ragline.errors.GoldenMismatchError` for different golden sets without ``by_id`` or with no query in common,
    :class:`ragline.errors.InputError` for a metric that neither measures, and where one ranked documents, the other chunks.
    """
    if isinstance(metrics, str):
        raise InputError(f"metrics={metrics!r} is a text. Give a list: [{metrics!r}].")
    if a.golden_sha256 != b.golden_sha256 and not by_id:
        raise GoldenMismatchError(
            f"The evaluations are of different golden sets: {a.golden_name} ({a.golden_sha256[:12]}) and {b.golden_name} "
            f"({b.golden_sha256[:12]}). Evaluate both on one, or compare the queries that they share: by_id=True, --by-id."
        )
    units = [result.configuration.get("eval.unit", "document") for result in (a, b)]
    if units[0] != units[1]:
        raise InputError(f"One evaluation ranks by {units[0]}, the other by {units[1]}. Evaluate both with the same unit.")
    pairs = _paired(a, b)
    known = list(dict.fromkeys([*metric_names(a), *metric_names(b)]))
    bounds = resolve(gates, known)
    wanted = [gate.metric for gate in resolve((Gate(name, 0.0) for name in metrics), known)] or _deepest(a, b, known)
    tested = {*wanted, *(gate.metric for gate in bounds)}
    differences = _corrected([_difference(a, b, name, pairs, is_tested=name in tested) for name in known])
    headline = _headline(a, b, differences)
    return Comparison(
        a=_side(a, names[0]),
        b=_side(b, names[1]),
        metrics=differences,
        queries=tuple(_query(a, b, pair, known, headline) for pair in pairs),
        headline=headline,
        joined_by_id=a.golden_sha256 != b.golden_sha256,
        notes=_notes(a, b),
        gates=check(bounds, differences, rule=rule, max_missing=max_missing),
    )


def _paired(a: EvalResult, b: EvalResult) -> list[_Pair]:
    """The queries of both, in the order of A and then of B. One id with two texts is two queries."""
    rows_a, rows_b = ({(row.id, row.query): row for row in result.rows} for result in (a, b))
    pairs = [_Pair(key[0], rows_a.get(key), rows_b.get(key)) for key in dict.fromkeys([*rows_a, *rows_b])]
    if not any(pair.a is not None and pair.b is not None for pair in pairs):
        raise GoldenMismatchError(
            f"The evaluations of {a.golden_name} and {b.golden_name} have no query in common. Queries are joined by id "
            "and text: evaluate both on the same golden set."
        )
    return pairs


def _deepest(a: EvalResult, b: EvalResult, known: Sequence[str]) -> list[str]:
    """The metrics without a cut-off, and those at the deepest that both have; all of them where both have none."""
    both = set(a.ks) & set(b.ks)
    return [name for name in known if "@" not in name or not both or name.endswith(f"@{max(both)}")]


def _difference(a: EvalResult, b: EvalResult, name: str, pairs: Sequence[_Pair], *, is_tested: bool) -> MetricDifference:
    """The difference of one metric, not yet corrected."""
    scores: list[tuple[float, float]] = []
    unpaired, not_applicable = [], 0
    for pair in pairs:
        of_a = None if pair.a is None else measured(a, pair.a, name)
        of_b = None if pair.b is None else measured(b, pair.b, name)
        if of_a is not None and of_b is not None and of_a.value is not None and of_b.value is not None:
            scores.append((of_a.value, of_b.value))
        elif (of_a is not None and of_a.is_due) or (of_b is not None and of_b.is_due):
            reasons = [_NOT_THERE if side is None else "" if side.value is not None else side.reason for side in (of_a, of_b)]
            unpaired.append(Unpaired(pair.id, *reasons))
        else:
            not_applicable += 1
    found = MetricDifference(name, tuple(unpaired), not_applicable)
    return _with_statistics(found, np.asarray(scores), is_tested=is_tested) if scores else found


def _with_statistics(found: MetricDifference, scores: NDArray[np.float64], *, is_tested: bool) -> MetricDifference:
    """``found`` with what its pairs say; ``scores`` has the shape ``(pairs, 2)``: A, B."""
    differences = scores[:, 1] - scores[:, 0]
    differences[np.abs(differences) < EQUAL] = 0.0
    interval = difference_interval(differences.tolist())
    gains = differences if found.higher_is_better else -differences
    return replace(
        found,
        pairs=len(scores),
        a=float(scores[:, 0].mean()),
        b=float(scores[:, 1].mean()),
        difference=interval.mean,
        low=interval.low,
        high=interval.high,
        deviation=float(differences.std(ddof=1)) if len(scores) > 1 else None,
        p=randomisation_p(differences.tolist()) if is_tested else None,
        wins=int((gains > 0).sum()),
        losses=int((gains < 0).sum()),
        ties=int((gains == 0).sum()),
    )


def _corrected(differences: Sequence[MetricDifference]) -> dict[str, MetricDifference]:
    """By name, with Holm's correction over all that could be tested."""
    tested = [(each, each.p) for each in differences if each.p is not None]
    corrected = dict(zip([each.name for each, _ in tested], holm([p for _, p in tested]), strict=True))
    return {each.name: replace(each, p_holm=corrected.get(each.name)) for each in differences}


def _headline(a: EvalResult, b: EvalResult, differences: dict[str, MetricDifference]) -> str:
    """What queries are ordered by: nDCG at the deepest cut-off of both, where that is compared; else the first with pairs."""
    paired = [name for name, each in differences.items() if each.pairs] or list(differences)
    ndcg = [name for name in (b.headline, a.headline) if name in paired]
    return (ndcg or paired)[0]


def _query(a: EvalResult, b: EvalResult, pair: _Pair, names: Sequence[str], headline: str) -> QueryDifference:
    gains = {}
    if pair.a is not None and pair.b is not None:
        for name in names:
            of_a, of_b = measured(a, pair.a, name).value, measured(b, pair.b, name).value
            if of_a is not None and of_b is not None:
                gain = of_b - of_a if higher_is_better(name) else of_a - of_b
                gains[name] = 0.0 if abs(gain) < EQUAL else gain
    hits = hit_changes(pair.a.ranking, pair.b.ranking) if pair.a is not None and pair.b is not None else ()
    return QueryDifference(pair.id, pair.query, pair.a, pair.b, gains, hits, _outcome(gains.get(headline)))


def _outcome(gain: float | None) -> Outcome:
    if gain is None:
        return "unpaired"
    return "win" if gain > 0 else "loss" if gain < 0 else "tie"


def _side(result: EvalResult, name: str) -> Side:
    return Side(
        name=name,
        golden_name=result.golden_name,
        golden_sha256=result.golden_sha256,
        configuration=result.configuration,
        fingerprint=result.fingerprint,
        started_at=result.started_at,
        queries=len(result.rows),
        errors=result.counts["errors"],
        timings=result.timings,
    )


def _notes(a: EvalResult, b: EvalResult) -> tuple[str, ...]:
    notes = []
    judges = [None if each.judge is None else (each.judge.judge, dict(each.judge.fingerprint)) for each in (a, b)]
    if judges[0] != judges[1] and a.answers and b.answers:
        notes.append("The answers were not judged alike: their metrics differ by the judge too. Judge both with the same one.")
    notes += [
        f"The judge of {name} did not pass its check: its metrics say little."
        for name, each in (("A", a), ("B", b))
        if each.judge is not None and not each.judge.passed
    ]
    if a.golden_sha256 != b.golden_sha256:
        notes.append("The golden sets differ: queries were joined by id and text, and may be judged differently.")
    return tuple(notes)
