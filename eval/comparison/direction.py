"""Which way a metric points."""

LOWER_IS_BETTER = frozenset({"noise_sensitivity"})
"""Metrics of which less is better, by family. All others are shares or probabilities of something good."""


def higher_is_better(metric: str) -> bool:
    """Whether more of ``metric``, named with or without a cut-off, is better."""
    return metric.partition("@")[0] not in LOWER_IS_BETTER
