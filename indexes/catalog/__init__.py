"""The rows of a collection: the only source of truth."""
