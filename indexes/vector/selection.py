"""The rows that a search may return, with what the indexes derive from them: made once, used for many queries."""

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from ragline.errors import InputError

Mask = NDArray[np.bool_]
Derived = TypeVar("Derived")


class Selection:
    """A mask over the rows of an index, which must not change any more. Safe to use from several threads."""

    def __init__(self, mask: Mask) -> None:
        self.mask = mask
        self.count = int(np.count_nonzero(mask))
        self._derived: dict[Hashable, Any] = {}

    @property
    def share(self) -> float:
        """The share of rows that are allowed."""
        return self.count / len(self.mask) if len(self.mask) else 0.0

    @cached_property
    def bitmap(self) -> NDArray[np.uint8]:
        """One bit a row, the lowest bit of a byte first."""
        return np.packbits(self.mask, bitorder="little")

    def derived(self, key: Hashable, make: Callable[["Selection"], Derived]) -> Derived:
        """What ``make`` gives for this selection, remembered under ``key``."""
        if key not in self._derived:
            self._derived[key] = make(self)
        return cast("Derived", self._derived[key])


def selected(allowed: Mask | Selection | None, count: int) -> Selection | None:
    """``allowed`` as a selection; ``None`` where all rows are. Raises :class:`InputError` for a mask of another length."""
    if allowed is None:
        return None
    selection = allowed if isinstance(allowed, Selection) else Selection(allowed)
    if selection.mask.shape != (count,):
        raise InputError(f"The mask of allowed rows has the shape {selection.mask.shape}; give one of shape ({count},).")
    return None if selection.count == count else selection
