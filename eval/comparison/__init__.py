"""Comparing two evaluations: differences with intervals and tests, gates, and what changed on every query."""
