"""Fills in the character spans of the golden set's quotes, in the documents' canonical text.

Run it after a document, a parser or a question has changed: ``python data/samples/locate_spans.py``. It writes
``golden.jsonl`` anew and fails, naming them, on quotes that are not found.
"""

import json
from pathlib import Path

from eval.golden import load_golden
from eval.spans import locate
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
    located = {item.id: item for item in locate(load_golden(GOLDEN), text_of).items}
    lines = []
    for line in GOLDEN.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        for written, found in zip(item["relevant"], located[item["id"]].relevant, strict=True):
            written["start"], written["end"] = found.start, found.end
        lines.append(json.dumps(item, ensure_ascii=False) + "\n")
    GOLDEN.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
