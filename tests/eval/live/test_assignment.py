"""A/B assignment: the same for a user, spread as the weights say, independent of other experiments."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from eval.live.assignment import assign
from eval.live.hashing import fraction
from ragline.errors import InputError

USERS = [f"user-{number}" for number in range(20_000)]


def test_fractions_are_uniform() -> None:
    places = [fraction("salt", user) for user in USERS]
    assert stats.kstest(places, "uniform").pvalue > 0.01


def test_shares_are_those_of_the_weights() -> None:
    weights = {"control": 70.0, "first": 20.0, "second": 10.0}
    chosen = [assign(user, weights, salt="shares") for user in USERS]
    counts = [chosen.count(name) for name in weights]
    assert stats.chisquare(counts, [len(USERS) * weight / 100 for weight in weights.values()]).pvalue > 0.01


def test_experiments_of_other_salts_are_independent() -> None:
    sides = [[assign(user, ["a", "b"], salt=salt) == "a" for user in USERS] for salt in ("colour", "ranking")]
    table = [[sum(x == own and y == other for x, y in zip(*sides, strict=True)) for other in (0, 1)] for own in (0, 1)]
    assert stats.chi2_contingency(np.array(table)).pvalue > 0.01


def test_a_user_sees_the_same_variant_in_another_process() -> None:
    code = "from eval.live.assignment import assign; print([assign(str(n), ['a', 'b', 'c'], salt='s') for n in range(50)])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == str([assign(str(n), ["a", "b", "c"], salt="s") for n in range(50)])


def test_raising_a_share_takes_users_in_and_throws_none_out() -> None:
    few = {user for user in USERS if assign(user, {"new": 10, "old": 90}, salt="ramp") == "new"}
    more = {user for user in USERS if assign(user, {"new": 50, "old": 50}, salt="ramp") == "new"}
    assert few < more


def test_a_weight_of_nothing_gets_nobody() -> None:
    assert {assign(user, {"off": 0.0, "on": 1.0, "never": 0.0}, salt="s") for user in USERS[:500]} == {"on"}


def test_parts_are_kept_apart() -> None:
    assert fraction("ab", "c") != fraction("a", "bc")
    assert fraction("a", "b", "") != fraction("a", "b")
    assert 0 <= fraction("\ud800", "lone surrogates of a browser") < 1


@pytest.mark.parametrize(
    ("user", "variants", "salt"),
    [
        ("", ["a"], "s"),
        ("u", ["a"], ""),
        ("u", [], "s"),
        ("u", {"a": 0}, "s"),
        ("u", {"a": -1, "b": 2}, "s"),
        ("u", {"a": float("nan")}, "s"),
        ("u", ["a", "a"], "s"),
        ("u", "ab", "s"),
    ],
)
def test_what_assigns_nobody_is_refused(user: str, variants: object, salt: str) -> None:
    with pytest.raises(InputError):
        assign(user, variants, salt=salt)  # type: ignore[arg-type]
