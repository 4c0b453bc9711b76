"""Fills in the character spans of the golden set's quotes, in the documents' canonical text.

Run it after a document, a parser or a question has changed: ``python data/samples/locate_spans.py [version]``. It writes
``golden.jsonl`` anew, with the digest of its content and the version named (else the one that it has), and fails, naming them,
on quotes that are not found.
"""

import sys
from pathlib import Path

from eval.golden_check import check_golden
from eval.golden_lines import read_lines, write_lines
from ingestion.elements import RawSource
from ingestion.parsers.registry import parse

HERE = Path(__file__).resolve().parent
GOLDEN = HERE / "golden.jsonl"


def text_of(doc_id: str) -> str | None:
    """The canonical text of a sample document."""
    path = HERE / doc_id
    return parse(RawSource(str(path), path.read_bytes())).text if path.is_file() else None


def main() -> None:
    """Locate every quote and write the spans beside it."""
    golden = read_lines(GOLDEN, changed=True)
    check = check_golden(golden, text_of, version=sys.argv[1] if len(sys.argv) > 1 else golden.version)
    lost = [str(finding) for finding in check.stale if finding.state != "moved"]
    if lost:
        raise SystemExit("\n".join(["these judgements do not hold any more:", *lost]))
    write_lines(check.updated, GOLDEN)


if __name__ == "__main__":
    main()
