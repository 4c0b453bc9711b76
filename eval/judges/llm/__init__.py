"""Judges that ask a language model short questions, and take no reply but the ones that they offer."""
