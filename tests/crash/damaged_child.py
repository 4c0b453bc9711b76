"""Run as a program: opens damaged copies of a collection, one after another, and tells what came of each.

A case is a file, a way to damage it and a place in it; each outcome is one line of JSON. What kills this process is what the
last line is not about.
"""

import json
import shutil
import sys
from pathlib import Path

import ragline
from ragline.settings import Settings

SETTINGS = Settings(embedder="light", exact_threshold=20, auto_rebuild="wait")
QUERIES = ("pump 12", "valve", "turbines")


def contents(kb: ragline.Collection) -> list[object]:
    """All that a caller can get to see."""
    hits = [[(hit.chunk.id, hit.chunk.text, round(hit.score, 5)) for hit in kb.search(query, k=60)] for query in QUERIES]
    documents = [kb.get(doc_id) for doc_id in kb.document_ids()]
    return [hits, [str(document) for document in documents]]


def outcome(folder: Path) -> dict[str, object]:
    try:
        with ragline.open(folder, settings=SETTINGS) as kb:
            seen = contents(kb)
            problems = [*kb.health()["warnings"], *(finding.check for finding in kb.doctor().findings if finding.problem)]
    except ragline.RaglineError as error:
        return {"error": type(error).__name__, "message": str(error)}
    return {"seen": seen, "problems": problems}


def damage(path: Path, way: str, share: float) -> None:
    data = bytearray(path.read_bytes())
    place = min(int(len(data) * share), len(data) - 1)
    if way == "truncate":
        path.write_bytes(data[:place])
    else:
        data[place] ^= 0x55
        path.write_bytes(data)


def main() -> None:
    original, work = Path(sys.argv[1]), Path(sys.argv[2])
    for name, way, share in json.loads(sys.argv[3]):
        folder = work / "copy"
        shutil.copytree(original, folder)
        damage(folder / name, way, share)
        sys.stdout.write(json.dumps({"case": [name, way, share], **outcome(folder)}) + "\n")
        sys.stdout.flush()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
