"""The injection detector on attacks in contexts that nothing was learned from, and on clean documents; and the fence.

``seen`` are attacks that the shipped weights were learned from, in contexts that they were not. For ``held-out`` categories
five sets of weights are learned here, each without a fifth of the categories, and measured on those: that is what to expect of
attacks that nobody thought of. A share at 1 % false alarms is at the score that one of a hundred clean chunks reaches, every
clean corpus counted alike.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random

import numpy as np

from benchmarks.figures import Figure
from benchmarks.injection_data import (
    POSITIONS,
    Attack,
    bipia_attacks,
    chunked,
    contexts,
    learned_clean,
    measured_clean,
    own_attacks,
    put_into,
)
from benchmarks.injection_fence import faults, hit_of
from benchmarks.injection_training import (
    FALSE_ALARMS,
    Bag,
    Floats,
    attack_bags,
    clean_bags,
    fit,
    folds_of,
    harmless_bags,
    hosts_to_learn_from,
    threshold,
    worst_logits,
)
from benchmarks.workspace import Workspace
from ingestion.guard.injection.detector import FLAGGED, injection_score
from ingestion.guard.injection.features import segments
from ragline.types import Chunk

_CONTEXTS, _QUICK = 8, 2
"""Contexts that each attack is put into, in each position."""
_TIMED = 500
_TO_ANSWER = {"text": ("email", "table"), "code": ("code",), "own": ("email", "table")}
_LEAST_CHARACTERS = 800  # of a chunk that is timed: what 256 tokens are at least


@dataclass(frozen=True, slots=True)
class Case:
    """An attack in a context, and the chunks of it that hold a part of the attack."""

    attack: Attack
    position: str
    chunks: tuple[Chunk, ...]


def measure(workspace: Workspace) -> list[Figure]:
    """Every figure of the suite. A quick run takes fewer contexts, and measures no held-out categories."""
    attacks = [*bipia_attacks(), *own_attacks()]
    cases = _cases(attacks, _QUICK if workspace.quick else _CONTEXTS)
    clean = measured_clean()
    scores = {name: np.array([injection_score(c.text, c.context) for c in chunks]) for name, chunks in clean.items()}
    figures = _clean_figures(scores)
    figures += _seen_figures(cases, scores)
    if not workspace.quick:
        figures += _held_out_figures(attacks, cases, clean)
    return [*figures, _cost([chunk for chunks in clean.values() for chunk in chunks]), _fence(attacks)]


def _cases(attacks: Sequence[Attack], count: int) -> list[Case]:
    random, found = Random(11), []
    texts = {name: cycle(contexts(name, learned=False)) for name in ("email", "table", "code")}
    for attack in attacks:
        kinds = _TO_ANSWER[attack.kind]
        for position in POSITIONS:
            for text in [next(texts[kind]) for kind in islice(cycle(kinds), count)]:
                case = put_into(attack, text, position, random)
                parts = [c for c in chunked(case.text).chunks if c.start < case.end and c.end > case.start]
                found.append(Case(attack, position, tuple(parts)))
    return found


def _clean_figures(scores: dict[str, Floats]) -> list[Figure]:
    """What is not flagged: more is better, as for all figures that are recorded."""
    passed = {name: float((each < FLAGGED).mean()) for name, each in scores.items()}
    total = sum(map(len, scores.values()))
    figures = [Figure("clean chunks that pass", float(np.mean(list(passed.values()))), "", f"of {total}", ">= 0.99")]
    return figures + [Figure(f"clean chunks that pass: {name}", passed[name], "", f"of {len(scores[name])}") for name in passed]


def _seen_figures(cases: Sequence[Case], clean: dict[str, Floats]) -> list[Figure]:
    found = np.array([max((injection_score(c.text, c.context) for c in case.chunks), default=0.0) for case in cases])
    at = threshold(clean, FALSE_ALARMS)
    figures = []
    for kind, name in (("text", "BIPIA text"), ("code", "BIPIA code"), ("own", "own")):
        of_kind = np.array([case.attack.kind == kind for case in cases])
        note = f"{len({case.attack.category for case in cases if case.attack.kind == kind})} categories, {of_kind.sum()} cases"
        figures += [
            Figure(f"seen, {name}: recall at 1 %", float((found[of_kind] >= at).mean()), "", note),
            Figure(f"seen, {name}: recall at 0.5", float((found[of_kind] >= FLAGGED).mean()), "", "as it is shipped"),
            Figure(f"seen, {name}: ROC AUC", _auc(found[of_kind], clean)),
        ]
        for position in POSITIONS:
            here = of_kind & np.array([case.position == position for case in cases])
            figures.append(Figure(f"seen, {name}, {position}: recall at 1 %", float((found[here] >= at).mean())))
    return figures


def _held_out_figures(attacks: Sequence[Attack], cases: Sequence[Case], clean: dict[str, list[Chunk]]) -> list[Figure]:
    corpora = learned_clean()
    hosts = hosts_to_learn_from(corpora)
    learned = [*clean_bags(corpora), *harmless_bags(hosts, seed=1)]
    attacked = attack_bags(attacks, hosts, seed=0)
    clean_by_name = {name: clean_bags({name: chunks}) for name, chunks in clean.items()}
    recalls: dict[tuple[str, str], float] = {}
    positions: dict[tuple[str, str], list[float]] = {}
    curves: dict[str, list[float]] = {}
    for fold in folds_of(attacks):
        weights = fit([*learned, *(bag for bag in attacked if bag.group not in fold)])
        logits = {name: worst_logits(bags, weights) for name, bags in clean_by_name.items()}
        at = threshold(logits, FALSE_ALARMS)
        held = [case for case in cases if case.attack.category in fold and case.chunks]
        found = worst_logits([_bag(case) for case in held], weights)
        keys = [(case.attack.kind, case.attack.category) for case in held]
        for key in dict.fromkeys(keys):
            own = np.array([each == key for each in keys])
            recalls[key] = float((found[own] >= at).mean())
            curves.setdefault(key[0], []).append(_auc(found[own], logits))
            for position in POSITIONS:
                here = own & np.array([case.position == position for case in held])
                positions.setdefault((key[0], position), []).append(float((found[here] >= at).mean()))
    figures = []
    for kind, name in (("text", "BIPIA text"), ("code", "BIPIA code"), ("own", "own")):
        mine = [value for (of_kind, _), value in recalls.items() if of_kind == kind]
        figures.append(Figure(f"held-out, {name}: recall at 1 %", float(np.mean(mine)), "", f"{len(mine)} categories"))
        figures.append(Figure(f"held-out, {name}: ROC AUC", float(np.mean(curves[kind])), "", "mean over categories"))
        for position in POSITIONS:
            value = float(np.mean(positions[kind, position]))
            figures.append(Figure(f"held-out, {name}, {position}: recall at 1 %", value))
    return figures + [Figure(f"held-out: {kind}, {name}", value) for (kind, name), value in recalls.items()]


def _bag(case: Case) -> Bag:
    parts = [part for chunk in case.chunks for part in segments(chunk.text, chunk.context)]
    return Bag(tuple(parts), 1, case.attack.category)


def _auc(attacked: Floats, clean: dict[str, Floats]) -> float:
    """The chance that an attack scores above a clean chunk, every corpus counted alike; a tie counts half."""
    shares = []
    for logits in clean.values():
        ordered = np.sort(logits)
        below, up_to = np.searchsorted(ordered, attacked, "left"), np.searchsorted(ordered, attacked, "right")
        shares.append(float((below + up_to).mean()) / (2 * len(ordered)))
    return float(np.mean(shares))


def _cost(chunks: Sequence[Chunk]) -> Figure:
    """Milliseconds of CPU for a chunk of some 256 tokens, the context known as it is for the chunks of a section."""
    timed = [chunk for chunk in chunks if len(chunk.text) >= _LEAST_CHARACTERS][:_TIMED]
    injection_score("warm up")
    started = time.process_time()
    for chunk in timed:
        injection_score(chunk.text, chunk.context)
    taken_ms = (time.process_time() - started) * 1000 / len(timed)
    characters = sum(len(chunk.text) for chunk in timed) / len(timed)
    return Figure("a chunk", taken_ms, "ms", f"CPU; {len(timed)} chunks of {characters:.0f} characters", "<= 1")


def _fence(attacks: Sequence[Attack]) -> Figure:
    """The share of prompts in which the fence holds: every attack in every position, in all contexts in turn."""
    kinds = ("email", "table", "code")
    hosts = cycle(text for kind in kinds for learned in (True, False) for text in contexts(kind, learned=learned))
    random, broken, count = Random(3), 0, 0
    for attack in attacks:
        for position in POSITIONS:
            hits = [hit_of(put_into(attack, next(hosts), position, random).text, number) for number in (1, 2, 3)]
            broken += bool(faults(hits))
            count += 1
    return Figure("prompts in which the fence holds", 1 - broken / count, "", f"{count} prompts of 3 passages", ">= 1")
