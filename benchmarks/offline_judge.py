"""The offline judge on claims that it was not fitted to, beside plain overlap of words, and what it costs.

- held out: the weights that come with Ragline on the halves of QAGS and HaluEval that they were not made from. The labels of
  HaluEval leak through copying (overlap alone tells them apart), so that it is reported and nothing rests on it;
- cross-validated: QAGS whole, every article judged by weights that were made without it, the mean of several partitions, and a
  paired test against overlap, which the half alone has too few claims for;
- the built-in set that every judge is checked on, and alterations of SQuAD's held-out pages by kind: what it sees and what not.
"""

import random
import time
from collections.abc import Iterable, Sequence

import numpy as np

from benchmarks.figures import Figure
from benchmarks.offline_judge_data import is_held_out, qags
from benchmarks.offline_judge_figures import area, balance, gain, interval, matched_area, overlap, told
from benchmarks.offline_judge_fit import Measured, fitted_model, judged_sets, made_sets, training_half
from benchmarks.vector_store import StoredEmbedder
from benchmarks.workspace import Workspace
from eval.bootstrap import Interval
from eval.judges.check.judge_check import check_judge
from eval.judges.offline.judge import OfflineJudge
from eval.judges.offline.model import ANY, claim_model
from eval.metrics.auroc import auroc
from indexes.embedders.registry import load_embedder

_PARTITIONS, _FOLDS = 5, 5
_TIMED = 60  # answers
_SUPPORTED = "altered: as they are or said loosely"


def measure(workspace: Workspace) -> list[Figure]:
    """Every figure; a quick run leaves out MiniLM and makes one partition."""
    light = load_embedder("light")
    judged, made = judged_sets(light), made_sets(light)
    figures = [*_held_out("light", "light", judged), *_held_out("no embedder", ANY, judged)]
    if not workspace.quick:
        minilm = judged_sets(StoredEmbedder(load_embedder("minilm"), workspace.store))
        figures += _held_out("minilm", "minilm", minilm)
    figures += _cross_validated(judged, made, 1 if workspace.quick else _PARTITIONS)
    figures += _checked(light)
    figures += _kinds(made_sets(light, held_out=True))
    return [*figures, _cost("light", OfflineJudge(light)), _cost("no embedder", OfflineJudge())]


def _held_out(label: str, name: str, claims: Sequence[Measured]) -> list[Figure]:
    model = claim_model(name)
    figures = []
    for source in ("qags", "halueval"):
        part = [each for each in claims if each.example.source == source and is_held_out(each.example.document)]
        examples = [each.example for each in part]
        scores = told(examples, [model.probability(each.features) for each in part])
        plain = [overlap(each) for each in examples]
        difference, p = gain(scores, plain)
        for figure, found in (("balanced accuracy", balance), ("AUROC", area), ("AUROC of equal lengths", matched_area)):
            figures.append(_figure(f"{source} held out, {label}: {figure}", interval(scores, found), f"{len(part)} claims"))
        figures.append(
            Figure(f"{source} held out, {label}: AUROC of overlap", area(told(examples, plain)), "", _told(difference, p))
        )
    return figures


def _cross_validated(judged: Sequence[Measured], made: Sequence[Measured], partitions: int) -> list[Figure]:
    """The mean score of each sentence of QAGS over the partitions, always by weights made without its article."""
    claims = [each for each in judged if each.example.source == "qags"]
    others = [*training_half(each for each in judged if each.example.source != "qags"), *made]
    articles = {each.example.document for each in claims}
    # Crossed claims bring sentences and articles of QAGS with them, whichever article is left out.
    others = [each for each in others if each.example.source != "crossed" or each.example.document not in articles]
    scores = np.zeros(len(claims))
    for partition in range(partitions):
        fold = _dealt(articles, partition)
        for number in range(_FOLDS):
            model = fitted_model([*(each for each in claims if fold[each.example.document] != number), *others])
            for row, each in enumerate(claims):
                if fold[each.example.document] == number:
                    scores[row] += model.probability(each.features) / partitions
    examples = [each.example for each in claims]
    found, plain = told(examples, scores.tolist()), [overlap(each) for each in examples]
    difference, p = gain(found, plain)
    count = f"{len(claims)} sentences of {len(articles)} articles, {_FOLDS} folds, mean of {partitions} partitions"
    return [
        _figure("qags cross-validated: balanced accuracy", interval(found, balance), count),
        _figure("qags cross-validated: AUROC", interval(found, area), count),
        _figure("qags cross-validated: AUROC of equal lengths", interval(found, matched_area), count),
        Figure("qags cross-validated: AUROC of overlap", area(told(examples, plain)), "", ""),
        _figure("qags cross-validated: AUROC above overlap", difference, f"p {p:.3f}, paired bootstrap over articles"),
        Figure("qags cross-validated: AUROC above overlap, low end", difference.low, "", "of the 95 % interval", ">= 0"),
    ]


def _dealt(articles: Iterable[str], seed: int) -> dict[str, int]:
    order = sorted(articles)
    random.Random(seed).shuffle(order)
    return {article: place % _FOLDS for place, article in enumerate(order)}


def _checked(light: object) -> list[Figure]:
    figures = []
    for label, judge in (("light", OfflineJudge(light)), ("no embedder", OfflineJudge())):  # type: ignore[arg-type]
        check = check_judge(judge, biases=False)
        kinds = ", ".join(f"{kind} {found.right} of {found.scored}" for kind, found in check.kinds.items())
        if check.auroc is not None and check.balanced_accuracy is not None:
            target = ">= 0.85" if label == "light" else ""
            figures.append(_figure(f"built-in set, {label}: AUROC", check.auroc, kinds, target))
            figures.append(_figure(f"built-in set, {label}: balanced accuracy", check.balanced_accuracy, ""))
    return figures


def _kinds(claims: Sequence[Measured]) -> list[Figure]:
    """The AUROC of each kind of altered sentence against those that are true."""
    model = claim_model("light")
    scores: dict[str, list[float]] = {}
    for each in claims:
        if each.example.source == "altered":
            kind = _SUPPORTED if each.example.is_supported else each.example.kind
            scores.setdefault(kind, []).append(model.probability(each.features))
    true = scores.pop(_SUPPORTED)
    return [
        Figure(f"squad held out, {kind}: AUROC", auroc(true, found), "", f"{len(found)} against {len(true)}")
        for kind, found in sorted(scores.items())
    ]


def _cost(label: str, judge: OfflineJudge) -> Figure:
    """Milliseconds of processor time for an answer of QAGS (three sentences from an article), nothing kept from before."""
    answers: dict[str, tuple[list[str], tuple[str, ...]]] = {}
    for each in qags():
        answers.setdefault(each.answer, ([], each.contexts))[0].append(each.claim)
    chosen = [(" ".join(claims), contexts) for claims, contexts in list(answers.values())[: _TIMED + 1]]
    judge.judge(*chosen[-1])  # loads what is loaded once
    started = time.process_time()
    for answer, contexts in chosen[:_TIMED]:
        judge.judge(answer, contexts)
    return Figure(f"an answer, {label}", 1000 * (time.process_time() - started) / _TIMED, "ms", f"mean of {_TIMED}", "<= 10")


def _figure(name: str, found: Interval, note: str, target: str = "") -> Figure:
    return Figure(name, found.mean, "", f"95 % [{found.low:.3f}, {found.high:.3f}]{', ' if note else ''}{note}", target)


def _told(difference: Interval, p: float) -> str:
    return f"the judge is {difference.mean:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}] from it, p {p:.3f}"
