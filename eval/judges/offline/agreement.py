"""How far the offline judge agrees with labels that it was not fitted to: the figures that stand in the reports that it made.

``python -m benchmarks.train_offline_judge`` measures them and writes them beside the weights. They are no property of the
answers under judgement: they say how much a figure of this judge is worth.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from eval.bootstrap import Interval
from eval.judges.base import HumanAgreement

AGREEMENT = Path(__file__).with_name("agreement.json")


def agreement_of(model: str) -> tuple[HumanAgreement, ...]:
    """The agreement of the model of this name on each set, that with people first."""
    return tuple(_agreement(each) for each in _stored()["models"][model])


@cache
def _stored() -> Mapping[str, Any]:
    stored: Mapping[str, Any] = json.loads(AGREEMENT.read_text("utf-8"))
    return stored


def _agreement(stored: Mapping[str, Any]) -> HumanAgreement:
    fields: dict[str, Any] = {name: Interval(*each) if isinstance(each, list) else each for name, each in stored.items()}
    return HumanAgreement(**fields)
