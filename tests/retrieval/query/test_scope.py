"""No hit outside what the principal may see, whatever the query, the fusion, the expansion and the diversity."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ragline
from ragline.settings import choices_of
from ragline.types import Document, Principal
from retrieval.query.forms import OFFLINE

WORDS = ["influenza", "vaccination", "pump", "oil", "pressure", "dementia", "E-4012", "foo_bar", "holiday", "warranty"]
TYPED = [*WORDS, "infleunza", "vaccinaton", "dementai", "e 4012", "fooBar", "holidey", "and who is the"]
GROUPS = ["staff", "boss", "guest"]


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path_factory.mktemp("scope") / "kb", embedder="light") as collection:
        collection.ingest(
            Document(f"{n:02d}", f"{WORDS[n % 10]} {WORDS[n * 3 % 10]} {WORDS[n // 4 % 10]} of {n}.", acl=_acl(n))
            for n in range(40)
        )
        yield collection


def _acl(number: int) -> tuple[str, ...] | None:
    return None if number % 4 == 0 else tuple(group for bit, group in enumerate(GROUPS) if number >> bit & 1)


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(TYPED), min_size=1, max_size=4),
    st.sets(st.sampled_from(GROUPS)),
    st.sets(st.sampled_from(OFFLINE)),
    st.sampled_from(choices_of("fusion")),
    st.sampled_from(["hybrid", "vector", "lexical"]),
    st.integers(0, 2),
    st.sampled_from([1.0, 0.3]),
)
def test_nothing_but_what_may_be_seen(
    kb: ragline.Collection,
    words: list[str],
    groups: set[str],
    expand: set[str],
    fusion: str,
    mode: str,
    most: int,
    trade: float,
) -> None:
    allowed = {f"{n:02d}" for n in range(40) if (acl := _acl(n)) is None or groups & set(acl)}
    hits = kb.search(
        " ".join(words),
        50,
        principal=Principal("someone", frozenset(groups)),
        expand=sorted(expand),
        fusion=fusion,
        mode=mode,  # type: ignore[arg-type]
        max_per_document=most,
        mmr_lambda=trade,
        explain=True,
    )
    assert {hit.doc_id for hit in hits} <= allowed
    if mode != "lexical":
        assert len(hits) == len(allowed)
    chunks = {chunk.id for doc_id in allowed for chunk in kb.chunks(doc_id)}
    for hit in hits:
        assert hit.explanation is not None
        assert set(hit.explanation.displaced) <= chunks
