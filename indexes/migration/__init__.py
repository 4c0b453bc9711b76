"""Bringing a collection into another space: another embedder, another chunker, the same documents."""
