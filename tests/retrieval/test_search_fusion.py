"""The fusion of a search: by the settings, or by the options of one search."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ragline
from ragline import Document
from ragline.errors import InputError
from ragline.settings import choices_of

QUERY = "holiday for employees"


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path_factory.mktemp("fusion") / "kb", embedder="light", reranker="none") as collection:
        words = ["vacation", "leave", "holiday", "pay", "sick", "employees", "rest", "travel", "meal", "hotel"]
        collection.ingest(
            [Document(f"{n:02d}.txt", f"{words[n % 10]} {words[n % 7]} for staff number {n}.") for n in range(40)]
        )
        yield collection


def _order(hits: list[ragline.Hit]) -> list[str]:
    return [hit.chunk.id for hit in hits]


@pytest.mark.parametrize("method", choices_of("fusion"))
def test_the_formula_is_an_option_and_a_setting(kb: ragline.Collection, method: str, tmp_path: Path) -> None:
    hits = kb.search(QUERY, 10, fusion=method, explain=True, rerank=False)
    for hit in hits:
        assert hit.explanation is not None
        assert hit.score == pytest.approx(sum(hit.explanation.terms.values()))
        assert hit.legs.keys() == hit.explanation.terms.keys()
    with ragline.open(kb.folder, fusion=method) as other:
        plain = other.search(QUERY, 10, explain=False, rerank=False)
        assert plain == [ragline.Hit(hit.chunk, hit.score, hit.rank, hit.legs) for hit in hits]


def test_a_weight_of_nothing_leaves_the_order_of_the_other_leg(kb: ragline.Collection) -> None:
    vector = _order(kb.search(QUERY, 10, mode="vector"))
    for method in choices_of("fusion"):
        assert _order(kb.search(QUERY, 10, fusion=method, weights={"lexical": 0}, rerank=False))[:5] == vector[:5]


@pytest.mark.parametrize("method", choices_of("fusion"))
@pytest.mark.parametrize("mode", ["vector", "lexical"])
def test_a_weight_is_nothing_to_a_kind_of_leg_that_is_alone(kb: ragline.Collection, method: str, mode: Any) -> None:
    both = "How many days of holiday are there and who pays for the hotel?"
    plain = kb.search(both, 10, mode=mode, fusion=method, expand="parts")
    assert any(":parts" in leg for hit in plain for leg in hit.legs)
    assert kb.search(both, 10, mode=mode, fusion=method, expand="parts", weights={mode: 0}) == plain


def test_a_leg_brings_as_many_as_its_depth_says_and_never_fewer_than_k(kb: ragline.Collection) -> None:
    hits = kb.search(QUERY, 30, depths={"lexical": 1, "vector": 35})
    assert len(hits) == 30
    assert max(hit.legs["lexical"].rank for hit in hits if "lexical" in hit.legs) <= 30
    shallow = kb.search(QUERY, 2, depths={"lexical": 1, "vector": 2})
    assert max(leg.rank for hit in shallow for leg in hit.legs.values()) <= 2
    with ragline.open(kb.folder, lexical_depth=3, vector_depth=2) as other:
        ranks = [hit.legs for hit in other.search(QUERY, 2)]
        assert max(legs["lexical"].rank for legs in ranks if "lexical" in legs) <= 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fusion": "borda"}, "Unknown fusion 'borda'; choose one of rrf"),
        ({"weights": {"lexical": -1}}, "The weight of the leg lexical is -1"),
        ({"weights": {"lexical": float("nan")}}, "The weight of the leg lexical is nan"),
        ({"weights": {"lexical": 10**400}}, "The weight of the leg lexical is 1000"),
        ({"weights": {"lexical": True}}, "The weight of the leg lexical is True"),
        ({"weights": {"lexical": 0, "vector": 0}}, "All legs have the weight 0"),
        ({"weights": {"sparse": 1}}, "The legs are vector and lexical"),
        ({"weights": [1, 2]}, "map legs to numbers"),
        ({"depths": {"vector": 0}}, "The depth of the leg vector is 0"),
    ],
)
def test_what_is_no_fusion_is_refused(kb: ragline.Collection, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message.replace("(", r"\(")):
        kb.search(QUERY, **options)
