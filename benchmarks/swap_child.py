"""The readers and the writer of the swap suite: ``python -m benchmarks.swap_child ROLE FOLDER SECONDS NUMBER``.

A reader sends a query every ``READ_EVERY_S``, whether the one before it has been answered or not: its time is counted from when
it was due, so that a query that is held up counts for all that wait behind it. Prints one JSON object at its end.
"""

import json
import random
import re
import sys
import time
from itertools import count
from pathlib import Path
from typing import Any

import ragline
from ragline.types import Document, Hit

READ_EVERY_S = 0.1
WRITE_EVERY_S = 0.5
EDITED = "edited"
PARTS = 5
"""Sections of the document that is edited for ever: its chunks must always be all there, and of one edition."""

END = " This is the end."

K = 10
WORDS = ("protein", "cell", "gene", "patients", "treatment", "risk", "mice", "cancer", "infection", "therapy", "study")


def edition(number: int) -> Document:
    """An edition of the document that is edited."""
    parts = [f"## Part {part}\n\n" + f"Sentence {part} of edition {number}. " * 60 for part in range(PARTS)]
    return Document(EDITED, "# Edited\n\n" + "\n\n".join(parts) + END, metadata={"edited": True})


def is_whole(hits: list[Hit]) -> bool:
    """Whether these are all chunks of one edition."""
    editions = {number for hit in hits for number in re.findall(r"of edition (\d+)", hit.text)}
    last = max(hits, key=lambda hit: hit.chunk.ordinal)
    ordinals = sorted(hit.chunk.ordinal for hit in hits)
    return len(editions) == 1 and ordinals == list(range(len(hits))) and last.text.endswith(END.strip())


def write(folder: Path, seconds: float, number: int) -> dict[str, Any]:  # noqa: ARG001
    """Edit a document, add one, delete the one before."""
    errors: list[str] = []
    done = 0
    with ragline.open(folder, auto_rebuild="off") as kb:
        end = time.monotonic() + seconds
        for at in count(1):
            due = end - seconds + at * WRITE_EVERY_S
            if due > end:
                break
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                kb.ingest([edition(at), Document(f"new{at}", f"A new text {at} on {WORDS[at % len(WORDS)]}.")])
                kb.delete(f"new{at - 1}")
                done += 1
            except ragline.RaglineError as error:
                errors.append(repr(error))
    return {"writes": done, "errors": errors}


def read(folder: Path, seconds: float, number: int) -> dict[str, Any]:
    """Search, and check that each answer is whole: when each query was due, and how long it took in milliseconds."""
    rng = random.Random(number)
    times: list[tuple[float, float]] = []
    errors: list[str] = []
    short = mixed = 0
    with ragline.open(folder, auto_rebuild="off") as kb:
        kb.search("warm up", K)
        end = time.monotonic() + seconds
        for at in count():
            due = end - seconds + (at + number / 4) * READ_EVERY_S
            if due > end:
                break
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                if at % 4 == 0:
                    hits = kb.search("which edition is this", 100, filters={"edited": True})
                    short += not hits
                    mixed += bool(hits) and not is_whole(hits)
                else:
                    hits = kb.search(" ".join(rng.sample(WORDS, 3)), K)
                    short += len(hits) != K
                    mixed += len({hit.chunk.id for hit in hits}) != len(hits)
            except Exception as error:  # noqa: BLE001 - every failure counts, whatever it is
                errors.append(repr(error))
            times.append((due, (time.monotonic() - due) * 1000))
        generation = kb.stats()["generation"]
    return {"times": times, "errors": errors, "short": short, "mixed": mixed, "generation": generation}


ROLES = {"read": read, "write": write}

if __name__ == "__main__":
    print(json.dumps(ROLES[sys.argv[1]](Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))))
