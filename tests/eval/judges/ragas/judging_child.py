"""Judges answers in a process that can be killed: arguments are the stub's API and the folder."""

import sys
from pathlib import Path

from eval.judges.base import AnsweredQuestion, Passage
from eval.judges.ragas.scorer import RagasOptions, RagasScorer
from indexes.embedders.registry import load_embedder
from retrieval.answers.completion import ModelEndpoint

QUESTIONS = 5
CONCURRENCY = 4


def question(number: int) -> AnsweredQuestion:
    answer = f"Machine {number} is red. It has {number} wheels. It is loud."
    context = f"Machine {number} is red. It has {number} wheels."
    reference = f"Machine {number} is red. It is fast."
    return AnsweredQuestion(str(number), f"What of {number}?", answer, (Passage("d", "c", 0, context),), reference=reference)


def main(api_base: str, folder: str) -> None:
    scorer = RagasScorer(
        ModelEndpoint("openai/stub-judge", api_base, max_tokens=1024),
        load_embedder("light"),
        RagasOptions(concurrency=CONCURRENCY),
        folder=Path(folder),
    )
    scorer.score([question(number) for number in range(QUESTIONS)])


if __name__ == "__main__":
    main(*sys.argv[1:])
