"""Stable ids."""

from hypothesis import given
from hypothesis import strategies as st

from ingestion.identity import chunk_id, content_hash


def test_known_values() -> None:
    assert content_hash(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert chunk_id("docs/a.md", "text", 0, "structure/1") == "6b49cccc0c7aed61329b79b27bc24d57"


def test_every_field_counts() -> None:
    base = ("d", "t", 0, "f")
    others = [
        ("e", "t", 0, "f"),
        ("d", "u", 0, "f"),
        ("d", "t", 1, "f"),
        ("d", "t", 0, "g"),
        ("dt", "", 0, "f"),
        ("", "dt", 0, "f"),
    ]
    ids = {chunk_id(*fields) for fields in [base, *others]}
    assert len(ids) == len(others) + 1
    assert all(len(each) == 32 and set(each) <= set("0123456789abcdef") for each in ids)


fields = st.tuples(st.text(), st.text(), st.integers(0, 100), st.text())


@given(fields, fields)
def test_equal_ids_mean_equal_fields(one: tuple[str, str, int, str], other: tuple[str, str, int, str]) -> None:
    assert (chunk_id(*one) == chunk_id(*other)) == (one == other)
