from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragline.types import Citation, Hit
from retrieval.answers.citations import cite

AssertExact = Callable[[Sequence[Citation], Sequence[Hit]], None]


@pytest.fixture(scope="module")
def hits(make_hit: Callable[..., Hit]) -> list[Hit]:
    return [
        make_hit("Intro. The warranty lasts 36 months. It begins on delivery.", doc_id="faq", start=50, title="FAQ", page=2),
        make_hit("| Part | Torque |\n| --- | --- |\n| Cover | 0.8 N·m |\n| Gland | 3.0 N·m |", doc_id="manual", kind="table"),
        make_hit("保修期为三年。从交货开始。", doc_id="zh"),
    ]


def pairs(citations: Sequence[Citation]) -> list[tuple[int, str]]:
    return [(citation.marker, citation.quote) for citation in citations]


@pytest.mark.parametrize(
    "text",
    [
        "The warranty lasts 36 months [1].",
        "The warranty lasts 36 months. [1]",
        "The warranty lasts 36 months.[1]",
        "The warranty lasts 36 months【1】.",
        "The warranty lasts 36 months ［１］.",
        "The warranty lasts 36 months〔1〕.",
        "The warranty lasts 36 months [passage 1].",
        "The warranty lasts 36 months [^1].",
    ],
)
def test_a_marker_in_any_shape_finds_its_sentence(text: str, hits: list[Hit], assert_exact: AssertExact) -> None:
    cited = cite(text, hits)
    assert_exact(cited.citations, hits)
    assert pairs(cited.citations) == [(1, "The warranty lasts 36 months.")]
    assert cited.citations[0].claim.startswith("The warranty lasts 36 months")
    assert "[1]" in cited.text
    assert cited.citations[0].support == 1.0
    assert cited.notes == ()


def test_markers_belong_to_the_sentence_they_end(hits: list[Hit], assert_exact: AssertExact) -> None:
    cited = cite("The warranty lasts 36 months. [1] The gland torque is 3.0. [2] 保修期为三年。[3]", hits)
    assert_exact(cited.citations, hits)
    assert pairs(cited.citations) == [(1, "The warranty lasts 36 months."), (2, "| Gland | 3.0 N·m |"), (3, "保修期为三年。")]
    assert [citation.claim for citation in cited.citations][:2] == ["The warranty lasts 36 months.", "The gland torque is 3.0."]


@pytest.mark.parametrize(
    "markers", ["[1, 2]", "[1][2]", "[1] [2]", "[1;2]", "[1-2]", "[1–2]", "[passages 1, 2]", "[2][1][2]", "[1, 1, 2, 1]"]
)
def test_several_passages_for_one_sentence(markers: str, hits: list[Hit]) -> None:
    cited = cite(f"The cover takes 0.8 N·m from delivery {markers}.", hits)
    assert sorted(citation.marker for citation in cited.citations) == [1, 2]
    assert "[1]" in cited.text
    assert "," not in cited.text


def test_numbers_that_were_not_given_are_dropped_and_noted(hits: list[Hit]) -> None:
    cited = cite("The warranty lasts 36 months [1, 9]. The sky is green [7]. See [0].", hits)
    assert cited.text == "The warranty lasts 36 months [1]. The sky is green. See."
    assert cited.unknown == (0, 7, 9)
    assert cited.notes == (
        "2 of 3 sentences carry no citation",
        "citations of passages that were not given were dropped: 0, 7, 9",
    )


def test_years_and_code_are_no_markers(hits: list[Hit]) -> None:
    text = "In [2024] call `rows[0]` and then:\n```\nx[1] = 2\n```\nIt lasts 36 months [1]."
    cited = cite(text, hits)
    assert cited.text == text
    assert [citation.marker for citation in cited.citations] == [1]


def test_a_wide_range_is_not_counted_out(hits: list[Hit]) -> None:
    assert cite("All of it [1-999].", hits).unknown == (999,)


def test_headings_and_lead_ins_need_no_citation(hits: list[Hit]) -> None:
    cited = cite("# Torques\n\nThey are:\n- Cover 0.8 N·m [2]\n- Gland 3.0 N·m [2]", hits)
    assert (len(cited.claims), cited.uncited, cited.notes) == (2, 0, ())
    assert pairs(cited.citations) == [(2, "| Cover | 0.8 N·m |"), (2, "| Gland | 3.0 N·m |")]


def test_a_number_finds_the_row_that_has_it(hits: list[Hit]) -> None:
    (citation,) = cite("It is 3.0 N·m [2].", hits).citations
    assert citation.quote == "| Gland | 3.0 N·m |"


def test_a_claim_without_a_shared_word_cites_the_whole_passage_with_no_support(hits: list[Hit]) -> None:
    (citation,) = cite("Quokkas sleep [1].", hits).citations
    assert citation.quote == hits[0].text
    assert citation.support == 0.0


def test_a_half_supported_claim_has_half_the_support(hits: list[Hit]) -> None:
    (half,) = cite("The warranty lasts 99 quokkas [1].", hits).citations
    assert 0.0 < half.support < 1.0


def test_the_citation_carries_the_place(hits: list[Hit]) -> None:
    (citation,) = cite("36 months [1]", hits).citations
    assert (citation.doc_id, citation.chunk_id, citation.title, citation.page) == ("faq", hits[0].chunk.id, "FAQ", 2)
    assert citation.start == 50 + len("Intro. ")


@pytest.mark.parametrize("text", ["", "[1]", "No marker here.", "[9]", "   "])
def test_nothing_to_cite(text: str, hits: list[Hit]) -> None:
    cited = cite(text, hits)
    assert cited.citations == ()
    assert "[9]" not in cited.text


ANSWER = st.lists(
    st.sampled_from(
        ["[1]", "[2, 3]", "[9]", "[1-3]", "【2】", "`a[1]`", "```", "Warranty lasts. ", "| a | b |\n", "36 ", "\n\n", "# "]
    )
    | st.text(max_size=8),
    max_size=15,
).map("".join)


@given(ANSWER, st.lists(st.text(max_size=80), max_size=3))
def test_any_answer_over_any_passages_cites_exactly(
    make_hit: Callable[..., Hit], assert_exact: AssertExact, text: str, passages: list[str]
) -> None:
    hits = [make_hit(passage, doc_id=f"d{i}", start=7 * i) for i, passage in enumerate(passages)]
    cited = cite(text, hits)
    assert_exact(cited.citations, hits)
    assert 0 <= cited.uncited <= len(cited.claims)
    assert all(1 <= citation.marker <= len(hits) for citation in cited.citations)
    assert cite(cited.text, hits).unknown == ()
