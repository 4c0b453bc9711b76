"""Reports of a comparison: JSON for programs, Markdown for a pull request, one HTML page for people."""

from eval.comparison.reports.writer import write_comparison

__all__ = ["write_comparison"]
