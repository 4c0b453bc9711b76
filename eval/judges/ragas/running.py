"""Many judgements side by side, and what is told of them."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.judges.base import AnsweredQuestion, Score
from eval.judges.progress import Estimate, Progress, Spent, Told
from eval.judges.ragas.metrics import RagasMetric
from eval.judges.ragas.purse import Purse
from eval.judges.ragas.store import ACCOUNT
from ragline.durable import write_json
from ragline.errors import BackendUnavailableError

Decide = Callable[[RagasMetric, AnsweredQuestion], Score]


@dataclass(frozen=True, slots=True)
class Pending:
    """A judgement that is to be made: ``metric`` on ``question``, which is at place ``row``."""

    row: int
    metric: RagasMetric
    question: AnsweredQuestion


def judge_all(
    pending: Sequence[Pending],
    decide: Decide,
    purse: Purse,
    *,
    begun: Sequence[Score],
    concurrency: int,
    told: Told | None,
) -> list[Score]:
    """The scores of ``pending``, in its order; ``begun`` are the scores that were known before.

    Raises what ``decide`` raises. Nothing is sent after that; calls under way are waited for, since they are paid for.
    """
    tally = _Tally(begun, len(pending), purse, told)
    with ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="judge") as pool:
        futures: dict[Future[Score], int] = {
            pool.submit(decide, each.metric, each.question): place for place, each in enumerate(pending)
        }
        scores: dict[int, Score] = {}
        try:
            for future in as_completed(futures):
                score = future.result()
                scores[futures[future]] = score
                tally.add(score)
        except BaseException:
            purse.stop(BackendUnavailableError("stopped: the run was broken off. Run again: what is judged is kept."))
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [scores[place] for place in range(len(pending))]


def write_account(folder: Path, told: Estimate, spent: Spent) -> None:
    """Write beside the judgements what was estimated and what the calls took."""
    write_json(folder / ACCOUNT, {"estimate": asdict(told), "spent": asdict(spent)})


class _Tally:
    """Counts what is decided, and tells it."""

    def __init__(self, begun: Sequence[Score], pending: int, purse: Purse, told: Told | None) -> None:
        self._total = len(begun) + pending
        self._scored = sum(score.status == "scored" for score in begun)
        self._failed = sum(score.status == "failed" for score in begun)
        self._pending = pending
        self._judged = 0
        self._purse = purse
        self._told = told
        self._begin = time.perf_counter()

    def add(self, score: Score) -> None:
        self._judged += 1
        self._scored += score.status == "scored"
        self._failed += score.status == "failed"
        if self._told is None:
            return
        seconds = time.perf_counter() - self._begin
        left = self._pending - self._judged
        done = self._total - left
        spent = self._purse.spent
        self._told(Progress(done, self._total, self._scored, self._failed, spent, seconds, seconds / self._judged * left))
