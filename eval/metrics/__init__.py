"""Metrics of a ranking, of the spans it covers, and of abstaining."""
