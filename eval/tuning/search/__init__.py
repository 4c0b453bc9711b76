"""Searching for better search settings on judged queries, and confirming what was found on others."""
