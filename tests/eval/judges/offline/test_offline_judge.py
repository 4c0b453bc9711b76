"""What the offline judge says of answers: support and its place, what speaks against a claim, and what is no verdict."""

import pytest

from eval.judges.base import JudgedClaim, Support
from eval.judges.offline.judge import OfflineJudge
from eval.judges.offline.reading import Contexts, words
from indexes.embedders.registry import load_embedder

CONTEXTS = (
    "Opening hours are on the door.",
    "The Anvik pump holds 12 litres of oil. It was designed by Greta Holm in 1994. Sea water must not be pumped.",
)


@pytest.fixture(scope="module", params=["light", "none"])
def judge(request: pytest.FixtureRequest) -> OfflineJudge:
    return OfflineJudge(load_embedder("light") if request.param == "light" else None)


def one(judge: OfflineJudge, answer: str) -> JudgedClaim:
    score = judge.judge(answer, CONTEXTS)
    assert score.status == "scored"
    (claim,) = score.claims
    return claim


def test_a_supported_claim_points_at_the_characters_that_carry_it(judge: OfflineJudge) -> None:
    claim = one(judge, "The Anvik pump holds 12 litres of oil [2].")
    assert claim.supported
    assert claim.probability is not None
    assert claim.probability > 0.5
    assert claim.support == Support(1, 0, 38)
    assert CONTEXTS[1][0:38] == "The Anvik pump holds 12 litres of oil."
    assert not claim.reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("The Anvik pump holds 15 litres of oil.", "'15 litres' is not in the passage"),
        ("The Anvik pump holds 12 grams of oil.", "'12 grams' is not in the passage"),
        ("It was designed by Ingrid Sorensen in 1994.", "'Ingrid' is not in the passage"),
        ("Sea water may be pumped.", "the passage denies it"),
        ("The Anvik pump does not hold 12 litres of oil.", "the passage does not deny it"),
    ],
)
def test_what_was_changed_is_told(judge: OfflineJudge, answer: str, reason: str) -> None:
    claim = one(judge, answer)
    assert claim.supported is False
    assert reason in claim.reason


@pytest.mark.parametrize("weight", ["450 grams", "0.45 kg"])
def test_a_quantity_that_agrees_and_a_lone_letter_are_not_called_missing(judge: OfflineJudge, weight: str) -> None:
    contexts = ["The pump was built in Norway. It weighs 450 g. Its oil is changed once a year."]
    (claim,) = judge.judge(f"Bakelite, the casing's shell, comes to {weight}.", contexts).claims
    assert claim.reason == "the contexts do not have 'bakelite', 'casing', 'shell', 'comes'"


def test_one_changed_word_costs_more_than_other_words(judge: OfflineJudge) -> None:
    true = one(judge, "The oil capacity of the Anvik pump is 12 litres.")
    false = one(judge, "The Anvik pump holds 13 litres of oil.")
    assert true.probability is not None
    assert false.probability is not None
    assert true.probability > false.probability


def test_a_claim_without_a_word_of_the_contexts_is_unsupported_and_has_no_place(judge: OfflineJudge) -> None:
    claim = one(judge, "Penguins breed every second winter.")
    assert claim.supported is False
    assert claim.support is None
    assert claim.reason.startswith("the contexts do not have 'penguins'")


def test_the_score_is_the_mean_probability_of_the_claims(judge: OfflineJudge) -> None:
    score = judge.judge("The Anvik pump holds 12 litres of oil. It was designed by Ingrid Sorensen in 1990.", CONTEXTS)
    found = [claim.probability for claim in score.claims if claim.probability is not None]
    assert [claim.supported for claim in score.claims] == [True, False]
    assert score.value == pytest.approx(sum(found) / 2, abs=1e-3)
    assert [score.claims[1].start, score.claims[1].end] == [39, 82]


@pytest.mark.parametrize(
    ("answer", "contexts", "status"),
    [
        ("I don't know.", CONTEXTS, "refusal"),
        ("The passages do not say who paid for it. They only describe the pump.", CONTEXTS, "refusal"),
        ("The pump holds 12 litres.", (), "no_context"),
        ("The pump holds 12 litres.", ("  ", "\n"), "no_context"),
        ("I don't know.", (), "refusal"),
        ("Yes.", CONTEXTS, "failed"),
        ("", CONTEXTS, "failed"),
    ],
)
def test_what_is_no_verdict_has_a_status_and_a_reason(
    judge: OfflineJudge, answer: str, contexts: tuple[str, ...], status: str
) -> None:
    score = judge.judge(answer, contexts)
    assert (score.value, score.status) == (None, status)
    assert score.reason


