"""Ingests a folder in a process of its own and prints, as JSON, the rows, the health and the peak memory of all processes.

``ingest_and_measure.py COLLECTION FOLDER SETTINGS``
"""

import json
import resource
import sys
from dataclasses import asdict
from pathlib import Path

import psutil

import ragline


def own_peak_kib() -> int:
    """The peak of this program. What ``getrusage`` tells includes the process that started it, up to that moment."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(status.split("VmHWM:")[1].split()[0])


def is_exact(kb: ragline.Collection, doc_id: str) -> bool:
    document = kb.get(doc_id)
    return document is not None and all(document.text[c.start : c.end] == c.text for c in kb.chunks(doc_id))


def main() -> None:
    place, folder, settings = sys.argv[1:]
    with ragline.open(place, embedder="light", **json.loads(settings)) as kb:
        report = kb.ingest([folder])
        found = {hit.doc_id for hit in kb.search("the pump stops with error", k=3)}
        result = {
            "rows": [asdict(row) for row in report.rows],
            "exact": all(is_exact(kb, doc_id) for doc_id in kb.document_ids()),
            "healthy": kb.health()["ok"],
            "found": sorted(found),
            "children_left": len(psutil.Process().children(recursive=True)),
            "parent_mib": own_peak_kib() >> 10,
            "child_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10,
        }
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
