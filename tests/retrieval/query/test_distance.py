"""Edit distance: all terms at once as one by one."""

from hypothesis import given
from hypothesis import strategies as st

from retrieval.query.distance import distances, prefix_distances

words = st.text(alphabet="abcä", min_size=1, max_size=7)


def _one(word: str, term: str) -> int:
    """Optimal string alignment, as textbooks have it."""
    rows = [[i + j if not i or not j else 0 for j in range(len(term) + 1)] for i in range(len(word) + 1)]
    for i in range(1, len(word) + 1):
        for j in range(1, len(term) + 1):
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (word[i - 1] != term[j - 1]))
            if i > 1 and j > 1 and word[i - 1] == term[j - 2] and word[i - 2] == term[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@given(words, st.lists(words, min_size=1, max_size=6), st.integers(0, 8))
def test_distances_of_every_beginning(word: str, terms: list[str], most: int) -> None:
    found = prefix_distances(word, terms, most)
    for end in range(1, len(word) + 1):
        assert found[:, end].tolist() == [min(_one(word[:end], term), most + 1) for term in terms]
    assert distances(word, terms, most).tolist() == found[:, -1].tolist()


def test_a_swap_is_one_edit_and_nothing_is_far_from_no_terms() -> None:
    assert distances("infleunza", ["influenza", "influenzas", "flu"], 2).tolist() == [1, 2, 3]
    assert distances("word", [], 2).tolist() == []
