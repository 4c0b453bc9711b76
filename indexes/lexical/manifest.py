"""The manifest of a lexical index: what a commit consists of, byte for byte.

Layout of an index folder::

    manifest.json      which view is current, its files with size and sha256, and a digest of the manifest itself
    view-00000012/     one immutable tantivy index: the state of one commit
    stage/             the next view while it is written (links to the files of the current one, and new files)
    writer.lock        held by the one writer

A commit writes the stage, renames it to the next view and then replaces the manifest; the replaced manifest is the commit.
A process killed at any moment leaves the previous view untouched.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ragline.durable import json_digest, sha256_file, write_json
from ragline.errors import CorruptIndexError

FORMAT = 1
FILE_NAME = "manifest.json"
_ADVICE = "Rebuild the lexical index from the catalog"


@dataclass(frozen=True, slots=True)
class FileDigest:
    """Size in bytes and sha256 in hex of one file of a view."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class LexicalManifest:
    """One commit: ``count`` entries, those of each language, and how many removed ones still take space (``deleted``).

    ``analyser`` is the fingerprint of the analysis rules, ``tantivy`` the version of its file format.
    """

    sequence: int
    view: int
    count: int
    deleted: int
    max_chunk_no: int
    analyser: str
    tantivy: str
    languages: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, FileDigest] = field(default_factory=dict)

    @property
    def view_name(self) -> str:
        return f"view-{self.view:08d}"

    @classmethod
    def read(cls, folder: Path) -> "LexicalManifest":
        """The manifest in ``folder``; :class:`CorruptIndexError` when it is missing, damaged or of another format."""
        path = folder / FILE_NAME
        try:
            content = json.loads(path.read_bytes())
            digest = content.pop("digest")
            if digest != json_digest(content):
                raise CorruptIndexError(f"{path} was altered: its digest does not fit. {_ADVICE}")
            if content.pop("format") != FORMAT:
                raise CorruptIndexError(f"{path} has another format than {FORMAT}. {_ADVICE}")
            files = {name: FileDigest(**entry) for name, entry in content.pop("files").items()}
            return cls(files=files, **content)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise CorruptIndexError(f"{path} cannot be read ({type(error).__name__}). {_ADVICE}") from error

    def write(self, folder: Path) -> None:
        """Replace the manifest in ``folder`` atomically and durably."""
        content = asdict(self) | {"format": FORMAT}
        content["digest"] = json_digest(content)
        write_json(folder / FILE_NAME, content)

    def verify(self, folder: Path, *, known: Mapping[str, FileDigest]) -> None:
        """Check size and sha256 of the view's files, but for those that ``known`` has already seen with the same digest.

        Files are never changed once written, so what was verified under a name stays verified.
        """
        for name, expected in self.files.items():
            if known.get(name) == expected:
                continue
            path = folder / self.view_name / name
            try:
                found = file_digest(path)
            except OSError as error:
                raise CorruptIndexError(f"{path} cannot be read ({type(error).__name__}). {_ADVICE}") from error
            if found != expected:
                raise CorruptIndexError(f"{path} was truncated or altered. {_ADVICE}")


def file_digest(path: Path) -> FileDigest:
    """Size and sha256 of the file as it is now."""
    return FileDigest(size=path.stat().st_size, sha256=sha256_file(path))
