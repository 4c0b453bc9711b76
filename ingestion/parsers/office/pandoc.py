"""Text formats that pandoc reads: its HTML goes through our own HTML parser.

pandoc keeps what a route over another office format loses (spans of cells, code, sections, the title), takes 30 ms, reads from
a pipe, and with ``--sandbox`` neither opens a file that the document names nor runs anything. It is the binary that comes with
``pypandoc-binary``, whatever else is on the machine, so that equal files give equal texts everywhere.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ingestion.elements import ALLOWED_PROGRAMS
from ragline.errors import MissingExtra, ParseError

_TEMPLATE = "<!--$meta-json$-->\n$body$\n"
_OPEN, _CLOSE = "<!--", "-->\n"
_OPTIONS = ("--sandbox", "--to=html", "--wrap=none", "--syntax-highlighting=none", "--email-obfuscation=none")
# The heap of its runtime, below the address space of a child; a book of 210 kB takes 100 MB.
_MEMORY = ("+RTS", "-M2g", "-RTS")
_SHOWN_CHARS = 200


@dataclass(frozen=True, slots=True)
class Converted:
    """The document as HTML, and what it says of itself."""

    html: str
    metadata: Mapping[str, object] = field(default_factory=dict)


def convert(data: bytes, reader: str) -> Converted:
    """``data`` in the format that pandoc calls ``reader``.

    Nothing is written but in a private folder that is gone afterwards. Raises :class:`MissingExtra` without the extra and
    :class:`ParseError` for what pandoc cannot read.
    """
    program = _program()
    ALLOWED_PROGRAMS.add(program)
    with tempfile.TemporaryDirectory(prefix="ragline-pandoc-") as folder:
        template = Path(folder, "template.html")
        template.write_text(_TEMPLATE, encoding="utf-8")
        command = [program, f"--from={reader}", *_OPTIONS, f"--template={template}", f"--data-dir={folder}", *_MEMORY]
        environment = {"HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8", "PATH": os.defpath}
        done = subprocess.run(  # noqa: S603 - our own program and options; the document comes through the pipe
            command, input=data, capture_output=True, cwd=folder, env=environment, check=False
        )
    if done.returncode:
        raise ParseError(
            f"pandoc cannot read it as {reader} ({_reason(done.stderr)}); open it in its program and save it again"
        )
    return _converted(done.stdout.decode("utf-8", "replace"))


@cache
def _program() -> str:
    """The full path of the bundled binary."""
    try:
        import pypandoc
    except ImportError as error:
        raise MissingExtra("pypandoc-binary", extra="documents", purpose="reading odt, epub, rtf and org files") from error
    program = Path(pypandoc.__file__).parent / "files" / "pandoc"
    if not program.is_file():
        # pypandoc without "-binary" has the same module and no pandoc.
        raise MissingExtra("pypandoc-binary", extra="documents", purpose="reading odt, epub, rtf and org files")
    return str(program)


def _converted(text: str) -> Converted:
    head, _, html = text.partition(_CLOSE)
    metadata = json.loads(head.removeprefix(_OPEN))
    return Converted(html, metadata if isinstance(metadata, dict) else {})


def _reason(stderr: bytes) -> str:
    return " ".join(stderr.decode("utf-8", "replace").split())[:_SHOWN_CHARS] or "no reason given"
