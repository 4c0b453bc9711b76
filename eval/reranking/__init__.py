"""Fitting the learned reranker to judged queries, and checking what it gains."""
