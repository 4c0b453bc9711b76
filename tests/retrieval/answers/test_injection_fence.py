"""The fence holds on every attack of BIPIA, in every position. A model's obedience is not tested: nobody can."""

from itertools import cycle
from random import Random

import pytest

from benchmarks.corpora import CorpusMissingError
from benchmarks.injection_data import POSITIONS, Attack, bipia_attacks, contexts, own_attacks, put_into
from benchmarks.injection_fence import faults, hit_of

CONTEXTS_EACH = 9
"""Contexts that each attack is put into in each position: with 125 attacks every one of the 700 comes up."""


@pytest.fixture(scope="module")
def every_context() -> list[str]:
    try:
        kinds = ("email", "table", "code")
        return [text for kind in kinds for learned in (True, False) for text in contexts(kind, learned=learned)]
    except CorpusMissingError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def attacks() -> list[Attack]:
    try:
        return [*bipia_attacks(), *own_attacks()]
    except CorpusMissingError as error:
        pytest.skip(str(error))


def test_every_attack_stays_between_its_boundaries(attacks: list[Attack], every_context: list[str]) -> None:
    assert len([attack for attack in attacks if attack.kind != "own"]) == 125
    random, hosts = Random(0), cycle(every_context)
    seen: set[str] = set()
    for attack in attacks:
        for position in POSITIONS:
            texts = [next(hosts) for _ in range(CONTEXTS_EACH)]
            seen.update(texts)
            cases = [put_into(attack, text, position, random) for text in texts]
            hits = [hit_of(case.text, number) for number, case in enumerate(cases, start=1)]
            assert faults(hits) == [], (attack.id, position)
    assert seen == set(every_context)


def test_an_attack_in_a_title_stays_between_the_boundaries_too(attacks: list[Attack]) -> None:
    for attack in attacks:
        assert faults([hit_of("A text.", 1, title=attack.text), hit_of("Another.", 2)]) == [], attack.id


def test_a_broken_fence_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.injection_fence.fence_passages", lambda hits, nonce: "\n".join(h.text for h in hits))
    assert faults([hit_of("A text.", 1)])
