"""The offline judge: claims held against sentences of contexts by words, numbers, names, negations and meanings."""
