"""A token counter for child processes under test: it counts words, and does what a hostile file would do on certain words."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence

from ragline.types import Chunk


class HostileCounter:
    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        for text in texts:
            misbehave(text)
        return [len(text.split()) for text in texts]


def make(_: str) -> HostileCounter:
    return HostileCounter()


def analyse(chunks: Sequence[Chunk], language: str | None) -> list[tuple[str, str]]:
    """Terms that nobody else would make."""
    return [(language or "xx", chunk.text.upper()) for chunk in chunks]


def misbehave(text: str) -> None:
    if "CRASH" in text:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "HANG" in text:
        while True:
            signal.pause()
    if "DEVOUR" in text:
        hoard = []
        while True:
            hoard.append(bytearray(1 << 26))
    if "CONNECT" in text:
        socket.create_connection(("127.0.0.1", 9))
    if "SPAWN" in text:
        subprocess.run(["true"], check=True)
    if "RAISE" in text:
        raise RuntimeError("a defect")
    if "PRINT" in text:
        sys.stdout.write("noise" * 1000)
        sys.stdout.flush()
        os.write(1, b"more noise")
