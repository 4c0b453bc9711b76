"""Mistyped queries are the same in every run, one edit a word, and leave short words and first letters alone."""

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.misspelt import misspelt
from retrieval.query.distance import distances

QUERY = "Vaccination of older adults against influenza is cheap."


def test_the_same_query_is_mistyped_in_the_same_way() -> None:
    assert misspelt(QUERY) == misspelt(QUERY) != QUERY


@given(st.lists(st.text(alphabet="abcdefgh", min_size=1, max_size=9), min_size=1, max_size=8))
def test_at_most_two_words_are_one_edit_away(words: list[str]) -> None:
    typed = misspelt(" ".join(words)).split()
    edits = [int(distances(one, [other], 3)[0]) for one, other in zip(words, typed, strict=True)]
    assert sum(edits) <= 2
    assert max(edits) <= 1
    for word, other, count in zip(words, typed, edits, strict=True):
        assert word[0] == other[0]
        assert not count or len(word) >= 5
