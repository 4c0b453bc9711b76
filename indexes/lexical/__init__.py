"""BM25 over our own analyser's terms."""
