"""Spelling and identifiers: from words of visible chunks only, and only where the query's own are not there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import ragline
from ragline.errors import InputError, MissingExtra, SettingsError
from ragline.types import Document, Hit, Principal

TEXTS = {
    "flu": "The influenza vaccination protects against disease.",
    "error": "Error E-4012 means that the humidity element is broken. Call foo_bar to reset.",
    "trial": "Trials of dementia and hypertension in older adults. The R 2000 is a pump.",
}


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path_factory.mktemp("variants") / "kb", embedder="light") as collection:
        collection.ingest([Document(doc_id, text) for doc_id, text in TEXTS.items()])
        yield collection


def variant(hits: list[Hit]) -> str:
    """The variant that was searched for, where it has found something."""
    forms = [hit.explanation.forms for hit in hits if hit.explanation is not None]
    return next((text for found in forms for text in found.values()), "")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("infleunza vaccinatoin", "influenza vaccination"),  # the ending that a stemmer would take off is wrong too
        ("hypertnesion and dementa", "hypertension and dementia"),
        ("Influenzza", "influenza"),
        ("error e 4012", "error e-4012"),
        ("pump R2000", "pump R 2000"),
        ("call fooBar", "call foo_bar"),
        ("call foo-bar", "call foo_bar"),
        ("influenza vaccine", ""),  # known words stay, also as another form of them
        ("error E-4013", ""),  # another number is another thing
        ("zebra crossing", ""),
        ("olde", "older"),
        ("oldr person", "older person"),
        ("aldur", ""),  # two edits are too many for a short word, and the first letter is never taken for wrong
        ("the flu", ""),
    ],
)
def test_variants_are_words_of_the_collection(kb: ragline.Collection, query: str, expected: str) -> None:
    assert variant(kb.search(query, 3, expand="variants", explain=True)) == expected


def test_a_mistyped_word_finds_what_it_means(kb: ragline.Collection) -> None:
    assert kb.search("infleunza", 3, mode="lexical", expand="none") == []
    (hit,) = kb.search("infleunza", 3, mode="lexical", expand=["variants"])
    assert (hit.doc_id, list(hit.legs)) == ("flu", ["lexical:variants"])
    assert kb.search("dementa treatment", 1, expand="variants")[0].doc_id == "trial"


def test_without_expansion_nothing_changes(kb: ragline.Collection) -> None:
    plain = kb.search("infleunza", 3, expand="none")
    assert plain == kb.search("infleunza", 3, expand=()) != kb.search("infleunza", 3)
    assert {leg for hit in plain for leg in hit.legs} == {"vector"}
    assert kb.search("influenza", 3) == kb.search("influenza", 3, expand="none")


def test_a_word_that_the_tokenizer_knows_is_spelled_right_though_no_chunk_has_it(kb: ragline.Collection) -> None:
    """One edit from "means", "pump" and "older"."""
    for word in ("beans", "dump", "holder"):
        assert variant(kb.search(word, 3, expand="variants", explain=True)) == ""


def test_words_of_hidden_documents_are_never_suggested_and_change_nothing(tmp_path: Path) -> None:
    """Neither as a correction, nor by being the word that makes a mistyped one known, nor by their number."""
    secret = "Project nightingale is about influenzza and influanza, influanza, dementiae. Order E-7777 and call baz_qux."
    queries = ["nightingal", "influenzza", "influnza", "dementiae", "order e 7777", "bazQux", "projct nightingale"]
    found = []
    for name, texts in (("with", [*TEXTS.items(), ("secret", secret)]), ("without", list(TEXTS.items()))):
        with ragline.open(tmp_path / name, embedder="light") as kb:
            kb.ingest([Document(doc_id, text, acl=("boss",) if doc_id == "secret" else None) for doc_id, text in texts])
            found.append([variant(kb.search(query, 3, expand="variants", explain=True)) for query in queries])
            if name == "with":
                boss = kb.search("nightingal", 3, expand="variants", explain=True, principal=Principal("boss"))
                assert variant(boss) == "nightingale"
    assert found[0] == found[1]
    assert "nightingale" not in str(found)


def test_words_of_deleted_documents_are_not_suggested(tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest([Document("gone", "The nightingale sings."), Document("stays", "Nothing else sings here.")])
        assert variant(kb.search("nightingal", 2, expand="variants", explain=True)) == "nightingale"
        kb.delete("gone")
        assert variant(kb.search("nightingal", 2, expand="variants", explain=True)) == ""


def test_a_filter_holds_for_variants_too(kb: ragline.Collection) -> None:
    hits = kb.search("infleunza", 3, expand="variants", filters={"doc_id": "trial"}, explain=True)
    assert {hit.doc_id for hit in hits} == {"trial"}
    assert variant(hits) == ""


def test_legs_of_forms_are_told_and_add_up(kb: ragline.Collection) -> None:
    hit = kb.search("infleunza", 1, expand="variants", explain=True)[0]
    assert hit.doc_id == "flu"
    assert "lexical:variants" in hit.legs
    assert "vector:variants" not in hit.legs  # the query is embedded once
    assert hit.explanation is not None
    assert hit.score == pytest.approx(sum(hit.explanation.terms.values()))
    assert hit.explanation.timings_ms["expand"] > 0


def test_an_unknown_expansion_is_refused(kb: ragline.Collection) -> None:
    with pytest.raises(InputError, match="Unknown expansion 'magic'; choose from variants"):
        kb.search("x", expand="variants,magic")
    with pytest.raises(InputError, match="Unknown expansion '3'"):
        kb.search("x", expand=3)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="query_expansion"):
        ragline.open(kb.folder, query_expansion="magic")
    with ragline.open(kb.folder, query_expansion="variants, parts") as other:
        assert other.search("infleunza", 1)[0].legs.keys() > {"lexical:variants"}


def test_a_lexical_search_needs_no_embedder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does it for a word that is mistyped: where the embedder is not installed, its tokenizer is not asked."""
    with ragline.open(tmp_path / "kb", embedder="light") as kb:
        kb.ingest([Document("bird", "The nightingale sings.")])

    def is_absent(*_: object, **__: object) -> None:
        raise MissingExtra("wordllama", extra="all", purpose="the embedder 'light'")

    monkeypatch.setattr("indexes.embedders.registry.load_embedder", is_absent)
    with ragline.open(tmp_path / "kb") as kb:
        hits = kb.search("nightingal", mode="lexical", explain=True)
    assert [hit.doc_id for hit in hits] == ["bird"]
