"""Rerankers: they put the best candidates of the fusion in a better order, and change nothing else."""
