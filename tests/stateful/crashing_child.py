"""A process that edits one document and is killed in front of its n-th step, as ``tests/crash/every_step.py`` counts them."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import ragline
from ragline.types import Document
from tests.crash.every_step import Disk

if __name__ == "__main__":
    work = json.load(sys.stdin)
    with ragline.open(work["folder"], exact_threshold=3, auto_rebuild="wait", threads=1) as kb:
        Disk("kill", work["step"]).watch()
        kb.ingest([Document(work["doc_id"], work["text"], metadata={"length": work["length"]})])
