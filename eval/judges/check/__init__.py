"""Checking a judge on answers whose verdict is known, before it is believed."""
