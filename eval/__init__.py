"""Measuring quality: golden sets, ranking metrics with intervals, abstention, and reports."""
