"""Reports of an evaluation: JSON for programs, Markdown for a pull request, one HTML page for people."""

from eval.reports.json_reader import read_result
from eval.reports.writer import write_reports

__all__ = ["read_result", "write_reports"]