def test_what_the_contexts_say_is_unknown_is_judged_as_any_claim(judge: OfflineJudge) -> None:
    contexts = ("The year in which the mill was built is not known.",)
    assert judge.judge("The year in which the mill was built is not known.", contexts).status == "scored"


def test_a_refusal_among_claims_is_left_out_of_the_score(judge: OfflineJudge) -> None:
    score = judge.judge("The Anvik pump holds 12 litres of oil. The passages do not say what it costs.", CONTEXTS)
    assert score.status == "scored"
    assert [claim.supported for claim in score.claims] == [True, None]
    assert score.value == pytest.approx(score.claims[0].probability, abs=1e-3)


def test_the_question_says_what_a_reply_in_a_word_is_about() -> None:
    judge = OfflineJudge(load_embedder("light"))
    contexts = ("Greta Holm designed the pump. Anton Weiss sold the ferry to the town of Husum.",)
    asked = "Who designed the pump?"
    right, wrong = (judge.judge(reply, contexts, question=asked).value for reply in ("Greta Holm", "Anton Weiss"))
    assert right is not None
    assert wrong is not None
    assert right > wrong


def test_judging_is_deterministic_and_does_not_depend_on_what_was_judged_before(judge: OfflineJudge) -> None:
    answer = "The Anvik pump holds 12 litres of oil. It was designed by Greta Holm."
    first = judge.judge(answer, CONTEXTS)
    judge.judge("Something else.", ("Another text.",))
    assert judge.judge(answer, CONTEXTS) == first


def test_an_embedder_that_the_weights_do_not_know_is_not_used() -> None:
    class Unknown:
        fingerprint = load_embedder("light").fingerprint.__class__("another", "0" * 64, 8, 0, "mean")

    judge = OfflineJudge(Unknown())  # type: ignore[arg-type]
    assert judge.fingerprint["judge.embedder"] == "none"
    assert judge.judge("The Anvik pump holds 12 litres of oil.", CONTEXTS).status == "scored"


def test_the_fingerprint_names_weights_and_embedder() -> None:
    with_light, without = OfflineJudge(load_embedder("light")), OfflineJudge()
    assert with_light.fingerprint["judge.embedder"] == "light"
    assert with_light.fingerprint["judge.weights"] != without.fingerprint["judge.weights"]


def test_its_agreement_with_people_is_known_and_says_what_it_cannot_tell(judge: OfflineJudge) -> None:
    qags, halueval = judge.agreement
    assert qags.data_set.startswith("QAGS")
    assert "people" in qags.note
    assert qags.auroc is not None
    assert qags.balanced_accuracy is not None
    assert qags.auroc_length_matched is not None
    assert qags.auroc.low < qags.auroc.mean < qags.auroc.high
    assert qags.auroc.mean > 0.8
    assert "no people" in halueval.note


RECORDS = (
    "| Plan | Requests a minute |\n|---|---|\n| Standard | 120 |\n| Plus | 600 |",
    "model: HX-200B\nbattery: 5 years\nhousing: polycarbonate, white and grey",
    "model: HX-300\nbattery: 2 years",
)


@pytest.mark.parametrize(
    ("claim", "is_copied"),
    [
        ("model: HX-200B battery: 5 years", True),
        ("model: HX-200B\nbattery: 5 years\nhousing: polycarbonate, white and grey", True),
        ("housing: polycarbonate, white and grey", True),
        ("model: HX-300 battery: 5 years", False),  # lines of two records
        ("battery: 5 years", False),  # of what?
        ("model: HX-200B housing: polycarbonate, white", False),  # a part of a line
        ("", False),
    ],
)
def test_only_whole_lines_beside_their_neighbours_are_copies(claim: str, is_copied: bool) -> None:
    contexts = Contexts(RECORDS)
    assert contexts.copies(words(claim, contexts.language).plain) is is_copied


def test_what_is_copied_whole_is_supported(judge: OfflineJudge) -> None:
    rows = " ".join(each.shown for each in Contexts(RECORDS).evidence.sentences[:2])
    score = judge.judge(rows, RECORDS)
    assert [claim.supported for claim in score.claims] == [True] * len(score.claims)
    assert judge.judge("The model HX-300 has a battery of 5 years.", RECORDS).claims[0].supported is False
