"""The quality of chunks: whether each can be understood alone, is cut where it may be, and is there once."""
