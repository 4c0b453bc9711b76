"""What a judge is asked about bias changes nothing of what is true."""

from eval.judges.check.trials import OTHERS, bias_trials, padding, plain_trials


def test_padding_is_a_sentence_of_the_contexts_that_the_answer_does_not_have() -> None:
    for trial in bias_trials():
        if trial.variant == "padded":
            added = padding(trial.known)
            assert trial.answer == f"{trial.known.answer} {added}"
            assert any(added in text for text in trial.contexts)
            assert added not in trial.known.answer


def test_the_evidence_stands_first_and_last_among_the_same_passages() -> None:
    first, last = ([each for each in bias_trials() if each.variant == variant] for variant in ("first", "last"))
    assert len(first) == len(last) == 40
    for one, other in zip(first, last, strict=True):
        assert one.known == other.known
        assert sorted(one.contexts) == sorted(other.contexts)
        assert len(set(one.contexts)) == len(one.known.contexts) + OTHERS
        assert one.contexts[: len(one.known.contexts)] == one.known.contexts == other.contexts[OTHERS:]


def test_every_trial_has_a_key_of_its_own() -> None:
    trials = (*plain_trials(), *bias_trials())
    assert len({trial.key for trial in trials}) == len(trials) == 320
