"""Where the corpora are: the samples in this repository, the public ones in the shared data folder."""

import os
from pathlib import Path

from eval.golden import load_beir_corpus, load_golden
from ragline.types import Document

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "data" / "samples"
VARIABLE = "RAGLINE_SHARED_DATA"


class CorpusMissingError(Exception):
    """A corpus is not on this machine: the suite that needs it is skipped, and the message says what to do."""


def shared_corpus(name: str) -> Path:
    """The folder of the shared corpus ``name``, below ``$RAGLINE_SHARED_DATA`` or ``../shared/data`` beside the repository.

    Raises :class:`CorpusMissingError` where it is absent.
    """
    folder = Path(os.environ.get(VARIABLE) or ROOT.parent / "shared" / "data") / name
    if not (folder / "corpus.jsonl").is_file():
        where = f"${VARIABLE}/{name}" if os.environ.get(VARIABLE) else f"../shared/data/{name}"
        raise CorpusMissingError(f"no corpus at {where}. Set {VARIABLE} to the folder that holds {name}/corpus.jsonl.")
    return folder


def shared_folder(name: str) -> Path:
    """The folder of real files ``name``, beside the shared corpora. Raises :class:`CorpusMissingError` where it is absent."""
    folder = Path(os.environ.get(VARIABLE) or ROOT.parent / "shared" / "data") / name
    if not folder.is_dir():
        raise CorpusMissingError(f"no folder {name} among the shared data. Set {VARIABLE} to the folder that holds it.")
    return folder


def shared_file(name: str) -> Path:
    """The file ``name`` beside the shared corpora. Raises :class:`CorpusMissingError` where it is absent."""
    file = Path(os.environ.get(VARIABLE) or ROOT.parent / "shared" / "data") / name
    if not file.is_file():
        raise CorpusMissingError(f"no file {name} among the shared data. Set {VARIABLE} to the folder that holds it.")
    return file


def documents_of(name: str) -> list[Document]:
    """The documents of a shared corpus. Raises :class:`CorpusMissingError` where it is absent."""
    return list(load_beir_corpus(shared_corpus(name)))


def queries_of(name: str) -> list[str]:
    """The test queries of a shared corpus. Raises :class:`CorpusMissingError` where it is absent."""
    return [item.query for item in load_golden(shared_corpus(name)).items]
