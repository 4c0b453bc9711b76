"""Near-duplicate texts: shingles, MinHash signatures, banding, and clusters whose members are checked exactly."""
