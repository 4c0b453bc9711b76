"""Sources -> elements -> chunks."""
