"""Formats of the field: what golden sets and runs are read from and written to, one a file."""
