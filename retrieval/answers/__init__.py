"""Answers with citations: extractive (offline) and generative (any model that litellm reaches)."""
