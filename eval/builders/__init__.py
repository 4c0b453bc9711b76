"""Building golden sets: from what users asked, from documents themselves, and by a language model."""
