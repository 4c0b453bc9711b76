"""Looking after a collection: backups, space, what is to be forgotten, and what is broken."""
