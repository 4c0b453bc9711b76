"""A/B assignment: which variant a user sees, always the same one, without a record of who saw what.

Source for the method (hashing the user with the experiment's name): Kohavi, Tang and Xu, "Trustworthy Online Controlled
Experiments", 2020. Two experiments are independent when their salts differ.
"""

import math
from collections.abc import Mapping, Sequence

from eval.live.hashing import fraction
from ragline.errors import InputError

Weights = Mapping[str, float] | Sequence[str]


def assign(user: str, variants: Weights, *, salt: str) -> str:
    """The variant of ``user`` in the experiment ``salt``; always the same for the same arguments.

    ``variants`` maps names to weights, which need not add up to 1, or names equal ones. Raising the first weight of two from
    10 to 50 of 100 moves no user away from the first: shares grow from the beginning of the list. Raises
    :class:`InputError` for an empty user or salt, and for weights that are negative, not finite or all 0.
    """
    weights = _weights(variants)
    if not user or not salt:
        raise InputError("A user and a salt are needed to assign a variant. Take the experiment's name as the salt.")
    place = fraction(salt, user) * math.fsum(weights.values())
    reached = 0.0
    chosen = ""
    for name, weight in weights.items():
        if not weight:
            continue
        chosen = name
        reached += weight
        if place < reached:
            break
    return chosen


def _weights(variants: Weights) -> dict[str, float]:
    if isinstance(variants, str):
        raise InputError(f"variants={variants!r} is one text. Give names, as in ['a', 'b'], or names with weights.")
    names = list(variants)
    weights = dict(variants) if isinstance(variants, Mapping) else dict.fromkeys(names, 1.0)
    if len(weights) < len(names):
        raise InputError(f"A variant is named twice in {names}. Give every variant its own name.")
    if not all(math.isfinite(weight) and weight >= 0 for weight in weights.values()) or not any(weights.values()):
        raise InputError(f"Weights {weights} assign nobody. Give numbers of 0 or more, and at least one above 0.")
    return weights
