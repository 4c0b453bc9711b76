"""Preparing sources in child processes: beside the work of the parent, and where a hostile file can do no harm."""
