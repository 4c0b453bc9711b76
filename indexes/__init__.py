"""The catalog and the indexes built from it."""
