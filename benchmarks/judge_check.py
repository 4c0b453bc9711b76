"""What simple measures make of the built-in set of known answers: what a judge has to be better than.

None of them was fitted to the set. ``overlap`` has the threshold that does best on it, and still fails: what it gains on
unrelated answers it loses on contradicted ones.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.figures import Figure
from benchmarks.workspace import Workspace
from eval.judges.base import Judge, Passage, Score
from eval.judges.check.judge_check import check_judge
from eval.judges.check.known_answers import known_answers
from eval.metrics.auroc import auroc
from eval.scorers.carrying import Grounded
from indexes.embedders.registry import load_embedder
from retrieval.answers.sentences import sentence_spans

_BEST_SHARE = 0.28  # of an answer's words: with it overlap is right most often on this set
_WORD = re.compile(r"\w+")


class _Overlap:
    """The share of an answer's words that stand in its contexts; supported from the threshold on."""

    name = "overlap"
    fingerprint: Mapping[str, str] = {}

    def judge(self, answer: str, contexts: Sequence[str], *, question: str = "") -> Score:  # noqa: ARG002 - protocol
        return Score(min(1.0, _overlap(answer, contexts) + 0.5 - _BEST_SHARE), "scored")


class _Grounding:
    """The share of an answer's sentences that the comparison of the answerer's checks lets pass."""

    fingerprint: Mapping[str, str] = {}

    def __init__(self, embedder: str) -> None:
        self._carries = Grounded(load_embedder(embedder))
        self.name = f"grounding {embedder}"

    def judge(self, answer: str, contexts: Sequence[str], *, question: str = "") -> Score:  # noqa: ARG002 - protocol
        passages = [Passage("", str(place), 0, text) for place, text in enumerate(contexts)]
        carried = [self._carries(answer[span.start : span.end], passages) for span in sentence_spans(answer)]
        return Score(sum(carried) / len(carried), "scored") if carried else Score(None, "not_applicable", "no sentence")


def measure(workspace: Workspace) -> list[Figure]:
    """Every figure of the suite; a quick run leaves MiniLM out."""
    judges: list[Judge] = [_Overlap(), *(_Grounding(name) for name in (("light",) if workspace.quick else ("light", "minilm")))]
    return [*_set(), *(figure for judge in judges for figure in _figures(judge))]


def _set() -> Iterator[Figure]:
    """What of the set itself could give a kind away."""
    of_kind = {
        kind: [each for each in known_answers() if each.kind == kind] for kind in ("supported", "contradicted", "unrelated")
    }
    true, false = of_kind["supported"], [*of_kind["contradicted"], *of_kind["unrelated"]]
    lengths = auroc([len(each.answer) for each in true], [len(each.answer) for each in false])
    yield Figure("the set: AUROC of length", lengths, "", "supported against the rest; 0.5 tells nothing", "<= 0.6")
    shares = [[_overlap(each.answer, each.contexts) for each in of_kind[kind]] for kind in ("supported", "contradicted")]
    yield Figure("the set: AUROC of overlap", auroc(*shares), "", "supported against contradicted", "<= 0.3")


def _figures(judge: Judge) -> Iterator[Figure]:
    check = check_judge(judge)
    kinds = ", ".join(f"{name} {kind.right}/{kind.scored}" for name, kind in check.kinds.items())
    if check.balanced_accuracy is not None and check.auroc is not None:
        yield Figure(f"{judge.name}: balanced accuracy", check.balanced_accuracy.mean, "", kinds)
        yield Figure(f"{judge.name}: AUROC", check.auroc.mean, "", f"{check.auroc.low:.3f} to {check.auroc.high:.3f}")
    yield Figure(f"{judge.name}: believed", float(check.passed), "", "; ".join(check.problems), "<= 0")


def _overlap(answer: str, contexts: Sequence[str]) -> float:
    said, there = (set(_WORD.findall(text.lower())) for text in (answer, " ".join(contexts)))
    return len(said & there) / len(said)
