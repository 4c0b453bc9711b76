"""Chunkers, and what they are made of."""
