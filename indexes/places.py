"""The files of a collection, by name."""

CATALOG = "catalog.sqlite"
LEXICAL = "lexical"
GENERATIONS = "generations"
LOCK = "write.lock"
