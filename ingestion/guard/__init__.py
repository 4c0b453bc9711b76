"""What stands between hostile input and the parsers: one file a danger."""
