"""Judges of answers: one protocol, and what implements it."""
