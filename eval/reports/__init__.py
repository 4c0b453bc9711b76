"""Reports of an evaluation: one HTML page for people, Markdown for a pull request, JUnit for a build, CSV for a spreadsheet,
and JSON for programs, which is read back as it was.
"""

from eval.reports.json_reader import read_result
from eval.reports.writer import write_reports

__all__ = ["read_result", "write_reports"]
