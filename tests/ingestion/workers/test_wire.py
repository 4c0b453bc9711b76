"""What crosses from a child to its parent arrives as it was."""

import json

import pytest

from ingestion.elements import RawSource
from ingestion.parsers.registry import parse
from ingestion.workers.wire import parsed_from_wire, parsed_to_wire


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "\ufeff# T\r\n\r\n| a | b |\r\n|---|---|\r\n| 1 | 2 |\r\n\r\n[x](https://y.org)\r\n"),
        ("a.html", "<table><tr><th>a<th colspan=2>b<tr><td>1<td>2<td>3</table><p lang=fr>x"),
        ("a.csv", "a,b\r\n1,2\r\n"),
        ("a.rst", "T\r\n=\r\n\r\ntext\r\n"),
        ("a.py", "def f():\r\n    pass\r\n"),
    ],
)
def test_parsed_documents_arrive_as_they_were(name: str, text: str) -> None:
    parsed = parse(RawSource(name, text.encode()))
    message = json.loads(json.dumps(parsed_to_wire(parsed, "digest")))
    assert parsed_from_wire(message) == (parsed, "digest")
