"""The checks of a collection in service: each a figure, a threshold, and a verdict with its reason."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from eval.health.domain_classifier import FOLDS, separation
from eval.health.kolmogorov import kolmogorov
from eval.health.percentiles import percentile
from eval.health.rates import Rate, difference
from eval.health.stability import stability
from eval.health.windows import Window, usual_mode
from indexes.embedders.base import Vectors

Status = Literal["ok", "alarm", "too few"]

LEAST_ROWS = 50
"""Of a window, for a share: an interval over fewer is wider than any change that a check looks for."""

LEAST_DRIFT = 100
"""Of a window, for a distribution: ten rows a bin."""

SLOWER = 1.25
"""A quarter more than before is felt; less is the machine's mood."""


@dataclass(frozen=True, slots=True)
class Check:
    """``value`` of the current window, and of the ``reference``, each ``None`` where there is none, in ``unit``.

    ``threshold`` is what ``value`` may not exceed (or, with ``unit`` "share of hits", fall below); ``reason`` says what was
    found and what that means. A check with "too few" rows is no alarm, and no all-clear.
    """

    name: str
    status: Status
    value: float | None
    reference: float | None
    threshold: float | None
    unit: str
    reason: str


@dataclass(frozen=True, slots=True)
class Share:
    """How a share is checked: which way is ``worse``, the least change (``margin``) that matters, and what to do about it."""

    name: str
    what: str
    of: Callable[[Window], Rate]
    worse: Literal["higher", "lower"]
    margin: float
    advice: str


SHARES = (
    Share("hit_rate", "questions that came to something", lambda w: w.hits, "lower", 0.05, "Look at them: ragline log"),
    Share(
        "empty", "questions without a passage", lambda w: w.empty, "higher", 0.02, "Check filters, access and the last ingest"
    ),
    Share(
        "abstained",
        "answers that say I don't know",
        lambda w: w.abstained,
        "higher",
        0.05,
        "Look what is asked for that is missing",
    ),
    Share("disliked", "thumbs that are down", lambda w: w.disliked, "higher", 0.05, "Read the notes: ragline log --json"),
)
"""Margins are in points of the share: an empty result is a failure in itself, the others have their ups and downs."""


def share_checks(reference: Window, current: Window) -> Iterator[Check]:
    """Shares of the current window that are worse than those of the reference, beyond chance and beyond what matters."""
    for share in SHARES:
        old, new = share.of(reference), share.of(current)
        if min(old.total, new.total) < LEAST_ROWS:
            yield _too_few(share.name, new.share, old.share, "share", f"{new.total} and {old.total} rows", LEAST_ROWS)
            continue
        low, high = difference(old, new)
        before, after = old.count / old.total, new.count / new.total
        sign = 1 if share.worse == "higher" else -1
        is_worse = sign * (after - before) >= share.margin and (low > 0 if sign > 0 else high < 0)
        interval = f"99 % of the change: {low:+.1%} to {high:+.1%}"
        change = f"{share.what}: {after:.1%} in {_days(current)}, {before:.1%} before ({interval})"
        limit = before + sign * share.margin
        reason = f"{change}. {share.advice}." if is_worse else change
        yield Check(share.name, "alarm" if is_worse else "ok", after, before, limit, "share", reason)


def feedback_figure(reference: Window, current: Window) -> Check:
    """How many questions were judged at all; never an alarm, since nobody has to."""
    old, new = reference.judged, current.judged
    reason = f"{new.count} of {new.total} questions were judged"
    return Check("judged", "ok", new.share, old.share, None, "share", reason)


