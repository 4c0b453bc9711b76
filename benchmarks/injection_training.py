"""``python -m benchmarks.injection_training``: learn the weights of the injection detector and write them down.

A chunk counts by its worst segment, so that is what is learned from: logistic regression (Adam, L2) in rounds, each over the
segment of every chunk that the round before found worst. Of a chunk with an attack only segments of the attack are looked at,
of an attack with code only those in front of the code. Everything is drawn with fixed seeds: the same data give the same file.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np
from numpy.typing import NDArray

from benchmarks.corpora import ROOT
from benchmarks.injection_data import (
    POSITIONS,
    Attack,
    Attacked,
    bipia_attacks,
    contexts,
    learned_clean,
    own_attacks,
    own_clean,
    put_into,
)
from ingestion.guard.injection.detector import FILE_NAME
from ingestion.guard.injection.features import NAMES, SIZE, Segment, segments
from ingestion.guard.injection.patterns import PATTERNS
from ragline.types import Chunk

FALSE_ALARMS = 0.01
"""The share of clean chunks, every corpus counted alike, that may score 0.5 or more."""

FILE = ROOT / "ingestion" / "guard" / "injection" / FILE_NAME

HOSTS, HARMLESS_HOSTS = 24, 2
"""Contexts that each attack is put into."""

DRESSES = ("{}", "{}", "{}", "{}", "- {}", "> {}", "## {}", "1. {}", "**{}**", "| {} |")
"""What an attack is put on as; most often as it is. A list item is as good a disguise as any."""

ROUNDS, STEPS, RATE, L2 = 4, 120, 0.05, 1e-4
FOLDS = 5

PRIORS: Mapping[str, float] = {
    **dict.fromkeys(("hidden characters", "encoded request", "ideographic override"), 5.0),
    "encoded text": 1.0,
    **{f"pattern: {pattern.name}": pattern.prior for pattern in PATTERNS},
}
"""Weights to begin from, and to be drawn back to: what no attack of the training shows is not for that reason harmless."""

Floats = NDArray[np.float64]

_NOTHING = -40.0
_PRIOR = np.zeros(SIZE)
for _place, _name in enumerate(NAMES):
    _PRIOR[_place] = PRIORS.get(_name, 0.0)


@dataclass(frozen=True, slots=True)
class Bag:
    """The segments of a chunk that make it an attack (``label`` 1), one at least, or must not (0); ``group`` is its origin."""

    segments: tuple[Segment, ...]
    label: int
    group: str


def attack_bags(attacks: Sequence[Attack], hosts: dict[str, list[str]], *, seed: int) -> list[Bag]:
    """A bag for each attack in each of :data:`HOSTS` contexts; the positions take turns."""
    random = Random(seed)
    found = []
    for attack in attacks:
        kinds = ["code", "docs"] if attack.kind == "code" else ["email", "table", "docs"]
        cases = [Attacked(attack, "alone", attack.text, 0, len(attack.text))]
        for number in range(HOSTS):
            host = random.choice(hosts[kinds[number % len(kinds)]])
            dressed = replace(attack, text=random.choice(DRESSES).format(attack.text))
            cases.append(put_into(dressed, host, POSITIONS[number // len(kinds) % len(POSITIONS)], random))
        found += [Bag(inside, 1, attack.category) for case in cases if (inside := _orders(case))]
    return found


def clean_bags(corpora: dict[str, list[Chunk]]) -> list[Bag]:
    """A bag for each clean chunk."""
    return [Bag(tuple(segments(chunk.text, chunk.context)), 0, name) for name, chunks in corpora.items() for chunk in chunks]


def harmless_bags(hosts: dict[str, list[str]], *, seed: int) -> list[Bag]:
    """Harmless orders and questions, put into contexts as attacks are: to be in a strange place alone is no attack."""
    random = Random(seed)
    found = []
    for text in own_clean():
        order = Attack("", "own", "harmless orders", text)
        for number in range(HARMLESS_HOSTS):
            host = random.choice(hosts[("docs", "email")[number % 2]])
            case = put_into(order, host, POSITIONS[number % len(POSITIONS)], random)
            found.append(Bag(tuple(segments(case.text)), 0, order.category))
    return found


def hosts_to_learn_from(corpora: dict[str, list[Chunk]]) -> dict[str, list[str]]:
    """Texts that attacks are put into, by kind."""
    texts = {name: contexts(name, learned=True) for name in ("email", "table", "code")}
    docs = [chunk.text for name, chunks in corpora.items() if not name.startswith(("bipia", "harmless")) for chunk in chunks]
    return texts | {"docs": docs}


def fit(bags: Sequence[Bag]) -> Floats:
    """The weights, float64 of shape ``(SIZE,)``. Groups of one label count alike, by the root of their size."""
    flat = _Flat([bag for bag in bags if bag.segments])
    weights = _PRIOR.copy()
    for round_ in range(ROUNDS):
        worst = flat.first_segments() if round_ == 0 else flat.worst_segments(flat.logits(weights))
        weights = _descend(flat, worst, weights)
    return weights


class _Flat:
    """Bags as arrays: features one behind the other, with where segments begin in them and bags in those."""

    def __init__(self, bags: Sequence[Bag]) -> None:
        parts = [segment for bag in bags for segment in bag.segments]
        self.labels = np.array([bag.label for bag in bags])
        self.counts = np.array([len(bag.segments) for bag in bags])
        self.bag_starts = np.concatenate(([0], np.cumsum(self.counts)[:-1]))
        named = [len(part.named) for part in parts]
        sizes = np.array([len(part.named) + len(part.hashed) for part in parts])
        self.starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        self.sizes = sizes
        self.places = np.fromiter((p for part in parts for p in (*part.named, *part.hashed)), np.int64, int(sizes.sum()))
        values = np.ones(len(self.places))
        scale = 1.0 / np.sqrt(np.maximum(sizes - np.array(named), 1))
        is_hashed = self.places >= len(NAMES)
        values[is_hashed] = np.repeat(scale, sizes)[is_hashed]
        self.values = values
        self.bag_weights = _balanced(bags)

    def logits(self, weights: Floats) -> Floats:
        return np.add.reduceat(weights[self.places] * self.values, self.starts)

    def first_segments(self) -> NDArray[np.int64]:
        """To begin with: the first segment of an attack, and every segment of a clean chunk."""
        keep = np.repeat(self.labels == 0, self.counts)
        keep[self.bag_starts] = True
        return np.flatnonzero(keep)

    def worst_segments(self, logits: Floats) -> NDArray[np.int64]:
        ends = self.bag_starts + self.counts
        pairs = zip(self.bag_starts, ends, strict=True)
        return np.array([start + int(np.argmax(logits[start:end])) for start, end in pairs])


def _balanced(bags: Sequence[Bag]) -> Floats:
    sizes: dict[tuple[int, str], int] = {}
    for bag in bags:
        sizes[bag.label, bag.group] = sizes.get((bag.label, bag.group), 0) + 1
    weights = np.array([1 / np.sqrt(sizes[bag.label, bag.group]) for bag in bags])
    labels = np.array([bag.label for bag in bags])
    for label in (0, 1):
        weights[labels == label] /= weights[labels == label].sum()
    return weights


def _descend(flat: _Flat, chosen: NDArray[np.int64], weights: Floats) -> Floats:
    """Adam on the logistic loss of the chosen segments; a pattern never lowers a score."""
    owner = np.repeat(np.arange(len(flat.counts)), flat.counts)[chosen]
    share = flat.bag_weights[owner] / np.bincount(owner, minlength=len(flat.counts))[owner]
    labels = flat.labels[owner]
    rows = np.concatenate([np.arange(s, s + n) for s, n in zip(flat.starts[chosen], flat.sizes[chosen], strict=True)])
    places, values = flat.places[rows], flat.values[rows]
    sizes = flat.sizes[chosen]
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    never_negative = np.array([name.startswith("pattern") for name in NAMES])
    first, second = np.zeros(SIZE), np.zeros(SIZE)
    for step in range(1, STEPS + 1):
        logits = np.add.reduceat(weights[places] * values, starts)
        error = share * (1 / (1 + np.exp(-logits)) - labels)
        gradient = np.bincount(places, np.repeat(error, sizes) * values, SIZE) + L2 * (weights - _PRIOR)
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        weights = weights - RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-9)
        weights[: len(NAMES)][never_negative] = np.maximum(weights[: len(NAMES)][never_negative], 0)
    return weights


def worst_logits(bags: Sequence[Bag], weights: Floats) -> Floats:
    """Of every bag the logit of its worst segment; that of a bag without any is the lowest there is."""
    found = np.full(len(bags), _NOTHING)
    full = np.array([bool(bag.segments) for bag in bags])
    if full.any():
        flat = _Flat([bag for bag in bags if bag.segments])
        found[full] = np.maximum.reduceat(flat.logits(weights), flat.bag_starts)
    return found


def threshold(clean: dict[str, Floats], rate: float) -> float:
    """The logit that a share ``rate`` of clean chunks reaches, every corpus counted alike."""
    logits = np.concatenate(list(clean.values()))
    shares = np.concatenate([np.full(len(each), 1 / (len(each) * len(clean))) for each in clean.values()])
    order = np.argsort(-logits)
    above = int(np.searchsorted(np.cumsum(shares[order]), rate, side="right"))
    return float(logits[order[above]]) + 1e-9


def folds_of(attacks: Iterable[Attack]) -> list[frozenset[str]]:
    """The categories in :data:`FOLDS` parts; each part has some of every kind."""
    kinds: dict[str, list[str]] = {}
    for attack in attacks:
        names = kinds.setdefault(attack.kind, [])
        if attack.category not in names:
            names.append(attack.category)
    parts: list[set[str]] = [set() for _ in range(FOLDS)]
    for names in kinds.values():
        for number, name in enumerate(names):
            parts[number % FOLDS].add(name)
    return [frozenset(part) for part in parts]


def _orders(case: Attacked) -> tuple[Segment, ...]:
    """The segments of a case that are part of the order that its attack gives."""
    end = case.end
    if "```" in case.attack.text:
        end = case.start + case.attack.text.index("```")
    return tuple(each for each in segments(case.text) if each.start < end and each.end > case.start)


def calibrated(clean: dict[str, list[Bag]], rest: Sequence[Bag]) -> float:
    """The logit with :data:`FALSE_ALARMS`, on each clean corpus by weights that were learned from the others."""
    logits: dict[str, Floats] = {}
    for name, bags in clean.items():
        weights = fit([*rest, *(bag for other, theirs in clean.items() if other != name for bag in theirs)])
        logits[name] = worst_logits(bags, weights)
    return threshold(logits, FALSE_ALARMS)


def main() -> None:
    """Learn from all attacks and all that is clean and to learn from, and write the file."""
    corpora = learned_clean()
    hosts = hosts_to_learn_from(corpora)
    orders = corpora.pop("harmless orders")
    clean = {name: clean_bags({name: chunks}) for name, chunks in corpora.items()}
    others = [*clean_bags({"harmless orders": orders}), *harmless_bags(hosts, seed=1)]
    others += attack_bags([*bipia_attacks(), *own_attacks()], hosts, seed=0)
    weights = fit([*others, *(bag for bags in clean.values() for bag in bags)])
    step = float(np.abs(weights[len(NAMES) :]).max()) / 127
    hashed = np.round(weights[len(NAMES) :] / step).astype(np.int8)
    stored = {
        "made by": "python -m benchmarks.injection_training",
        "threshold": round(calibrated(clean, others), 4),
        "named": {name: round(float(weight), 3) for name, weight in zip(NAMES, weights, strict=False)},
        "step": round(step, 6),
        "hashed": b64encode(hashed.tobytes()).decode(),
    }
    FILE.write_text(json.dumps(stored, indent=1) + "\n", "utf-8")
    print(f"{FILE}: {FILE.stat().st_size} bytes, threshold {stored['threshold']}")


if __name__ == "__main__":
    main()
