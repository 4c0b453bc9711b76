"""Queries to ranked passages and cited answers."""
