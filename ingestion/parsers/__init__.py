"""One parser per format; :mod:`ingestion.parsers.registry` chooses among them."""
