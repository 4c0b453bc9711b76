"""Prompt templates: one file per prompt, and what reads them."""
