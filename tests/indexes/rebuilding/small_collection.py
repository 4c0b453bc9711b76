"""A collection of short texts, and what it shows."""

import ragline
from ragline.types import Document

WORDS = ["pump", "valve", "turbine", "warranty", "voltage", "filter", "bearing", "coolant", "sensor", "gasket"]


def text(number: int, edition: str = "first") -> str:
    return (
        f"own{number} {edition} {WORDS[number % 10]} and {WORDS[number * 7 % 9]} with {WORDS[number // 10 % 10]} {number * 31}"
    )


def documents(*numbers: int, edition: str = "first") -> list[Document]:
    return [Document(f"d{number}", text(number, edition)) for number in numbers]


def contents(kb: ragline.Collection) -> dict[str, str]:
    """What the vector leg finds, of which the lexical leg and the catalog must say the same."""
    found = {hit.doc_id: hit.text for hit in kb.search("own pump", k=1000, mode="vector")}
    assert sorted(found) == kb.document_ids()
    for number in (3, 7, 150, 500):
        hits = kb.search(f"own{number}", k=1000, mode="lexical")
        assert {hit.doc_id for hit in hits} == {doc_id for doc_id in found if doc_id == f"d{number}"}
    assert kb.health()["ok"], kb.health()
    return found


def contents_found(kb: ragline.Collection) -> set[str]:
    return {hit.doc_id for hit in kb.search("own pump", k=1000, mode="vector")}
