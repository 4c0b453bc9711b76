"""Metrics of a ranking, of the spans it covers, and of abstaining. What all of them do in empty cases: ``base.py``."""
