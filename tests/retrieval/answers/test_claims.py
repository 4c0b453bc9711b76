"""Every statement of an answer has a verdict, and stands where the check says."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.embedders.base import Embedder
from ragline.types import ClaimCheck, Hit
from retrieval.answers.citations import cite
from retrieval.answers.claims import check_claims
from retrieval.answers.extractive import ExtractiveAnswerer


@pytest.fixture
def hits(make_hit: Callable[..., Hit]) -> list[Hit]:
    return [
        make_hit("The warranty lasts 36 months. It begins on delivery.", doc_id="faq", start=50, title="FAQ"),
        make_hit("| Part | Torque |\n| --- | --- |\n| Cover | 0.8 N·m |\n| Gland | 3.0 N·m |", doc_id="manual", kind="table"),
    ]


def checked(text: str, hits: list[Hit]) -> tuple[str, tuple[ClaimCheck, ...]]:
    cited = cite(text, hits)
    return cited.text, check_claims(cited.claims, cited.citations, hits)


def test_every_sentence_has_its_place_and_verdict(hits: list[Hit]) -> None:
    text, claims = checked("It lasts 36 months [1, 9]. The gland is 0.8. [2]\nThe sky is green. It is generous [1].", hits)
    assert [(text[claim.start : claim.end], claim.verdict) for claim in claims] == [
        ("It lasts 36 months [1].", "supported"),
        ("The gland is 0.8.", "unsupported"),
        ("The sky is green.", "uncited"),
        ("It is generous [1].", "unsupported"),
    ]
    assert [claim.citations for claim in claims] == [(0,), (1,), (), (2,)]
    assert claims[0].reasons == ()
    assert claims[1].reasons == ("the passage says 3.0 N·m there, and '0.8' of something else",)
    assert claims[2].reasons == ("it cites no passage",)
    assert "says little of this" in claims[3].reasons[0]
    assert (claims[0].support, claims[2].support) == (1.0, 0.0)


def test_a_sentence_is_held_against_all_that_it_cites(hits: list[Hit]) -> None:
    both = "The warranty lasts 36 months and the gland takes 3.0 N·m"
    assert checked(f"{both} [1][2].", hits)[1][0].verdict == "supported"
    assert checked(f"{both} [1].", hits)[1][0].verdict == "unsupported"


def test_headings_and_lead_ins_are_no_statements(hits: list[Hit]) -> None:
    text, claims = checked("# Torques\n\nThey are:\n- Gland 3.0 N·m [2]", hits)
    assert [text[claim.start : claim.end] for claim in claims] == ["Gland 3.0 N·m"]


def test_an_extracted_answer_is_its_own_support(hits: list[Hit], light: Embedder) -> None:
    for query in ("How long does the warranty last?", "What torque does the gland take?"):
        answer = ExtractiveAnswerer().answer(query, hits, embedder=light)
        assert [claim.verdict for claim in answer.claims] == ["supported"] * len(answer.citations)
        for place, claim in enumerate(answer.claims):
            assert claim.citations == (place,)
            assert answer.text[claim.start : claim.end] == answer.citations[place].claim


@given(
    st.lists(st.sampled_from(["[1]", "[2]", "[7]", "It lasts 36 months. ", "0.8 N·m ", "\n\n", "# A\n", "`x[1]`"]), max_size=12)
)
def test_checks_are_in_order_and_inside_the_text(make_hit: Callable[..., Hit], parts: list[str]) -> None:
    passages = [make_hit("It lasts 36 months.", doc_id="a"), make_hit("The gland takes 0.8 N·m.", doc_id="b")]
    cited = cite("".join(parts), passages)
    claims = check_claims(cited.claims, cited.citations, passages)
    last = 0
    for claim in claims:
        assert last <= claim.start < claim.end <= len(cited.text)
        assert (claim.verdict == "uncited") == (not claim.citations)
        assert (claim.verdict == "supported") == (not claim.reasons)
        last = claim.end
    assert [at for claim in claims for at in claim.citations] == list(range(len(cited.citations)))
