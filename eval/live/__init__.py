"""Comparing in live traffic: who sees which variant, two rankings in one list, and how many are needed to tell."""
