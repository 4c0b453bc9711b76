"""Choosing a vector index by what is wanted of it: measured on a collection's own vectors."""