def score_checks(reference: Window, current: Window) -> Iterator[Check]:
    """Whether the scores of the best passages are distributed as before: the stability index, and the widest gap."""
    mode = usual_mode(reference, current)
    old, new = reference.scores(mode), current.scores(mode)
    if min(len(old), len(new)) < LEAST_DRIFT:
        for name, unit in (("score_psi", "psi"), ("score_gap", "ks")):
            yield _too_few(name, None, None, unit, f"{len(new)} and {len(old)} scores", LEAST_DRIFT)
        return
    psi, gap = stability(old, new), kolmogorov(old, new)
    otherwise = (
        f"the best scores of {_days(current)} are distributed otherwise than those before: other questions, other documents, "
        "or other settings. Compare: ragline eval"
    )
    said = (
        f"PSI {psi.psi:.2f} > {psi.threshold:.2f}: {otherwise}"
        if psi.has_shifted
        else f"PSI {psi.psi:.2f}, up to {psi.threshold:.2f}"
    )
    yield Check("score_psi", _status(psi.has_shifted), psi.psi, None, psi.threshold, "psi", said)
    said = f"widest gap {gap.statistic:.2f} (p {gap.p:.4f})"
    said = f"{said}: {otherwise}" if gap.has_shifted else said
    yield Check("score_gap", _status(gap.has_shifted), gap.statistic, None, None, "ks", said)


def query_check(reference: Vectors, current: Vectors, days: str) -> Check:
    """Whether other things are asked than before; of the vectors of distinct questions."""
    if min(len(reference), len(current)) < max(LEAST_DRIFT, FOLDS):
        rows = f"{len(current)} and {len(reference)} distinct questions"
        return _too_few("query_drift", None, 0.5, "auroc", rows, LEAST_DRIFT)
    found = separation(reference, current)
    figure = f"AUROC {found.auroc:.2f}"
    said = f"a classifier tells the questions of {days} from those before with {figure}, up to {found.threshold:.2f}"
    if found.has_shifted:
        said = (
            f"{figure} > {found.threshold:.2f}: the questions of {days} are others than those before. See whether the "
            "documents hold what is asked for now, and add questions of now to the golden set: ragline log --export"
        )
    return Check("query_drift", _status(found.has_shifted), found.auroc, 0.5, found.threshold, "auroc", said)


def latency_checks(reference: Window, current: Window, p95_ms: float | None) -> Iterator[Check]:
    """p50, p95 and p99 of a question; p95 raises an alarm where it is slower than before, or than ``p95_ms``."""
    old, new = reference.milliseconds, current.milliseconds
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        if len(new) < LEAST_DRIFT or (len(old) < LEAST_DRIFT and p95_ms is None):
            yield _too_few(f"latency_{name}", None, None, "ms", f"{len(new)} and {len(old)} timed questions", LEAST_DRIFT)
            continue
        now = percentile(new, share)
        before = percentile(old, share) if len(old) >= LEAST_DRIFT else None
        limit, said = None, f"{name} {now.value:.1f} ms"
        if before is not None:
            limit, said = SLOWER * before.value, f"{said}, {before.value:.1f} ms before"
        is_slow = False
        if name == "p95":
            if before is not None and now.value > SLOWER * before.value and now.low > before.high:
                is_slow, said = True, f"{said}: slower by more than {SLOWER - 1:.0%}, and not by chance. See ragline stats"
            if p95_ms is not None:
                limit = p95_ms if limit is None else min(limit, p95_ms)
                if now.low > p95_ms:
                    is_slow, said = True, f"{said}: above the {p95_ms:g} ms that are allowed, and not by chance"
        value = None if before is None or not isfinite(before.value) else before.value
        yield Check(f"latency_{name}", _status(is_slow), now.value, value, limit, "ms", said)


def days_text(window: Window) -> str:
    """The window in words."""
    return _days(window)


def all_ok(checks: Sequence[Check]) -> bool:
    """Whether none raises an alarm."""
    return all(check.status != "alarm" for check in checks)


def _days(window: Window) -> str:
    return f"the last {window.days:g} days"


def _status(is_alarm: bool) -> Status:
    return "alarm" if is_alarm else "ok"


def _too_few(name: str, value: float | None, reference: float | None, unit: str, rows: str, least: int) -> Check:
    reason = f"too few to say anything: {rows}, of now and before, where {least} of each are needed"
    return Check(name, "too few", value, reference, None, unit, reason)
