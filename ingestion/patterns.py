"""Glob patterns over the files below a folder: ``*`` stays in one folder, ``**`` spans any number of them."""

import glob
import re
from pathlib import Path

_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]/]*\]|.", re.DOTALL)


def is_pattern(argument: str) -> bool:
    """True when there is a wildcard in it."""
    return glob.has_magic(argument)


class GlobPattern:
    """A pattern, cut in ``folder``, which is before the first wildcard, and what paths below that folder must be like."""

    def __init__(self, pattern: str) -> None:
        parts = Path(pattern).parts
        first = next(index for index, part in enumerate(parts) if glob.has_magic(part))
        self.folder = Path(*parts[:first])
        self._parts = parts[first:]
        self._expression = re.compile(_translate("/".join(self._parts)))

    def matches(self, file: str) -> bool:
        """Whether a file is meant, by its path below the folder, with ``/`` between the parts."""
        return self._expression.match(file) is not None

    def may_hold(self, folder: str) -> bool:
        """Whether files in this folder, by its path below the pattern's folder, could be meant."""
        for index, name in enumerate(folder.split("/")):
            if "**" in self._parts[index]:
                return True
            if index + 1 == len(self._parts) or not re.match(_translate(self._parts[index]), name):
                return False
        return True


def _translate(pattern: str) -> str:
    """The pattern as a regular expression."""
    expression = []
    for part in _TOKEN.findall(pattern):
        if part == "**/":
            expression.append("(?:[^/]+/)*")
        elif part.startswith("*"):
            expression.append(".*" if part == "**" else "[^/]*")
        elif part == "?":
            expression.append("[^/]")
        elif len(part) > 2 and part.startswith("["):
            members = part[1:-1].replace("\\", "\\\\")
            expression.append(f"[^/{members[1:]}]" if members.startswith("!") else f"[{members}]")
        else:
            expression.append(re.escape(part))
    return "".join(expression) + r"\Z"
