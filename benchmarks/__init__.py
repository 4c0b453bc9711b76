"""Quality and speed of Ragline through its public API: ``python -m benchmarks``."""
