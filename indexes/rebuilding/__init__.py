"""Builds vector indexes beside the one in use, checks them, and puts them in its place."""
