"""Ragas as a judge: its metrics, asked through LiteLLM, with every reply checked, kept, counted and paid for once."""
