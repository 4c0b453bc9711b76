"""Team-draft interleaving, and what clicks say."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from eval.live.interleaving import Credit, Interleaved, credit, team_draft
from eval.live.preference import Preference, preference, read_credits, sign_test_p
from ragline.errors import InputError
from ragline.types import Hit

MakeHits = Callable[..., list[Hit]]

RANKINGS = st.lists(st.sampled_from("abcdefghij"), unique=True, max_size=8)


def drafted(a: list[str], b: list[str], k: int = 10, user: str = "u", query: str = "q", salt: str = "s") -> Interleaved[str]:
    return team_draft(a, b, k=k, user=user, query=query, salt=salt)


@given(RANKINGS, RANKINGS, st.integers(1, 10), st.text(min_size=1, max_size=3))
def test_the_list_keeps_the_rules_of_the_draft(a: list[str], b: list[str], k: int, user: str) -> None:
    found = drafted(a, b, k, user)
    assert len(set(found.keys)) == len(found.items) == len(found.teams) <= k
    for place in range(len(found.items) + 1):
        before = found.teams[:place]
        assert abs(before.count("a") - before.count("b")) <= 1, "no team gets ahead by two"
    for place, (item, team) in enumerate(zip(found.items, found.teams, strict=True)):
        ranking = a if team == "a" else b
        assert item == next(each for each in ranking if each not in found.items[:place]), "each team picks its best"
    if len(found.items) < k:
        assert set(a) <= set(found.items) or set(b) <= set(found.items)


def test_equal_rankings_stay_as_they_are() -> None:
    assert drafted(list("abcd"), list("abcd")).items == tuple("abcd")


def test_the_same_user_and_query_get_the_same_list_and_others_other_lots() -> None:
    a, b = list("abcd"), list("wxyz")
    assert drafted(a, b) == drafted(a, b)
    firsts = [drafted(a, b, user=f"user-{number}").teams[0] for number in range(4000)]
    assert stats.binomtest(firsts.count("a"), len(firsts)).pvalue > 0.01
    by_query = [drafted(a, b, query=f"query-{number}").teams[0] for number in range(4000)]
    assert stats.binomtest(by_query.count("a"), len(by_query)).pvalue > 0.01
    both = [drafted(a, b, user=f"user-{number}").teams for number in range(4000)]
    table = [[sum(teams[0] == x and teams[2] == y for teams in both) for y in "ab"] for x in "ab"]
    assert stats.chi2_contingency(np.array(table)).pvalue > 0.01, "the lots of two rounds are independent"


def test_clicks_count_once_for_the_team_of_their_place() -> None:
    shown = Interleaved(tuple("wxyz"), tuple("wxyz"), ("a", "b", "b", "a"))
    found = credit(shown, ["x", "x", "y", "w", "elsewhere"], user="u")
    assert found == Credit("u", 1, 2, ignored=1)
    assert found.preferred == "b"
    assert credit(shown, [], user="u").preferred == "tie"


def test_blind_clicks_prefer_neither_and_real_ones_the_better_ranking() -> None:
    """Users who click on anything find no difference; users who look for the right document prefer the ranking that has it."""
    generator = np.random.default_rng(3)
    documents = [f"doc-{number}" for number in range(10)]
    blind, seeking = [], []
    for number in range(1500):
        right = documents[int(generator.integers(10))]
        worse = [str(each) for each in generator.permutation(documents)]
        better = [right, *(each for each in worse if each != right)] if generator.random() < 0.3 else worse
        shown = drafted(worse, better, k=5, user=f"user-{number}")
        blind.append(credit(shown, [str(generator.choice(shown.keys))], user=f"user-{number}"))
        seeking.append(credit(shown, [key for key in shown.keys if key == right], user=f"user-{number}"))
    assert preference(blind).p > 0.01
    found = preference(seeking)
    assert found.p < 0.001
    assert found.delta is not None
    assert found.delta > 0


def test_a_user_counts_once() -> None:
    loud = [Credit("loud", 0, 1)] * 30
    quiet = [Credit(f"quiet-{number}", 1, 0) for number in range(4)]
    assert preference([*loud, *quiet]) == Preference(4, 1, 0, sign_test_p(4, 1))
    assert preference([*loud, *quiet], by_user=False).wins_b == 30
    assert preference([]) == Preference(0, 0, 0, 1.0)
    assert preference([]).delta is None


@pytest.mark.parametrize(("a", "b"), [(0, 0), (5, 5), (0, 8), (3, 12), (480, 520), (20_000, 20_600)])
def test_the_sign_test_agrees_with_scipy(a: int, b: int) -> None:
    expected = stats.binomtest(a, a + b).pvalue if a + b else 1.0
    assert sign_test_p(a, b) == pytest.approx(expected, rel=1e-6)


def test_hits_are_known_by_their_chunks(make_hits: MakeHits) -> None:
    a, b = make_hits("one", "two"), make_hits("two", "three")
    found = team_draft(a, b, k=3, user="u", query="q", salt="s")
    assert set(found.keys) <= {hit.chunk.id for hit in (*a, *b)}
    with pytest.raises(InputError, match="key="):
        team_draft([1], [2], k=1, user="u", query="q", salt="s")


def test_a_list_without_places_is_refused() -> None:
    with pytest.raises(InputError):
        drafted(["a"], ["b"], k=0)


def test_credits_are_read_from_a_file_and_a_bad_line_is_named(tmp_path: Path) -> None:
    place = tmp_path / "clicks.jsonl"
    place.write_text('{"user": "u1", "a": 0, "b": 2}\n{"user": "u2", "a": 1, "b": 0}\n')
    assert list(read_credits(place)) == [Credit("u1", 0, 2), Credit("u2", 1, 0)]
    for line in ('{"a": 0, "b": 2}', '{"user": "u", "a": -1, "b": 2}', '{"user": "u", "a": true, "b": 2}', "{"):
        place.write_text(line + "\n")
        with pytest.raises(InputError, match=r"clicks\.jsonl"):
            list(read_credits(place))
