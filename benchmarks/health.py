"""Alarms in service: how often one is false, and how often a planted change is told; with made logs, and with real
questions."""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.corpora import shared_corpus
from benchmarks.figures import Figure
from benchmarks.vector_store import StoredEmbedder
from benchmarks.workspace import Workspace
from eval.formats.beir import read_texts
from eval.health.domain_classifier import separation
from eval.health.report import service_health
from indexes.embedders.registry import load_embedder
from indexes.query_log import LogRow, Passage

NOW, DAY = 1_800_000_000.0, 86_400.0
SIZES = ((100, 400), (300, 1200), (1000, 4000))
"""Questions of the last week and of the four before."""

Made = dict[str, Any]
PLANTS: dict[str, tuple[str, Callable[[Made, np.random.Generator], None]]] = {
    "scores a fifth lower": ("score_psi", lambda made, _: made.update(score=made["score"] * 0.8)),
    "3 % -> 10 % empty": ("empty", lambda made, draw: made.update(empty=draw.random() < 0.10)),
    "15 % -> 30 % abstained": ("abstained", lambda made, draw: made.update(abstained=draw.random() < 0.30)),
    "thumbs down 30 % -> 50 %": ("disliked", lambda made, draw: made.update(down=draw.random() < 0.50)),
    "twice as slow": ("latency_p95", lambda made, _: made.update(ms=made["ms"] * 2)),
}
SHARES = (0.1, 0.2, 0.3, 0.5)
QUESTIONS = 1000
WINDOW = 300
"""Distinct questions of each window of real ones."""


def measure(workspace: Workspace) -> list[Figure]:
    """A quick run simulates a tenth."""
    repeats = 40 if workspace.quick else 400
    few = max(20, repeats // 8)
    return [*_questions(workspace, few), *_false_alarms(repeats), *_detections(few)]


def _false_alarms(repeats: int) -> list[Figure]:
    figures = []
    for current, reference in SIZES:
        reports = [service_health(made_log(seed, current, reference), now=NOW) for seed in range(repeats)]
        share = 100 * float(np.mean([not report.ok for report in reports]))
        which = sorted({check.name for report in reports for check in report.alarms})
        note = f"{repeats} made logs in which nothing changed; {', '.join(which) or 'none'}"
        figures.append(Figure(f"false alarms, {current} and {reference} questions", share, "%", note, "<= 5"))
    return figures


def _detections(repeats: int) -> list[Figure]:
    figures = []
    for name, (check, change) in PLANTS.items():
        for current, reference in SIZES[:2]:
            logs = (made_log(seed, current, reference, change) for seed in range(repeats))
            told = [check in {alarm.name for alarm in service_health(log, now=NOW).alarms} for log in logs]
            figures.append(
                Figure(f"told: {name}, {current} questions", 100 * float(np.mean(told)), "%", f"{repeats} made logs; {check}")
            )
    return figures


def _questions(workspace: Workspace, repeats: int) -> list[Figure]:
    """Questions of one set, and of it with a share of another one's, by the vectors of the light embedder."""
    embedder = StoredEmbedder(load_embedder("light"), workspace.store)
    own, other = (_vectors(embedder, name) for name in ("scifact", "nfcorpus-preprocessed"))
    draw = np.random.default_rng(0)
    figures = []
    for share in (0.0, *SHARES):
        found = []
        for _ in range(repeats):
            order, count = draw.permutation(len(own)), round(share * WINDOW)
            old, new = own[order[:WINDOW]], own[order[WINDOW : 2 * WINDOW - count]]
            found.append(separation(old, np.concatenate((new, other[draw.permutation(len(other))[:count]]))))
        told = 100 * float(np.mean([each.has_shifted for each in found]))
        note = (
            f"AUROC {np.mean([each.auroc for each in found]):.3f}, chance up to {np.mean([each.chance for each in found]):.3f}"
        )
        label = f"questions, {share:.0%} about something else" if share else "false alarms, questions of one set"
        figures.append(Figure(f"told: {label}" if share else label, told, "%", note, "" if share else "<= 3"))
    return figures


def _vectors(embedder: StoredEmbedder, corpus: str) -> Any:
    """Of the first thousand questions of a set, judged or not."""
    queries = dict.fromkeys(read_texts(shared_corpus(corpus) / "queries.jsonl").values())
    return np.stack([embedder.embed_query(query) for query in list(queries)[:QUESTIONS]])


def made_log(
    seed: int, current: int, reference: int, change: Callable[[Made, np.random.Generator], None] | None = None
) -> list[LogRow]:
    """Four weeks of questions, and a week with a change; half of them answers, half of these judged."""
    draw = np.random.default_rng(seed)
    rows = []
    for number in range(current + reference):
        is_current = number < current
        made: Made = {
            "score": float(draw.gamma(9, 0.1)),
            "empty": draw.random() < 0.03,
            "abstained": draw.random() < 0.15,
            "ms": float(draw.lognormal(3, 0.5)),
            "down": draw.random() < 0.3,
        }
        if is_current and change is not None:
            change(made, draw)
        age = draw.uniform(0.001, 6.999) if is_current else draw.uniform(7.001, 34.9)
        is_answer = number % 2 == 0
        rows.append(
            LogRow(
                log_id=str(number),
                asked_at=NOW - DAY * float(age),
                query=f"question {number}",
                passages=() if made["empty"] else (Passage("d", "c", 1, made["score"], cited=True),),
                answer="a" if is_answer else None,
                abstained=bool(made["abstained"] or made["empty"]) if is_answer else None,
                details={"ms": made["ms"], "mode": "hybrid"},
                verdict=("down" if made["down"] else "up") if draw.random() < 0.5 else None,
            )
        )
    return rows
